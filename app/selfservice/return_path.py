"""Finds the application's login to which a page belongs: by the flow's `return_to` (design D1), else by our cookie."""

from collections.abc import Iterator
from dataclasses import dataclass

from app import urls
from app.deployment import deployment
from app.errors import ChallengeGone, FlowElsewhere, PorticoError, UpstreamError
from app.http import branding, browser_session, i18n, inputs
from app.oauth2.assurance import short_hash
from app.ory.challenges import Client
from app.ory.flows import Flow
from app.selfservice.flow_kinds import PASSKEY

UNKNOWN = Client.parse({})  # its id is "": there is no application, or Hydra fails


@dataclass(frozen=True, slots=True)
class ReturnPath:
    """The way back into an application, or, without a `challenge`, to the account page."""

    challenge: str
    round_trips: int
    task: str  # see ReturnTo
    url: str  # our address that answers the login challenge
    title: str  # the application's name on pages, "" if Hydra fails
    client: Client = UNKNOWN
    login_hint: str = ""  # see Parameters, also for `popup`
    popup: bool = False
    logo: str = ""  # its address, "" for none


def return_path_of(flow: Flow) -> ReturnPath | None:
    """Return the login that this flow leads back to, or None; if Hydra fails, without the application's data."""
    target = deployment().urls.return_to_of(flow.return_to) or _through_settings(flow.return_to)
    path = _return_path(target) if target else _to_account(flow)
    if path:
        branding.use_brand_of(path.client.id or _from_cookie(path.challenge, "client_id"))
    return path


def pending_return_paths(flow_id: str = "") -> Iterator[ReturnPath]:
    """Yield pending sign-ins of this browser, newest first; with a `flow_id` only that of this flow, if known."""
    logins, flow = browser_session.pending_logins(), short_hash(flow_id)
    attempts = ((login, browser_session.login_attempt(login.challenge)) for login in logins)
    of_flow = [login for login, attempt in attempts if attempt and attempt.flow == flow]
    alive = (_return_path(urls.ReturnTo(login.challenge, 0)) for login in of_flow or logins)
    return (path for path in alive if path and path.client.id)


def _through_settings(return_to: str) -> urls.ReturnTo | None:
    """Return where the settings flow in `return_to` leads; the newest sign-in if it needs a second factor first."""
    settings_id = urls.query(return_to).get("flow")
    is_settings = return_to.partition("?")[0].endswith("/self-service/settings")
    at_kratos = is_settings and deployment().urls.is_at_kratos(return_to)
    if not settings_id or not (at_kratos or return_to.startswith(f"{deployment().urls.public}/settings?")):
        return None
    try:
        settings_flow = deployment().kratos.flow("settings", settings_id, inputs.cookie_header())
    except FlowElsewhere:
        return next((urls.ReturnTo(login.challenge, 0) for login in browser_session.pending_logins()), None)
    except PorticoError:
        return None
    return deployment().urls.return_to_of(settings_flow.return_to)


def _to_account(flow: Flow) -> ReturnPath | None:
    """Return the way to the account from the page that offers a passkey; None for other pages."""
    offered = not flow.requested_aal and flow.return_to == deployment().urls.account(PASSKEY)  # only logins have an AAL
    return ReturnPath("", 0, PASSKEY, deployment().urls.account(), title="") if offered else None


def _return_path(target: urls.ReturnTo) -> ReturnPath | None:
    """Return the way back with the application's data; if Hydra fails, with the title from our cookie at most."""
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
    logo = deployment().logo_of(client)
    return ReturnPath(*back, client.title, client, parameters.login_hint, parameters.popup, logo)


def _from_cookie(challenge: str, what: str) -> str:
    known = browser_session.pending_login(challenge)
    return str(getattr(known, what)) if known else ""
