"""Hydra's pages: consent, choosing an account, devices, signing out of applications."""

from collections.abc import Callable
from typing import Any

from app.oauth2.assurance import LoginAttempt, short_hash
from app.preview.player import State
from tests.gallery.entry import LINKS, LOGO, LOGOS, entry
from tests.gallery.flows import LONG
from tests.support.upstream import BOB, BROWSER_HYDRA, HYDRA, Upstream, authorize

CONSENT, LOGIN = "/consent?consent_challenge=c", "/login?login_challenge=c"
DEVICE = "/device?device_challenge=c"
SCOPES = ["openid", "profile", "email", "address", "phone", "offline_access"]
THINGS = ("calendars", "contacts", "photos", "documents", "messages")
MANY = [*SCOPES, *(f"https://api.example.org/auth/{name}.{way}" for name in THINGS for way in ("read", "write"))]
FOR_DEVICE = f"{BROWSER_HYDRA}/oauth2/device/verify?client_id=demo&device_verifier=v"
HOME = {"client_uri": "https://app.example.org/"}
ASKED = {  # browser_session.remember_consent
    "consent_page": ["demo", "Demo", "https://app.example.org/"],
    "shown": [short_hash("demo") + short_hash("c")],
}
PENDING_LOGINS = (("c", "demo", "Demo", "https://app.example.org/"),)
SENT = {"attempts": {short_hash("c"): list(LoginAttempt(0))}}  # no page was shown since


def asking(
    what: str, who: Callable[[Upstream], object] = Upstream.signed_in, **fields: Any
) -> Callable[[Upstream], None]:
    """Hydra asks this of who is at the browser, Ada unless told otherwise."""

    def prepare(upstream: Upstream) -> None:
        upstream.asks(what, **fields)
        who(upstream)

    return prepare


def consent(name: str, about: str, settings: dict[str, Any] | None = None, **fields: Any) -> State:
    fields = {"requested_scope": SCOPES[:3]} | fields
    return entry("consent", name, about, CONSENT, asking("consent", **fields), settings=settings or {})


def consents() -> list[State]:
    """Allow an application?"""
    return [
        consent("usual", "Three scopes."),
        consent("no-scopes", "An application that only wants to know who.", requested_scope=[]),
        consent("openid-only", "Nothing but the sign-in.", requested_scope=["openid"]),
        consent("standard-scopes", "Every scope of OpenID Connect.", requested_scope=SCOPES),
        consent("many-scopes", "Sixteen scopes, most without words.", requested_scope=MANY),
        consent("operators-words", "Scopes in the operator's words.", {"scopes": {"photos": "Look at your pictures"}},
                requested_scope=["openid", "photos"]),
        consent("required-scopes", "One is needed.", {"clients": {"demo": {"required_scopes": ["email"]}}}),
        consent("links", "Privacy policy and terms.", client=LINKS),
        consent("logo", "With the application's logo.", {"client_logo_hosts": [LOGOS]}, client=LOGO | LINKS),
        consent("long-name", "Long names everywhere.", client={"client_name": LONG, "client_id": "id" * 30} | LINKS),
        consent("unnamed", "An application without a name.", client={"client_name": ""}),
        consent("right-to-left-name", "A name in another direction.", client={"client_name": "תצוגה (Demo)"}),
        consent("device", "A device waits, not this browser.", request_url=FOR_DEVICE, client={"redirect_uris": []}),
        consent("native", "Sends the person to an app of the machine.",
                request_url=authorize(redirect_uri="http://127.0.0.1:52345/callback")),
        consent("own-scheme", "Sends the person to an app by a scheme of its own, which others could claim.",
                client={"redirect_uris": ["com.example.app:/cb"], "token_endpoint_auth_method": "none"}),
        consent("audience", "Tokens for two services, one in the operator's words.",
                {"audiences": {"https://api.example.org": "Your invoices at Example"}},
                requested_access_token_audience=["https://api.example.org", "https://mcp.example.org/mcp"]),
        consent("popup", "In a small window of its own.", request_url=authorize(display="popup")),
        entry("consent", "press-again", "The form was open for too long.", "/consent", asking("consent"), 400,
              {"consent_challenge": "c", "action": "accept"}, forged=True),
        entry("consent", "answered", "Back after Allow.", CONSENT, asking("consent", client=HOME), 410,
              cookie={"answered": [short_hash("consent" + "c")]}),
        entry("consent", "answered-device", "The same, for a device.", CONSENT,
              asking("consent", request_url=FOR_DEVICE), 410, cookie={"answered": [short_hash("consent" + "c")]}),
        entry("consent", "too-late", "The application has stopped waiting.", CONSENT,
              asking("consent", status=401), 410, cookie=ASKED),
        entry("consent", "other-person", "Somebody else began this sign-in.", CONSENT, asking("consent", subject=BOB)),
        entry("consent", "other-person-long-name", "The same, long name.", CONSENT,
              asking("consent", subject=BOB, client={"client_name": LONG})),
    ]  # fmt: skip


