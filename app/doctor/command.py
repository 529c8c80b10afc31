"""`portico doctor`: asks the servers that the settings name, and says what is wrong and where to change it."""

from __future__ import annotations

import difflib
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from app.doctor import authorize, client, cookie_checks, hydra_checks, kratos_checks, logout, server_checks, unseen
from app.doctor.answer import Answer
from app.doctor.probe import Probe, storage_fails
from app.doctor.report import WRONG, Finding, Level, conclusion, is_wrong, lines, printable, status
from app.doctor.server_checks import HYDRA_ADMIN, HYDRA_PUBLIC, KRATOS_ADMIN, KRATOS_PUBLIC, QUESTIONS
from app.doctor.settings_checks import scheme, settings_findings
from app.domain import urls
from app.domain.models import items, mapping, strings, text
from app.settings import Settings, load, names_in_use
from app.settings_sources import SettingsError
from app.upstream.outcomes import HYDRA, KRATOS
from app.upstream.wire import Wire

ELSEWHERE = "https://portico-doctor.invalid/"  # RFC 2606: nobody's, so nobody allows it
FLOWS = ("login", "registration", "recovery", "verification")
OWN_ADDRESS = ("PORTICO_PUBLIC_URL", server_checks.HOST)


def examined(client_id: str, authorize_url: str, start: Callable[[Settings], object]) -> tuple[list[str], int]:
    """What the settings of this process say of a request, else of a client, else of the deployment: see Doctor."""
    try:
        start(settings := load())  # finds what is wrong in files that they name
    except SettingsError as error:
        found = [Finding("wrong", mistake) for mistake in error.mistakes]
        return lines(found), WRONG
    wires = [Wire(str(settings.upstream_ca_file))] if settings.upstream_ca_file else []
    # Browsers have authorities of their own beside the one that Portico believes Kratos and Hydra by.
    doctor = Doctor(settings, Probe(wires[0] if wires else Wire()), Probe(Wire(), *wires))
    if authorize_url:
        told, exit_status = doctor.authorize_url(authorize_url)
    else:
        told, exit_status = doctor.client(client_id) if client_id else doctor.deployment()
    names = names_in_use()  # what the operator of a replaced reference UI has set is called as it is there
    return [re.sub(r"PORTICO_[A-Z_]+", lambda name: names.get(name[0], name[0]), line) for line in told], exit_status


