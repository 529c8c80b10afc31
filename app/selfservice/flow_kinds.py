"""A table of Kratos' kinds of self-service flows, the step of a flow, and the title of its page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from app.ory.flows import Flow, Message
from app.selfservice.messages import PHONE, is_from_hook
from app.translations import N_
from app.urls import as_query, split


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of flow: the parameters to begin it, the titles of its pages by step, the kinds it links to."""

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
        {
            "sent_email": N_("Enter your code"),
            "credentials": N_("Choose how to sign in"),  # with the first page's title nothing would seem to happen
            "completion": N_("One more detail"),
        },
        ("login",),
    ),
    "recovery": Kind(
        ("return_to", "identity_schema"),
        N_("Get back into your account"),  # not "reset your password": Kratos may have none
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
PASSKEY = "passkey"  # the task of the page that offers a passkey
# The groups that the settings show for a task while an application waits, instead of all (design section 8).
TASKS = {"": ("password", "passkey"), "second_factor": ("totp", "webauthn", "lookup_secret"), PASSKEY: ("passkey",)}
OTHER_METHODS = {
    "password": N_("Use a password instead"),
    "code": N_("Use a one-time code instead"),
    "passkey": N_("Use a passkey instead"),
    "webauthn": N_("Use a security key instead"),
}
ANOTHER_METHOD = N_("Create account another way")
ANOTHER_WAY = N_("Try another way")
BEGUN = ("choose_method", "recovery_awaiting_address")  # the second with Kratos' feature_flags.choose_recovery_address
LINKING = 1010016  # Kratos' message id
NO_SUCH_FACTOR = (4000011, 4000013, 4000014)  # the account has no authenticator app, security key, backup codes
# Messages that say the same as the title of their step: that it is you, the second factor, how to sign in, what is
# verified.
REPLACED_BY_TITLE = {
    "refresh": (1010003,),
    "aal2": (1010003, 1010004),
    "credentials": (1040009,),
    "passed_challenge": (1080002, 1080005),
}
BY_MAIL, BY_PHONE = 1080003, 1080004
VERIFIED = {1080002: N_("Your email is verified"), 1080005: N_("Your phone number is verified")}
SENT = ("sent_email", "recovery_awaiting_code")
ADDRESSES = ("email", "sms", "recovery_confirm_address")  # the buttons that send again; their value is the address


def has_method(flow: Flow) -> bool:
    """Whether the flow has any method (for a person without a second factor Kratos sends only a CSRF token)."""
    return any(node.name != "csrf_token" for node in flow.nodes)


def has_password(flow: Flow) -> bool:
    """Whether the flow has a password; the identifier page, the first of two, does not show it."""
    return "password" in {node.group for node in flow.nodes}


def what_follows(kind: str, flow: Flow) -> str:
    """Return what happens once a recovery has the address that it asks for; "" for other pages."""
    if kind != "recovery" or flow.state not in BEGUN or not flow.nodes:
        return ""
    by_link = "link" in {node.group for node in flow.nodes}
    return N_("We'll send you a link that signs you in.") if by_link else N_("We'll send you a code that signs you in.")


def is_linking(flow: Flow) -> bool:
    """Whether signing in links a social provider's account to the account with the same address."""
    return any(message.id == LINKING for message in flow.messages)


def step(kind: str, flow: Flow, task: str | None) -> str:
    """Return the step of a flow, which decides the title; `task` is that of the return path, if any."""
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
    """Return the title of a page, the id of the message that it replaces (0 for none), the flow without that."""
    flow = _of_a_text_message(flow) if _went_to_phone(flow) else flow
    repeated = [m for m in flow.messages if m.id in REPLACED_BY_TITLE.get(step, ()) and not is_from_hook(m)]
    left = replace(flow, messages=tuple(m for m in flow.messages if m not in repeated)) if repeated else flow
    return _title(kind, step, flow), repeated[0].id if repeated else 0, left


def _title(kind: str, step: str, flow: Flow) -> str:
    if verified := [VERIFIED[message.id] for message in flow.messages if message.id in VERIFIED]:
        return verified[0]
    if kind in ("recovery", "verification") and step in SENT and not can_send_again(flow):
        return N_("Enter your code")  # an administrator made the code, so Kratos has sent nothing
    if kind in ("recovery", "verification") and step in SENT and _went_to_phone(flow):
        return N_("Check your phone")
    return KINDS[kind].titles.get(step, KINDS[kind].title)


def can_send_again(flow: Flow) -> bool:
    """Whether the flow has a button that sends a new code, by email or phone, or a field for the address."""
    return any(node.name in ADDRESSES for node in flow.nodes)


def _of_a_text_message(flow: Flow) -> Flow:
    """Return the flow with the message for a text message: Kratos says "an email" for both (strategy/code)."""
    ours = Message(BY_PHONE, "", "info")
    messages = (ours if message.id == BY_MAIL and not is_from_hook(message) else message for message in flow.messages)
    return replace(flow, messages=tuple(messages))


def _went_to_phone(flow: Flow) -> bool:
    addresses = [str(node.attributes.get("value") or "") for node in flow.nodes if node.name in ADDRESSES]
    return any(map(PHONE.fullmatch, addresses))


def is_about_removed_method(flow: Flow) -> bool:
    """Whether Kratos says that the account does not have, or no longer has, the method whose field was filled in."""
    return any(message.id in NO_SUCH_FACTOR and not is_from_hook(message) for message in flow.messages)


def with_passkey_alone(flow: Flow) -> Flow:
    """Return the settings with only the nodes to add a passkey; without nodes if there is one already."""
    names = {node.name for node in flow.nodes}
    offered = "passkey_register_trigger" in names and "passkey_remove" not in names
    needed = [n for n in flow.nodes if n.group == "passkey" or n.name == "csrf_token" or n.kind == "script"]
    return replace(flow, nodes=tuple(needed) if offered else ())


def has_nothing_to_choose(task: str, flow: Flow) -> bool:
    """Whether the settings have nothing for an optional task: a passkey offer, or a new password after a recovery."""
    left = with_passkey_alone(flow) if task == PASSKEY else flow
    return task in ("", PASSKEY) and not any(node.group in TASKS[task] for node in left.nodes)


def page_name(kind: str, flow: Flow) -> str:
    """Return a page's name for our cookie; a verification has its own name only after the address is confirmed."""
    return "confirming" if kind == "verification" and flow.state != "passed_challenge" else kind


def continue_url(flow: Flow) -> str:
    """Return the next address after a verification; Kratos has checked it against its allowed_return_urls."""
    links = (node.attributes.get("href") for node in flow.nodes if node.kind == "a")
    return next((str(link) for link in (*links, flow.action) if split(link)), "")


def begin_urls(kind: str, flow: Flow, address: Callable[[str], str]) -> dict[str, str]:
    """Return the addresses that begin this flow and those it links to, with this flow's return_to and other values."""
    begun_with = [(name, getattr(flow, name)) for name in ("return_to", "organization", "identity_schema")]
    quoted = [(name, as_query({name: value})) for name, value in begun_with if value]
    kinds = {kind, *KINDS[kind].links}
    queries = {name: "&".join(part for key, part in quoted if key in KINDS[name].parameters) for name in kinds}
    return {name: f"{address(name)}?{query}".rstrip("?") for name, query in queries.items()}
