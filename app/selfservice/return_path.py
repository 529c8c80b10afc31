"""Which application's login a page is a part of: by the flow's `return_to` (design D1), else by our cookie."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from app import urls
from app.deployment import deployment
from app.errors import ChallengeGone, FlowElsewhere, PorticoError, UpstreamError
from app.http import branding, browser_session, i18n, inputs
from app.ory.flows import Flow
from app.selfservice.flow_kinds import PASSKEY
from app.urls import ReturnTo


@dataclass(frozen=True, slots=True)
class ReturnPath:
    """The way back into an application, or to the account where none waits, with no `challenge`."""

    challenge: str
    round_trips: int
    task: str  # see ReturnTo
    url: str  # ours, which answers the login challenge
    title: str  # what a page calls the application, "" when Hydra cannot say
    client_id: str = ""  # "" when Hydra cannot say
    login_hint: str = ""  # this and `popup`: see Parameters
    popup: bool = False
    home: str = ""  # this and the next: https addresses of the application, "" for none
    logo: str = ""
    privacy: str = ""
    terms: str = ""


def return_path_of(flow: Flow) -> ReturnPath | None:
    """The application's login that this flow leads back to, or None; also while Hydra cannot say whose it is."""
    target = deployment().urls.return_to_of(flow.return_to) or _through_settings(flow.return_to)
    path = _return_path(target) if target else _to_account(flow)
    if path:
        branding.use_brand_of(path.client_id or _from_cookie(path.challenge, "client_id"))
    return path


def pending_return_paths(flow_id: str = "") -> Iterator[ReturnPath]:
    """The sign-ins begun here and not finished, newest first; with a `flow_id` the one it was a page of, if known."""
    login = browser_session.pending_login_of_flow(flow_id)
    logins = (login,) if login else browser_session.pending_logins()
    alive = (_return_path(ReturnTo(each.challenge, 0)) for each in logins if each.challenge)
    return (path for path in alive if path and path.client_id)


def _through_settings(return_to: str) -> ReturnTo | None:
    """Where the settings behind this flow lead back to; the newest sign-in if they need a second factor first."""
    settings_id = urls.query(return_to).get("flow")
    at_kratos = deployment().urls.is_at_kratos(return_to)  # then it can be split
    at_kratos = at_kratos and urlsplit(return_to).path.endswith("/self-service/settings")
    if not settings_id or not (at_kratos or return_to.startswith(f"{deployment().urls.public}/settings?")):
        return None
    try:
        behind = deployment().kratos.flow("settings", settings_id, inputs.cookies())
    except FlowElsewhere:
        return next(
            (ReturnTo(login.challenge, 0) for login in browser_session.pending_logins() if login.challenge), None
        )
    except PorticoError:
        return None
    return deployment().urls.return_to_of(behind.return_to)


def _to_account(flow: Flow) -> ReturnPath | None:
    """The way from the page that offers a passkey, where no application waits, to the account; None from any other."""
    offered = not flow.requested_aal and flow.return_to == deployment().urls.account(PASSKEY)  # which only logins have
    return ReturnPath("", 0, PASSKEY, deployment().urls.account(), title="") if offered else None


def _return_path(target: ReturnTo) -> ReturnPath | None:
    """The way back, with the application's name; where Hydra cannot say it, only the name is missing from the page."""
    hydra, challenge = deployment().hydra, target.challenge
    if hydra is None:
        return None
    url = deployment().urls.login(challenge, target.round_trips)
    back = (challenge, target.round_trips, target.task, url)
    try:
        login_request = hydra.login_request(challenge)
    except (ChallengeGone, UpstreamError):
        return ReturnPath(*back, title=_from_cookie(challenge, "title"))
    parameters, client = login_request.parameters, login_request.client
    i18n.prefer(parameters.ui_locales)
    home, privacy, terms = (client.link(field) for field in ("client_uri", "policy_uri", "tos_uri"))
    logo = deployment().logo_of(client)
    return ReturnPath(
        *back, client.title, client.id, parameters.login_hint, parameters.popup, home, logo, privacy, terms
    )


def _from_cookie(challenge: str, what: str) -> str:
    known = browser_session.pending_login(challenge)
    return str(getattr(known, what)) if known else ""