class Doctor:
    """Examines one deployment; each examination gives its lines and the exit status.

    `ask` asks as Portico does, `ask_outside` (by default the same) at the addresses that browsers use.
    """

    def __init__(self, settings: Settings, ask: Probe, ask_outside: Probe | None = None) -> None:
        self.settings, self.ask, self.ask_outside = settings, ask, ask_outside or ask
        self.ask_kratos_admin = ask.bearing(settings.kratos_admin_token.get_secret_value())
        self.ask_hydra_admin = ask.bearing(settings.hydra_admin_token.get_secret_value())
        self.public, self.kratos = settings.public_url, settings.kratos_public_url
        self.admin, self.hydra = settings.hydra_admin_url, settings.hydra_public_url

    def deployment(self) -> tuple[list[str], int]:
        """The settings, Kratos, Hydra, and whether they fit together."""
        own = [*settings_findings(self.settings), *self._portico()]
        # Portico's address is compared with the servers' pages, unless it is wrong itself.
        public = "" if is_wrong(one for one in own if one.where in OWN_ADDRESS) else self.public
        found = [*own, *self._kratos(public), *self._hydra(public)]
        not_asked = ["", *unseen.lines(self.settings)] if public else []
        return [*lines(found), *not_asked, "", conclusion(found)], status(found)

    def client(self, client_id: str) -> tuple[list[str], int]:
        """One client's registration, a request of it that works, and how its application gets the tokens."""
        known, why = self._client(client_id)
        if known is None or not self.hydra:
            return why.lines(), WRONG
        state, nonce, verifier = (secrets.token_urlsafe(size) for size in (16, 16, 32))
        request = client.working_request(self.hydra, known, state, nonce, verifier)
        found = [*client.findings(known)]
        if not is_wrong(found):
            found.append(authorize.asked_hydra(self.ask_outside.page(HYDRA, request)))
        told = []
        if not is_wrong(found):
            made_up = "A request that signs somebody in; its state, nonce and PKCE challenge are made up:"
            told = ["", made_up, "", request, "", *client.token_request(self.hydra, known, verifier)]
        return [*map(printable, client.registration(known)), "", *lines(found), *map(printable, told)], status(found)

    def authorize_url(self, url: str) -> tuple[list[str], int]:
        """Why Hydra refuses an application's request to sign in, or to sign out."""
        found = [authorize.endpoint(url, self.hydra)]
        found += self._logout(url) if urls.split(url) and urlsplit(url).path.endswith(logout.PATH) else self._login(url)
        return lines(found), status(found)

    def _login(self, url: str) -> Iterator[Finding]:
        known, why = self._client(urls.query(url).get("client_id", ""))
        yield why
        if known is not None:
            yield from authorize.explain(url, known, self.settings.hydra_prompts)
        if self.hydra and urls.split(url):
            yield authorize.asked_hydra(self._sent(url, "/oauth2/auth"))

    def _logout(self, url: str) -> Iterator[Finding]:
        client_id = next(iter(logout.audience(url)), "")
        known, why = self._client(client_id) if client_id else (None, Finding("ok", "The request names no client."))
        yield why
        registered = strings((known or {}).get("post_logout_redirect_uris"))
        if self.hydra:
            yield logout.asked_hydra(url, self._sent(url, logout.PATH), registered)

    def _sent(self, url: str, path: str) -> Answer:
        """What Hydra says to this request; it only ever goes to Hydra, wherever it would have gone."""
        return self.ask_outside.page(HYDRA, f"{self.hydra}{path}?{urlsplit(url).query}")

    def _client(self, client_id: str) -> tuple[Mapping[str, Any] | None, Finding]:
        """A client's registration, None with the reason why not."""
        if not (self.admin and self.hydra):
            told = "Applications cannot be looked at without Hydra's two addresses."
            return None, Finding("wrong", told, "PORTICO_HYDRA_ADMIN_URL, PORTICO_HYDRA_PUBLIC_URL")
        if not client_id:
            return None, Finding("wrong", "client_id is missing.", "the request: client_id")
        answer = self.ask_hydra_admin(HYDRA, f"{self.admin}/admin/clients/{quote(client_id, safe='')}")
        if answer.status == 200 and answer.object:
            return answer.object, Finding("ok", f"The client {client_id} is registered.")
        if answer.status != 404:
            told = f"Hydra does not tell its clients ({answer.reason})."
            return None, Finding("wrong", told, "PORTICO_HYDRA_ADMIN_URL")
        names = [text(mapping(one).get("client_id")) for one in items(self._clients().body)]
        near = difflib.get_close_matches(client_id, names, n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        return None, Finding("wrong", f"Hydra has no client {client_id}.{meant}", "the request: client_id")

    def _clients(self) -> Answer:
        return self.ask_hydra_admin(HYDRA, f"{self.admin}/admin/clients?page_size=100")

    def _portico(self) -> Iterator[Finding]:
        """Portico itself, as browsers reach it, and where its replicas count together."""
        if self.public and not is_wrong(settings_findings(self.settings)):
            page = f"{self.public}/.well-known/passkey-endpoints"
            yield server_checks.portico(self.ask_outside("Portico", page), self.public)
        if uri := self.settings.rate_limit_storage.get_secret_value():
            yield server_checks.storage(storage_fails(uri))

    def _reached(self, ask: Probe, api: str, setting: str, silent: Level = "wrong") -> tuple[Finding, Answer]:
        """Whether an API answers at the address of a setting, and what it says of its health."""
        name, address = api.partition("'")[0], str(getattr(self.settings, setting))
        answers, ready = {api: ask(name, address + QUESTIONS[api])}, ask(name, f"{address}/health/ready")
        if answers[api].status and not server_checks.answers_as(api, answers[api]):
            answers |= {other: ask(name, address + path) for other, path in QUESTIONS.items() if other != api}
        return server_checks.reached(api, address, answers, ready, setting, silent), ready

    def _kratos(self, public: str) -> Iterator[Finding]:
        reached, ready = self._reached(self.ask, KRATOS_PUBLIC, "kratos_public_url")
        yield reached
        if admin := self.settings.kratos_admin_url:
            admin_reached, _ = self._reached(self.ask_kratos_admin, KRATOS_ADMIN, "kratos_admin_url")
            yield admin_reached
            if admin_reached.level == "ok":
                yield server_checks.version(KRATOS, self.ask_kratos_admin(KRATOS, f"{admin}/version"))
        if reached.level == "ok":
            yield server_checks.clock(KRATOS, ready)
            if public:
                yield from self._kratos_pages(public)

    def _kratos_pages(self, public: str) -> Iterator[Finding]:
        begin = {flow: f"{self.kratos}/self-service/{flow}/browser" for flow in FLOWS}
        shown = {flow: self.ask.page(KRATOS, url) for flow, url in begin.items()}
        refused = self.ask.page(KRATOS, urls.with_query(begin["login"], return_to=ELSEWHERE))
        if elsewhere := server_checks.elsewhere(KRATOS, [*shown.values(), refused], public):
            yield elsewhere
            return
        for flow, answer in shown.items():
            expected = flow == "login" or flow in self.settings.kratos_flows
            yield kratos_checks.flow_page(flow, answer, self.ask(KRATOS, begin[flow]), public, expected)
        yield kratos_checks.error_page(refused, public)
        back = f"{public}/login?login_challenge=doctor&n=1"
        yield kratos_checks.return_way(self.ask(KRATOS, urls.with_query(begin["login"], return_to=back)), public)
        login, browser = self.ask(KRATOS, begin["login"]), self.settings.kratos_browser_url
        posts = kratos_checks.form_address(login, browser)
        yield posts
        yield from kratos_checks.passkey_host(login, public)
        if posts.level == "ok":
            yield from scheme(public, browser, "PORTICO_KRATOS_BROWSER_URL")
            set_cookie = str(login.headers.get("Set-Cookie", ""))
            yield from cookie_checks.cookies(cookie_checks.OF_KRATOS, set_cookie, browser, public)
            yield from self._kratos_in_browsers(login)

    def _kratos_in_browsers(self, login: Answer) -> Iterator[Finding]:
        """What is there at the address that browsers use, which may be out of reach from here."""
        public, browser, ask = self.public, self.settings.kratos_browser_url, self.ask_outside
        if browser != self.kratos:
            reached, _ = self._reached(ask, KRATOS_PUBLIC, "kratos_browser_url", "cannot tell")
            yield reached
            if reached.level != "ok":
                return
        yield from kratos_checks.open_admin(ask(KRATOS, browser + QUESTIONS[KRATOS_ADMIN]))
        script = ask(KRATOS, f"{browser}/.well-known/ory/webauthn.js", "*/*", Origin=public)
        yield kratos_checks.script(script, login, public, browser)

    def _hydra(self, public: str) -> Iterator[Finding]:
        if not self.admin:
            yield Finding("ok", "There are no OAuth2 pages, because PORTICO_HYDRA_ADMIN_URL is not set.")
            return
        admin, ready = self._reached(self.ask_hydra_admin, HYDRA_ADMIN, "hydra_admin_url")
        yield admin
        if admin.level == "ok":
            yield server_checks.clock(HYDRA, ready)
            yield server_checks.version(HYDRA, self.ask_hydra_admin(HYDRA, f"{self.admin}/version"))
        if not self.hydra:
            yield Finding("cannot tell", "Where browsers reach Hydra is not set.", "PORTICO_HYDRA_PUBLIC_URL")
            return
        reached, _ = self._reached(self.ask_outside, HYDRA_PUBLIC, "hydra_public_url", "cannot tell")
        yield reached
        if reached.level == "ok":
            yield from self._hydra_itself(public)
            if public:
                yield from self._hydra_pages(public, self._clients() if admin.level == "ok" else None)

    def _hydra_itself(self, public: str) -> Iterator[Finding]:
        hydra, ask = self.hydra, self.ask_outside
        itself = hydra_checks.discovery(ask(HYDRA, hydra + QUESTIONS[HYDRA_PUBLIC]), hydra)
        yield itself
        if itself.level == "ok" and public:
            yield from scheme(public, hydra, "PORTICO_HYDRA_PUBLIC_URL")
        if not urls.same_place(hydra, self.admin):
            yield from hydra_checks.open_admin(ask(HYDRA, hydra + QUESTIONS[HYDRA_ADMIN]))

    def _hydra_pages(self, public: str, clients: Answer | None) -> Iterator[Finding]:
        """Where Hydra sends browsers; the sign-in, with the cookie that it has to come back with, needs a client."""
        hydra, page, unknown = self.hydra, self.ask_outside.page, f"portico-doctor-{secrets.token_hex(8)}"
        error = page(HYDRA, f"{hydra}/oauth2/auth?client_id={unknown}")
        signed_out, device = (page(HYDRA, hydra + path) for path in (logout.PATH, "/oauth2/device/verify"))
        known = hydra_checks.usable_client(clients.body) if clients else None
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        request = client.working_request(hydra, known or {}, state, nonce, verifier)
        login = page(HYDRA, request) if known else Answer()
        if elsewhere := server_checks.elsewhere(HYDRA, [login, error, signed_out, device], public):
            yield elsewhere
            return
        if known:
            registration = page(HYDRA, urls.with_query(request, prompt="registration"))
            yield from hydra_checks.sign_in_pages(login, registration, public)
        elif clients:
            told = "Hydra has no client whose sign-in could be looked at: ask again when there is one."
            yield Finding("cannot tell", told, "hydra.yml: urls.login")
        set_cookie = str(login.headers.get("Set-Cookie", ""))
        if cookie_checks.OF_HYDRA.prefix in set_cookie:  # serve.cookies.names may call it otherwise
            yield from cookie_checks.cookies(cookie_checks.OF_HYDRA, set_cookie, hydra, hydra)
        yield hydra_checks.error_page(error, public)
        yield hydra_checks.signed_out_page(signed_out, public)
        yield hydra_checks.device_page(device, public)
