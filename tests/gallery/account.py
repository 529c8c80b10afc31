"""The person's own pages: home, sessions, applications, signing out."""

from collections.abc import Callable
from typing import Any

from app.oauth2.assurance import short_hash
from app.preview.player import OURS_ONLY, State
from tests.gallery.entry import entry
from tests.gallery.flows import LONG
from tests.gallery.oauth2 import PENDING_LOGINS, asking
from tests.payloads.bodies import load
from tests.support.upstream import ADA, BOB, CLIENT, HYDRA, KRATOS, Upstream, ago, authorize, identity, proof, session

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/26.0 Mobile/15E148 Safari/604.1"
)
HERE = [{"id": "device-1", "ip_address": "192.0.2.7:58474", "user_agent": FIREFOX, "location": "Leipzig, DE"}]
THERE = [{"id": "device-2", "ip_address": "2001:db8::17", "user_agent": SAFARI, "location": ""}]
UNKNOWN = [{"id": "device-3", "ip_address": "", "user_agent": "curl/8.14", "location": ""}]
NEXT = '</c?page_token=0>; rel="first",</c?page_size=50&page_token=more>; rel="next"'
NO_HYDRA = {"hydra_admin_url": "", "hydra_public_url": ""}
LEAVING = {"account_deletion": True}


def home(name: str, about: str, who: Callable[[Upstream], object], path: str = "/", **more: Any) -> State:
    return entry("home", name, about, path, who, **more)


def signed_in(**about: Any) -> Callable[[Upstream], object]:
    """Ada, her identity changed so."""
    return lambda upstream: upstream.signed_in(identity=identity() | about)


def waiting(upstream: Upstream) -> None:
    """She began to sign in to an application."""
    upstream.asks("login")
    upstream.signed_in()


def homes() -> list[State]:
    """The first page."""
    phone = {"value": "+442079460001", "via": "sms", "verified": False}
    addresses = [{"value": "ada@example.org", "via": "email", "verified": True}, phone]
    long = [{"value": f"{'ada.lovelace.' * 5}{index}@analytical-engine.example.org"} for index in range(3)]
    return [
        home("signed-in", "Ada, her address confirmed.", signed_in()),
        home("unverified", "One address is not verified yet.", signed_in(verifiable_addresses=addresses)),
        home("long-addresses", "Long addresses, none confirmed.", signed_in(verifiable_addresses=long)),
        home("no-verification", "Not confirmed, and Kratos confirms none.",
             signed_in(verifiable_addresses=addresses), settings={"kratos_flows": []}),
        home("no-name", "Somebody without a name.", signed_in(traits={"email": "ada@example.org"})),
        home("without-hydra", "A deployment without applications.", signed_in(), settings=NO_HYDRA),
        home("leaving", "A deployment that people can leave.", signed_in(), settings=LEAVING),
        home("signed-out", "Nobody is signed in.", Upstream.nobody),
        home("signed-out-no-sign-up", "The same where nobody can sign up.", Upstream.nobody,
             settings={"kratos_flows": []}),
        home("owes-second-factor", "One of two factors is given.", Upstream.aal2_required),
        home("way-back", "An application waits.", waiting, pending_logins=PENDING_LOGINS),
        home("just-signed-up", "Kratos signs nobody in after that.", Upstream.nobody, cookie={"page": "registration"}),
    ]  # fmt: skip


def sessions(name: str, about: str, *others: dict[str, Any], more: bool = False, **rest: Any) -> State:
    def prepare(upstream: Upstream) -> None:
        upstream.signed_in(devices=HERE)
        upstream.on("GET", f"{KRATOS}/sessions", body=list(others), headers={"Link": NEXT} if more else {})

    return entry("sessions", name, about, "/sessions", prepare, **rest)


def places() -> list[State]:
    """Where she is signed in."""
    two = {"authentication_methods": [proof(60), proof(60, "totp", "aal2")], "authenticator_assurance_level": "aal2"}
    phone = session(id="6afc0bd6-3dd0-4b67-b1e2-e66152260225", devices=THERE, issued_at=ago(90000)) | two
    other = session(id="1853dc42-f51a-4d86-bf20-1096a63f6b8f", devices=UNKNOWN, issued_at=ago(3e6))
    return [
        sessions("only-here", "Nowhere else."),
        sessions("three", "Here, on a phone, in an unknown browser.", phone, other),
        sessions("many", "More than are listed.", *(phone | {"id": f"{i:08}{phone['id'][8:]}"} for i in range(8)),
                 more=True),
        sessions("one-ended", "One was signed out.", other, cookie={"ended": "one"}),
        sessions("others-ended", "All others were signed out.", cookie={"ended": "others"}),
        sessions("partly-ended", "Hydra did not answer.", cookie={"ended": "partly"}),
        sessions("press-again", "The form was open for too long.", phone, status=400, form={"action": "others"},
                 forged=True),
    ]  # fmt: skip


