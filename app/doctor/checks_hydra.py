"""Checks Hydra: its addresses, and the pages to which it sends a browser without a session (`urls`)."""

import secrets
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from app import urls
from app.config.settings import Settings
from app.doctor import checks_servers as servers
from app.doctor.client import AUTHORIZATION, LOGOUT, working_request
from app.doctor.probe import Answer, Probe
from app.doctor.report import Finding
from app.ory.challenges import Client
from app.ory.models import items, strings, text

ADMIN, PUBLIC = "PORTICO_HYDRA_ADMIN_URL", "PORTICO_HYDRA_PUBLIC_URL"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
FALLBACK = "/oauth2/fallbacks/"  # Hydra's own pages, shown where a URL is not set, as without devices it may be
MAX_TRIED = 5  # clients at most; some may not ask what ours asks
MAX_CLIENTS = 50  # clients at most that are looked up


def check_hydra(settings: Settings, ask: Probe, outside: Probe, public: str) -> Iterator[Finding]:
    """Check all of Hydra; `public` is "" if Portico's address may be wrong: then nothing is compared with it."""
    admin, hydra = settings.hydra_admin_url, settings.hydra_public_url
    ask_admin = ask.bearing(settings.hydra_admin_token.get_secret_value())
    of_admin = servers.check_admin(servers.HYDRA_ADMIN, ask_admin, admin, ADMIN)
    yield from of_admin
    if all(finding.level == "warning" for finding in of_admin):
        yield from servers.check_clock("Hydra", ask_admin(f"{admin}/version"))
        yield from _clients(settings, ask_admin)
    if not hydra:
        yield Finding("cannot tell", "Where browsers reach Hydra is not set.", PUBLIC)
        return
    problems = servers.check_api(servers.HYDRA_PUBLIC, outside, hydra, PUBLIC, True)
    yield from problems or _discovery(outside(hydra + servers.HYDRA_PUBLIC.question), hydra, public)
    if not problems and servers.normalised(hydra) != servers.normalised(admin):
        yield from servers.check_admin_is_closed(servers.HYDRA_ADMIN, outside, hydra, PUBLIC)
    if public and not problems:
        yield from _pages(settings, ask_admin, outside, public)


def _clients(settings: Settings, ask_admin: Probe) -> Iterator[Finding]:
    """Warn about applications in the settings that Hydra does not know: a misspelled id has no effect."""
    for name in [*settings.clients][:MAX_CLIENTS]:
        answer = ask_admin(f"{settings.hydra_admin_url}/admin/clients/{quote(name, safe='')}")
        if answer.status == 404 and answer.object:  # Hydra's, not that of a proxy which lets nobody ask for clients
            problem = f"Hydra knows no application {name[:100]}: what is demanded of it holds for nobody."
            yield Finding("warning", problem, f"PORTICO_CLIENTS, or portico.toml: clients.{name[:100]}")


def _discovery(answer: Answer, hydra: str, public: str) -> Iterator[Finding]:
    """Check that Hydra names the address that applications use: they compare it (OpenID Connect Discovery 4.3)."""
    endpoint = text(answer.object.get("authorization_endpoint")).removesuffix(AUTHORIZATION)
    names = {"urls.self.issuer": text(answer.object.get("issuer")), "urls.self.public": endpoint}
    mistaken = {key: url[:200] for key, url in names.items() if servers.normalised(url) != servers.normalised(hydra)}
    if mistaken:
        itself = " and ".join(dict.fromkeys(mistaken.values()))
        problem = f"Hydra calls itself {itself}, but browsers and applications are said to reach it as {hydra}."
        yield Finding("wrong", problem, f"hydra.yml: {' and '.join(mistaken)}, or {PUBLIC}")
    else:
        yield from servers.check_scheme(public, hydra, PUBLIC)


def _sign_in(hydra: str, registered: Iterable[Client], outside: Probe) -> tuple[str, Answer]:
    """Return the first request that begins a sign-in, and its answer; else the last one tried, or an empty one."""
    request, login = "", Answer()
    for client in [client for client in registered if client.redirect_uris and _takes_codes(client)][:MAX_TRIED]:
        request, _ = working_request(hydra, client)
        login = outside.page(request)
        if login.parameter("login_challenge"):
            break
    return request, login


def _takes_codes(client: Client) -> bool:
    """Whether the client may ask for a code, the default of `response_types` (RFC 7591 section 2)."""
    return "code" in (strings(client.raw.get("response_types")) or ["code"])


def _pages(settings: Settings, ask_admin: Probe, outside: Probe, public: str) -> Iterator[Finding]:
    """Check where Hydra sends browsers, and the cookie of a sign-in, which only a registered client can begin."""
    hydra, redirects = settings.hydra_public_url, []
    clients = ask_admin(f"{settings.hydra_admin_url}/admin/clients?page_size=100").body
    registered = [*map(Client.parse, items(clients))]
    request, login = _sign_in(hydra, registered, outside)
    challenge = login.parameter("login_challenge")
    question = f"{settings.hydra_admin_url}/admin/oauth2/auth/requests/login?login_challenge={quote(challenge)}"
    known = ask_admin(question) if challenge else Answer()
    if (known.status == 404 and known.object) or login.parameter("error") == "invalid_client":
        problem = "A sign-in that Hydra's public API begins is unknown to its admin API: they are not of one Hydra."
        yield Finding("wrong", problem, f"{ADMIN}, {PUBLIC}, or hydra.yml: dsn and secrets.system")
    elif request:
        redirects.append(servers.Redirect("urls.login", login, "login_challenge", ("/login",)))
        registration = outside.page(urls.with_query(request, prompt="registration"))
        if registration.page != login.page:  # unset it is urls.login, and that page knows what to do
            pages = ("/registration", "/login")
            redirects.append(servers.Redirect("urls.registration", registration, "login_challenge", pages))
    elif isinstance(clients, list):
        problem = "Hydra has no client to try a sign-in with: register one, and ask again."
        yield Finding("cannot tell", problem, "hydra.yml: urls.login")
    # Errors about a client that does not exist cannot go to the application, and a logout without session ends at once.
    unknown = outside.page(f"{hydra}{AUTHORIZATION}?client_id=portico-doctor-{secrets.token_hex(8)}")
    device = outside.page(f"{hydra}/oauth2/device/verify")
    redirects += [
        servers.Redirect("urls.error", unknown, "error", ("/error", "/oauth2/error")),
        servers.Redirect("urls.post_logout_redirect", outside.page(hydra + LOGOUT), "", ("/signed-out",)),
    ]
    if FALLBACK not in device.page or any(DEVICE in strings(client.raw.get("grant_types")) for client in registered):
        redirects.append(servers.Redirect("urls.device.verification", device, "device_challenge", ("/device",)))
    yield from servers.check_redirects("hydra.yml", redirects, public)
    if challenge:
        yield from servers.check_cookie("hydra.yml", login, hydra, hydra)
