"""The kinds of Kratos' self-service flows as a table; where in one a person is, and how its page is headed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from app.ory.flows import Flow, Message
from app.selfservice.messages import PHONE, is_a_hooks
from app.translations import N_
from app.urls import as_query, split


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of flow: what its beginning takes, what its page is called in which step, which others it links."""

    parameters: tuple[str, ...]
    title: str
    titles: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()


KINDS = {
    "login": Kind(
        ("aal", "refresh", "return_to", "organization", "via", "identity_schema"),
        N_("Sign in"),
        {"sent_email": N_("Enter your code"), "refresh": N_("Verify it's you"), "aal2": N_("Two-step verification")},
        ("recovery", "registration", "verification"),
    ),
    "registration": Kind(
        ("return_to", "organization", "identity_schema", "after_verification_return_to"),
        N_("Create account"),
        {"sent_email": N_("Enter your code"), "completion": N_("One more detail")},
        ("login",),
    ),
    "recovery": Kind(
        ("return_to", "identity_schema"),
        N_("Get back into your account"),  # Kratos may have no passwords
        {"sent_email": N_("Check your email"), "recovery_awaiting_code": N_("Check your email")},
        ("login",),
    ),
    "verification": Kind(
        ("return_to", "identity_schema"),
        N_("Verify your email"),
        {"sent_email": N_("Check your email"), "passed_challenge": N_("Verified")},
        ("login",),
    ),
    "settings": Kind(
        ("return_to", "identity_schema"),
        N_("Settings"),
        {
            "credentials": N_("Choose a new password"),
            "no_password": N_("Choose how to sign in"),
            "second_factor": N_("Set up two-step verification"),
            "passkey": N_("Sign in faster next time"),
        },
        ("login",),
    ),
}
PASSKEY = "passkey"  # the task of somebody who is offered one
# What the settings show of themselves while an application waits: one task, not the account (design section 8).
TASKS = {"": ("password", "passkey"), "second_factor": ("totp", "webauthn", "lookup_secret"), PASSKEY: ("passkey",)}
OTHER_METHODS = {
    "password": N_("Use a password instead"),
    "code": N_("Use a one-time code instead"),
    "passkey": N_("Use a passkey instead"),
    "webauthn": N_("Use a security key instead"),
}
ANOTHER_METHOD = N_("Create account another way")
ANOTHER_WAY = N_("Try another way")
BEGUN = ("choose_method", "recovery_awaiting_address")  # the latter by Kratos' feature_flags.choose_recovery_address
LINKING = 1010016  # Kratos' message
# By the step whose page says the same: that it is you, the second factor, how to sign in, what is verified.
SAID_BY_TITLE = {
    "refresh": (1010003,),
    "aal2": (1010003, 1010004),
    "credentials": (1040009,),
    "passed_challenge": (1080002, 1080005),
}
BY_MAIL, BY_PHONE = 1080003, 1080004
VERIFIED = {1080002: N_("Your email is verified"), 1080005: N_("Your phone number is verified")}
SENT = ("sent_email", "recovery_awaiting_code")
ADDRESSES = ("email", "sms", "recovery_confirm_address")  # the buttons that send once more, with where to


def has_method(flow: Flow) -> bool:
    """Whether the flow offers any way to go on (Kratos answers a person without second factor with a lone token)."""
    return any(node.name != "csrf_token" for node in flow.nodes)


def has_password(flow: Flow) -> bool:
    """Whether the flow takes a password; that of the identifier alone, the first of two pages, does not tell."""
    return "password" in {node.group for node in flow.nodes}


def is_linking(flow: Flow) -> bool:
    """Whether an account at a provider waits to be added to the one that has its address; any way in proves whose."""
    return any(message.id == LINKING for message in flow.messages)