def account(name: str, about: str, **fields: Any) -> State:
    return entry("account-choice", name, about, LOGIN, asking("login", **fields))


def accounts() -> list[State]:
    """Who do you want to be?"""
    hint = {"oidc_context": {"id_token_hint_claims": {"sub": BOB}}}
    return [
        account("expects-another", "The application expects another account.", **hint),
        account("sign-up", "It asked to create an account.", request_url=authorize(prompt="registration")),
        account("used-by-another", "Another account was used in this browser before.", skip=True, subject=BOB),
        account("long-name", "Long name.", client={"client_name": LONG}, **hint),
        account("popup", "In a small window of its own.",
                **hint | {"request_url": authorize(display="popup", prompt="registration")}),
        entry("account-choice", "too-late", "The application has stopped waiting.", LOGIN,
              asking("login", status=401), 410, pending_logins=PENDING_LOGINS),
        entry("account-choice", "too-late-no-page", "The same, of an application without a page.", LOGIN,
              asking("login", status=401), 410, pending_logins=(("c", "demo", "Demo", ""),)),
        entry("account-choice", "invisible", "Kratos' cookie does not reach Portico.", f"{LOGIN}&n=1",
              asking("login", Upstream.nobody), 400, cookie=SENT),
        entry("account-choice", "begun-elsewhere", "A link in a mail, opened on a phone.", f"{LOGIN}&n=1",
              asking("login", client={"client_uri": "https://app.example.org/"})),
        entry("account-choice", "begun-elsewhere-no-page", "The same, of an application without a page.",
              f"{LOGIN}&n=1", asking("login", client={"client_name": LONG})),
        entry("account-choice", "too-many-hops", "Tried several times without success.", f"{LOGIN}&n=9",
              asking("login", request_url=authorize(prompt="login")), 400),
    ]  # fmt: skip


def wrong_code(upstream: Upstream) -> None:
    """Hydra knows no device with this code."""
    upstream.on("PUT", f"{HYDRA}/admin/oauth2/auth/requests/device/accept", 400, {"error": "invalid_request"})


def code(name: str, about: str, typed: str, status: int = 400, **more: Any) -> State:
    form = {"device_challenge": "c", "user_code": typed}
    return entry("device", name, about, "/device", wrong_code, status, form, **more)


def devices() -> list[State]:
    """A device shows a code."""
    refused = asking("login", request_url=FOR_DEVICE, client={"redirect_uris": []})
    return [
        entry("device", "code", "Type the code.", DEVICE),
        entry("device", "again", "It began again, and Hydra hides the code.", f"{DEVICE}&user_code=****"),
        entry("device", "prefilled", "Compare the code.", f"{DEVICE}&user_code=WDJB-MJHT"),
        code("wrong", "No device waits under this code.", "WDJB-MJHT"),
        code("empty", "Nothing was typed.", ""),
        code("press-again", "The form was open for too long.", "WDJB-MJHT", forged=True),
        code("too-many", "Ten tries were wrong.", "WDJB-MJHT", 429, times=11),
        entry("device", "gone", "An address without its challenge.", "/device", status=404),
        entry("device", "success", "The device goes on.", "/device/success"),
        entry("device", "refused", "The person said no.", "/login/cancel", refused, form={"login_challenge": "c"}),
    ]


ENTRIES = [*consents(), *accounts(), *devices()]