def grant(client_id: str, name: str, scopes: list[str], days: int = 1, **about: Any) -> dict[str, Any]:
    """A consent session as Hydra tells it."""
    client = CLIENT | {"client_id": client_id, "client_name": name} | about.pop("client", {})
    request = {"client": client, "request_url": authorize(client_id=client_id)}
    body = {"grant_scope": scopes, "remember": False, "remember_for": 0, "handled_at": ago(86400 * days)}
    return body | {"consent_request": request} | about


def apps(name: str, about: str, *grants: dict[str, Any], more: bool = False, **rest: Any) -> State:
    def prepare(upstream: Upstream) -> None:
        upstream.signed_in()
        headers = {"Link": NEXT} if more else {}
        upstream.on("GET", f"{HYDRA}/admin/oauth2/auth/sessions/consent", body=list(grants), headers=headers)

    return entry("apps", name, about, "/apps", prepare, **rest)


def applications() -> list[State]:
    """What she allowed."""
    demo = grant("demo", "Demo", ["openid", "email", "photos"])
    kept = grant("photos", "Photo album", ["openid", "profile", "offline_access"], 40, remember=True)
    own = grant("own", "Time sheets", ["openid"], 300, client={"skip_consent": True})
    for_a_while = grant("calendar", LONG, ["openid", "email"], 3, remember=True, remember_for=864000)
    return [
        apps("none", "Nothing to list."),
        apps("one", "Asks every time you sign in.", demo),
        apps("four", "Every kind of asking again.", demo, kept, own, for_a_while),
        apps("more", "More than are listed.", demo, kept, more=True),
        apps("one-disconnected", "The access of one was removed.", kept, cookie={"disconnected": "one"}),
        apps("all-disconnected", "The access of all was removed.", cookie={"disconnected": "all"}),
        apps("press-again", "The form was open for too long.", demo, status=400, form={"action": "all"}, forged=True),
    ]


def fails_to_sign_out(upstream: Upstream) -> None:
    """Kratos ends the session, Hydra does not answer."""
    upstream.signed_in()
    upstream.signs_out()
    upstream.ends_sessions(503)


def logout(name: str, about: str, prepare: Callable[[Upstream], object], path: str = "/logout", **more: Any) -> State:
    return entry("logout", name, about, path, prepare, **more)


def goodbyes() -> list[State]:
    """Signing out, asked by herself or by an application."""
    path, out = "/logout?logout_challenge=c", "/signed-out"
    return [
        logout("own-wish", "She wants to.", Upstream.signed_in),
        logout("second-factor-owed", "Somebody with one of two factors wants to.", Upstream.aal2_required),
        logout("nobody", "Nobody is signed in.", Upstream.nobody),
        logout("application", "An application asks.", asking("logout"), path),
        logout("application-long-name", "One with a long name.", asking("logout", client={"client_name": LONG}), path),
        logout("application-unknown", "One that did not say who it is.", asking("logout", client=None), path),
        logout("application-other-person", "It means somebody else.", asking("logout", subject=BOB), path),
        logout("application-nobody", "Nobody is signed in here.", asking("logout", Upstream.nobody), path),
        logout("partly", "Hydra did not answer.", fails_to_sign_out, status=502, form={"action": "accept"},
               cookie={"sids": ["hydra-1"]}),
        logout("done", "Signed out.", Upstream.nobody, out),
        logout("only-there", "Signed out of the application alone.", Upstream.signed_in, out),
        logout("only-there-second-factor", "The same, one of two factors given.", Upstream.aal2_required, out),
    ]  # fmt: skip


def leaving(name: str, about: str, grants: int = 200, **more: Any) -> State:
    def prepare(upstream: Upstream) -> None:
        upstream.on("GET", f"{KRATOS}/self-service/login/browser", 200, load("login/aal2_none"))
        upstream.on("GET", f"{HYDRA}/admin/oauth2/auth/sessions/consent", grants, [])
        upstream.on("DELETE", f"{HYDRA}/admin/oauth2/auth/sessions/consent", 204, b"")
        upstream.on("GET", f"{OURS_ONLY['kratos_admin_url']}/admin/identities/{ADA}", 200, identity())
        upstream.on("DELETE", f"{OURS_ONLY['kratos_admin_url']}/admin/identities/{ADA}", 204, b"")
        upstream.ends_sessions()
        upstream.signed_in()

    settings = LEAVING | more.pop("settings", {})
    return entry("leave", name, about, "/leave", prepare, settings=settings, **more)


def farewells() -> list[State]:
    """Her data, and the end of her account."""
    hers = {"account": short_hash(ADA)}
    return [
        leaving("page", "The file, and the form that deletes."),
        leaving("without-hydra", "The same without applications.", settings=NO_HYDRA),
        leaving("unticked", "The box was not ticked.", status=400, form=hers),
        leaving("partly", "Hydra did not answer.", 500, status=503, form=hers | {"sure": "yes"}),
        leaving("press-again", "The form was open for too long.", status=400, form=hers, forged=True),
        leaving("left", "The account is deleted.", form=hers | {"sure": "yes"}),
    ]


ENTRIES = [*homes(), *places(), *applications(), *goodbyes(), *farewells()]
