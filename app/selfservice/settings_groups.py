"""Groups the settings: which methods are on (Kratos shows it by what can be removed), in progress, or advisable."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from app.ory.flows import Flow
from app.selfservice.fields import DESTRUCTIVE, Field
from app.selfservice.flow_kinds import TASKS
from app.selfservice.forms import Form
from app.selfservice.situations import RECOVERED
from app.selfservice.traits import unsaved
from app.translations import N_

# Kratos' group -> our group, at /settings#<name>; other groups stand alone.
GROUPS: Mapping[str, str] = {
    "profile": "profile",
    **dict.fromkeys(("password", "code", "passkey"), "sign-in"),
    **dict.fromkeys(("totp", "webauthn", "lookup_secret"), "two-step"),
    **dict.fromkeys(("oidc", "saml"), "linked"),
}
OFF = N_("Off. Turn it on, so that a stolen password or code isn't enough to sign in.")
CODES_ALONE = N_("Only backup codes are on. Add an authenticator app or a security key, too.")
NO_CODES = N_("On. Get backup codes, too, in case you lose your phone or key.")
ONE_ALONE = N_("On. Add another way, too, in case you lose this one.")
ON = N_("On")
ONLY_WAY = N_("You have only one way to sign in. Add another, in case you lose it.")


@dataclass(frozen=True, slots=True)
class Setting:
    """One method: its form, and the buttons that remove something."""

    form: Form
    keep: bool  # whether it shows new backup codes that are not active yet
    failed: bool  # whether an error of the whole flow came of what was typed here
    removals: tuple[Field, ...] = ()
    open: bool = False  # whether it is not folded away
    focused: bool = False  # the first one in progress

    @property
    def in_progress(self) -> bool:
        """Whether it failed, has messages, new backup codes, or an added empty field."""
        fields = (*self.form.fields, *self.form.extras, *self.form.buttons)
        return self.failed or any(field.messages or field.secrets or field.adding for field in fields)


@dataclass(frozen=True, slots=True)
class Group:
    """Methods under one heading, with advice."""

    name: str
    settings: tuple[Setting, ...]

    @property
    def advice(self) -> str:
        """The state and a recommended next step, "" for none."""
        if self.name == "two-step":
            return self._two_step
        disabled = any(button.disabled for setting in self.settings for button in setting.removals)
        return ONLY_WAY if disabled else ""

    @property
    def _two_step(self) -> str:
        on = {setting.form.group: len(setting.removals) for setting in self.settings}
        codes = on.pop("lookup_secret", None)
        ways = sum(on.values())
        if not ways:
            return CODES_ALONE if codes and on else OFF if not codes else ON
        if codes == 0:
            return "" if any(setting.keep for setting in self.settings) else NO_CODES
        return ONE_ALONE if ways == 1 and codes is None else ON


def groups(flow: Flow, forms: Iterable[Form], task: str | None) -> list[Group]:
    """Return the groups in order; while an application waits for a second factor (`task`), nothing can be removed."""
    failed = "profile" if any(message.kind == "error" for message in flow.messages) and unsaved(flow) else ""
    settings = [_setting(form, failed, removable=task != "second_factor") for form in forms]
    settings = [setting for setting in settings if setting.removals or setting.form.usable]
    under_way = [setting for setting in settings if setting.in_progress]
    opened = under_way or _first(settings, flow, task)
    settings = [
        Setting(each.form, each.keep, each.failed, each.removals, each in opened, each in under_way[:1])
        for each in settings
    ]
    by_group = groupby(settings, lambda each: GROUPS.get(each.form.group, each.form.group))
    return [Group(name, tuple(members)) for name, members in by_group]


def _first(settings: list[Setting], flow: Flow, task: str | None) -> list[Setting]:
    """Return the settings to open: those for the task of an application or a recovery, or the only setting."""
    if task is None and all(message.id != RECOVERED for message in flow.messages):
        return settings if len(settings) == 1 else []
    wanted = TASKS.get(task or "", TASKS[""])
    return [setting for setting in settings if setting.form.group in wanted][:1]


def _setting(form: Form, failed: str, *, removable: bool) -> Setting:
    """Take the buttons that remove something out of the form, so that the Enter key never presses one."""
    removals = tuple([button for button in form.buttons if button.name in DESTRUCTIVE])
    form.buttons = tuple([button for button in form.buttons if button.name not in DESTRUCTIVE])
    for button in form.buttons:
        button.primary = bool(button.trigger) or button.name in ("method", "lookup_secret_confirm")
    keep = any(button.name == "lookup_secret_confirm" for button in form.buttons)
    return Setting(form, keep, form.group == failed, removals if removable else ())