def step(kind: str, flow: Flow, task: str | None) -> str:
    """Where in the flow the person is, by which the page has its title; `task`: that of the return path, if any."""
    if kind == "login" and (flow.requested_aal == "aal2" or flow.refresh):
        return "aal2" if flow.requested_aal == "aal2" else "refresh"
    if kind == "registration" and any(node.name == "screen" for node in flow.nodes) and flow.state != "sent_email":
        return "credentials"
    if kind == "registration" and flow.active in ("oidc", "saml"):
        return "completion"
    if kind == "settings" and task is not None:
        return task or ("credentials" if has_password(flow) else "no_password")
    return flow.state


def heading(kind: str, step: str, flow: Flow) -> tuple[str, int, Flow]:
    """The title of a page; the id of the message that it takes the place of, 0 for none; the flow without that."""
    flow = _of_a_text_message(flow) if _went_to_phone(flow) else flow
    repeated = [m for m in flow.messages if m.id in SAID_BY_TITLE.get(step, ()) and not is_a_hooks(m)]
    left = replace(flow, messages=tuple(m for m in flow.messages if m not in repeated)) if repeated else flow
    return _title(kind, step, flow), repeated[0].id if repeated else 0, left


def _title(kind: str, step: str, flow: Flow) -> str:
    if verified := [VERIFIED[message.id] for message in flow.messages if message.id in VERIFIED]:
        return verified[0]
    if kind in ("recovery", "verification") and step in SENT and not any(node.name in ADDRESSES for node in flow.nodes):
        return N_("Enter your code")  # which an administrator made: Kratos has sent nothing
    if kind in ("recovery", "verification") and step in SENT and _went_to_phone(flow):
        return N_("Check your phone")
    return KINDS[kind].titles.get(step, KINDS[kind].title)


def _of_a_text_message(flow: Flow) -> Flow:
    """The flow that says where its code went: Kratos says "an email" of text messages, too (strategy/code)."""
    ours = Message(BY_PHONE, "", "info")
    messages = (ours if message.id == BY_MAIL and not is_a_hooks(message) else message for message in flow.messages)
    return replace(flow, messages=tuple(messages))


def _went_to_phone(flow: Flow) -> bool:
    addresses = [str(node.attributes.get("value") or "") for node in flow.nodes if node.name in ADDRESSES]
    return any(map(PHONE.fullmatch, addresses))


def with_passkey_alone(flow: Flow) -> Flow:
    """These settings with nothing in them but a passkey to be added, and not even that where there is one."""
    names = {node.name for node in flow.nodes}
    offered = "passkey_register_trigger" in names and "passkey_remove" not in names
    needed = [n for n in flow.nodes if n.group == "passkey" or n.name == "csrf_token" or n.kind == "script"]
    return replace(flow, nodes=tuple(needed) if offered else ())


def has_nothing_to_choose(task: str, flow: Flow) -> bool:
    """Whether these settings have nothing for a task that may be left undone: a passkey offered, or a recovery."""
    left = with_passkey_alone(flow) if task == PASSKEY else flow
    return task in ("", PASSKEY) and not any(node.group in TASKS[task] for node in left.nodes)


def page_name(kind: str, flow: Flow) -> str:
    """What our cookie calls a page; a verification is called so only when the address is confirmed."""
    return "confirming" if kind == "verification" and flow.state != "passed_challenge" else kind


def onward(flow: Flow) -> str:
    """Where a finished verification leads: Kratos has checked it against its allowed_return_urls."""
    links = (node.attributes.get("href") for node in flow.nodes if node.kind == "a")
    return next((str(link) for link in (*links, flow.action) if split(link)), "")


def begin_urls(kind: str, flow: Flow, address: Callable[[str], str]) -> dict[str, str]:
    """Where this flow and those it links to begin at Kratos (`address`), with this one's return_to and the like."""
    begun_with = [(name, getattr(flow, name)) for name in ("return_to", "organization", "identity_schema")]
    quoted = [(name, as_query({name: value})) for name, value in begun_with if value]
    kinds = {kind, *KINDS[kind].links}
    queries = {name: "&".join(part for key, part in quoted if key in KINDS[name].parameters) for name in kinds}
    return {name: f"{address(name)}?{query}".rstrip("?") for name, query in queries.items()}
