"""Turns Kratos' nodes into a page's forms: nodes into fields (`nodes`, `traits`), fields into forms (`forms`)."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from operator import attrgetter

from flask import request

from app import urls
from app.deployment import deployment
from app.http import branding, i18n, inputs
from app.ory.flows import Flow, Message
from app.ory.models import mapping, text
from app.selfservice import last_used
from app.selfservice.fields import Field
from app.selfservice.flow_kinds import TASKS, is_linking
from app.selfservice.forms import Form, forms
from app.selfservice.identity_schemas import Shapes, shapes
from app.selfservice.localization import LABELLED, Localizer
from app.selfservice.messages import FIELDS, is_from_hook
from app.selfservice.nodes import fields_of
from app.selfservice.return_path import ReturnPath
from app.selfservice.sign_in_names import schemas
from app.selfservice.traits import arrange

SILENT = ("", "hidden", "captcha")  # kinds of fields that show no messages
_sentence = attrgetter("id", "kind", "text")  # what makes a message unique: its text contains its values
ISOLATED = "\u2068{}\u2069"  # else the + of a phone number moves in right-to-left text (Unicode TR9)


def forms_of(kind: str, flow: Flow, return_path: ReturnPath | None, identifier: str) -> tuple[Flow, tuple[Form, ...]]:
    """Return the flow with translated messages, and its forms (none for a finished flow).

    For an application (`return_path`): only its providers, its login_hint filled in, only the groups of its task.
    """
    fields, messages = localized_fields(flow)
    made: tuple[Form, ...] = ()
    if flow.state != "passed_challenge":
        accepted = with_providers(fields, accepted_providers(flow, return_path))
        made = forms(kind, flow, accepted, identifier, apart=not deployment().urls.public)
        if return_path and kind in ("login", "registration"):
            _fill_in_hint(made, return_path.login_hint)
        if return_path and kind == "settings":
            groups = TASKS.get(return_path.task, TASKS[""])
            made = tuple(form for form in made if form.group in groups)
        if kind == "settings":
            _link_key_to_app(made)
        made = last_used.marked(flow, made, last_used.sent())
    if messages:
        _mark_fields(flow, messages, made)
    shown = (*messages, *unshown_messages(messages, fields, made, i18n.language().catalogue.gettext))
    return (replace(flow, messages=shown) if shown else flow), made


def localized_fields(flow: Flow) -> tuple[list[Field], tuple[Message, ...]]:
    """Return the flow's fields and messages, translated; works without the schema if Kratos does not answer."""
    names = {node.name for node in flow.nodes if node.name.startswith("traits.")}
    known = _shapes(flow, names) if names else {}
    isolated = ISOLATED.format if (language := i18n.language()).direction == "rtl" else str
    localizer = Localizer(language.catalogue.gettext, partial(i18n.listed, style="or"), i18n.day, isolated)
    fields, messages = fields_of(flow, localizer, {name: shape.title for name, shape in known.items()})
    if not names:
        return fields, messages
    stored = mapping(flow.identity.get("traits")) if flow.identity else None
    # If a sign-up by code has only one page, Kratos has lost all items of lists (code/strategy.go).
    lost = flow.state == "sent_email" and all(node.name != "screen" for node in flow.nodes)
    return arrange(fields, known, stored, inputs.single(request.args, "add"), items_lost=lost), messages


def accepted_providers(flow: Flow, return_path: ReturnPath | None) -> frozenset[str] | None:
    """Return the social sign-in providers that the application accepts, None for all."""
    if not return_path or is_linking(flow):
        return None
    return deployment().rules_for(return_path.client.id).identity_providers


def with_providers(fields: list[Field], providers: frozenset[str] | None) -> list[Field]:
    """Return the fields without buttons of other providers; None keeps all."""
    return [field for field in fields if providers is None or field.name != "provider" or field.value in providers]


def unshown_messages(
    messages: Iterable[Message],
    fields: Iterable[Field],
    shown: Iterable[Form],
    translate: Callable[[str], str] = str,
) -> tuple[Message, ...]:
    """Return the messages of fields that the forms do not show, each once, unless `messages` has them."""
    spoken_of = [field for field in fields if field.messages]
    if not spoken_of:  # most pages
        return ()
    shown_already = set(map(_sentence, messages))
    for form in shown:
        visible = (field for field in (*form.fields, *form.extras) if field.kind not in SILENT)
        shown_already.update(_sentence(message) for field in visible for message in field.messages)
        buttons = (message for button in form.buttons for message in button.messages)
        shown_already.update(_sentence(message) for message in buttons if message.kind != "error")
    left: dict[tuple[int, str, str], Message] = {}
    for field in spoken_of:
        about = LABELLED if field.label and field.name != "method" else "%(message)s"
        for message in field.messages:
            if message.text and _sentence(message) not in shown_already:
                words = translate(about) % {"label": field.label, "message": message.text}
                left.setdefault(_sentence(message), replace(message, text=words))
    return tuple(left.values())


def _link_key_to_app(made: Iterable[Form]) -> None:
    """Give the key for an authenticator app its `otpauth:` link, which names the service and the account.

    Apps part the two at the first colon, also a quoted one, and the path at each slash.
    """
    keys = [(form.username, field) for form in made for field in form.fields if field.name == "totp_secret_key"]
    for account, field in keys:
        service = (branding.theme().name or "Portico").replace(":", "")
        label = ":".join([urls.quoted(name) for name in (service, account) if name])
        field.app_link = f"otpauth://totp/{label}?{urls.as_query({'secret': field.value, 'issuer': service})}"


def _mark_fields(flow: Flow, messages: Iterable[Message], made: tuple[Form, ...]) -> None:
    """Mark the fields that the flow's messages are about (see FIELDS), and note their ids there."""
    names = {message.id: FIELDS.get(message.id, "") for message in flow.messages if not is_from_hook(message)}
    shown = {field.name: field for form in reversed(made) for field in form.fields if field.kind == "input"}
    for message in messages:
        if field := shown.pop(names.get(message.id, ""), None):
            field.has_problem, message.field_id = True, field.id


def _shapes(flow: Flow, names: set[str]) -> Shapes:
    """Return the shapes of the flow's schema; if Kratos does not name it, find it by the flow's traits."""
    read = map(shapes, schemas(text(flow.identity.get("schema_id")) or flow.identity_schema))
    fitting = [known for known in read if {name for name, shape in known.items() if shape.has_node} <= names]
    return max(fitting, key=len, default={})


def _fill_in_hint(made: tuple[Form, ...], hint: str) -> None:
    """Put `login_hint` into empty identifier fields (OpenID Connect Core 3.1.2.1)."""
    names = ("identifier", "traits.email" if "@" in hint else "traits.username")
    for field in (field for form in made for field in form.fields if field.name in names and field.kind == "input"):
        if not (field.disabled or field.value):
            field.value = hint
