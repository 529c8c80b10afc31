"""A place in a view that asks Kratos or Hydra: how a person gets there, and what they see when the answer is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from werkzeug.test import TestResponse

from tests.support.pages import CheckedClient
from tests.support.upstream import HYDRA, KRATOS, Upstream

ADMIN = "http://kratos.internal:4434"
ONE = "6afc0bd6-3dd0-4b67-b1e2-e66152260225"
Step = Callable[[], TestResponse]


@dataclass(frozen=True)
class CallSite:
    """`view`: the file and function that asks. `asks`: the client's method. `call`: what is sent, and where to.

    `way`: prepares what comes before and returns the request that is to be tried. `healthy`: the status of the page
    when all is well, `statuses`: for some of the upstream's, `otherwise`: for whatever is wrong, 0 for the usual ones.
    `body`: what is read of a 200: `list`, `object` with something in it, `any object`, or `any`thing.
    """

    view: str
    asks: str
    call: tuple[str, str]
    way: Callable[[CheckedClient, Upstream], Step]
    healthy: int = 200
    statuses: Mapping[int, int] = field(default_factory=dict)
    otherwise: int = 0
    body: str = "object"

    @property
    def name(self) -> str:
        """What a test is called by."""
        path, way = self.call[1].split("/", 3)[3], getattr(self.way, "__name__", "")
        return f"{self.view} {self.asks} {path} {way}".strip()


def hydra(method: str, path: str) -> tuple[str, str]:
    """A call of Hydra's admin API."""
    return method, f"{HYDRA}/admin/oauth2/auth/{path}"


def kratos(method: str, path: str) -> tuple[str, str]:
    """A call of Kratos' public API."""
    return method, f"{KRATOS}/{path}"


WHOAMI = kratos("GET", "sessions/whoami")
LOGIN, CONSENT, LOGOUT = (hydra("GET", f"requests/{kind}") for kind in ("login", "consent", "logout"))
END_SESSION = hydra("DELETE", "sessions/login")
GRANTS, REVOKE = (hydra(method, "sessions/consent") for method in ("GET", "DELETE"))
SESSIONS = kratos("GET", "sessions")


def answer(kind: str, what: str) -> tuple[str, str]:
    """Hydra is told accept or reject."""
    return hydra("PUT", f"requests/{kind}/{what}")


def flows(kind: str) -> tuple[str, str]:
    """A flow is read."""
    return kratos("GET", f"self-service/{kind}/flows")


CHALLENGE = {404: 404, 410: 410}  # a 401 that is not Hydra's own is of whatever guards its admin API
SIGNED_OUT = {401: 303}  # nobody is signed in (any more): that is what was wanted, or where signing in begins


def sign_out(
    view: str, way: Callable[[CheckedClient, Upstream], Step], otherwise: int = 0
) -> tuple[CallSite, CallSite]:
    """Kratos' session is ended, by two calls."""
    begin, end = kratos("GET", "self-service/logout/browser"), kratos("GET", "self-service/logout")
    return (
        CallSite(view, "sign_out", begin, way, 303, SIGNED_OUT, otherwise),
        CallSite(view, "sign_out", end, way, 303, SIGNED_OUT, otherwise, body="any"),
    )
