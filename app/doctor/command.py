"""`portico doctor`: asks the servers that the settings name, and says what is wrong and where to change it."""

from __future__ import annotations

import difflib
import secrets
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from app.doctor import authorize, client, hydra_checks, kratos_checks, server_checks
from app.doctor.answer import Answer
from app.doctor.probe import Probe
from app.doctor.report import Finding, is_wrong, lines, printable
from app.doctor.settings_checks import settings_findings
from app.domain import urls
from app.domain.models import items, mapping, text
from app.settings import Settings, load
from app.settings_sources import SettingsError
from app.upstream.outcomes import HYDRA, KRATOS
from app.upstream.wire import Wire

ELSEWHERE = "https://portico-doctor.invalid/"  # RFC 2606: nobody's, so nobody allows it
FLOWS = ("login", "registration", "recovery", "verification")


def examined(client_id: str, authorize_url: str) -> tuple[list[str], bool]:
    """What the settings of this process say of a request, else of a client, else of the deployment: see Doctor."""
    try:
        settings = load()
    except SettingsError as error:
        found = [Finding("wrong", mistake) for mistake in error.mistakes]
        return lines(found), True
    verify = str(settings.upstream_ca_file) if settings.upstream_ca_file else True
    doctor = Doctor(settings, Probe(Wire(verify)))
    if authorize_url:
        return doctor.authorize_url(authorize_url)
    return doctor.client(client_id) if client_id else doctor.deployment()


class Doctor:
    """Examines one deployment; each examination gives its lines and whether something is wrong."""

    def __init__(self, settings: Settings, ask: Probe) -> None:
        self.settings, self.ask = settings, ask
        self.public, self.kratos = settings.public_url, settings.kratos_public_url
        self.admin, self.hydra = settings.hydra_admin_url, settings.hydra_public_url

    def deployment(self) -> tuple[list[str], bool]:
        """The settings, Kratos, Hydra, and whether they fit together."""
        found = [*settings_findings(self.settings), *self._kratos(), *self._hydra()]
        return lines(found), is_wrong(found)

    def client(self, client_id: str) -> tuple[list[str], bool]:
        """One client's registration, a request of it that works, and how its application gets the tokens."""
        known, why = self._client(client_id)
        if known is None or not self.hydra:
            return why.lines(), True
        state, nonce, verifier = (secrets.token_urlsafe(size) for size in (16, 16, 32))
        request = client.working_request(self.hydra, known, state, nonce, verifier)
        found = [*client.findings(known)]
        if not is_wrong(found):
            found.append(authorize.asked_hydra(self.ask.page(HYDRA, request)))
        told = []
        if not is_wrong(found):
            told = [
                "",
                "A request that signs somebody in; its state, nonce and PKCE challenge are made up:",
                "",
                request,
            ]
            told += ["", *client.token_request(self.hydra, known, verifier)]
        return [*map(printable, client.registration(known)), "", *lines(found), *map(printable, told)], is_wrong(found)

    def authorize_url(self, url: str) -> tuple[list[str], bool]:
        """Why Hydra refuses an application's request."""
        found = [authorize.endpoint(url, self.hydra)]
        client_id = urls.query(url).get("client_id", "")
        known, why = self._client(client_id)
        found.append(why)
        if known is not None:
            found += authorize.explain(url, known, self.settings.hydra_prompts)
        if self.hydra and urls.split(url):  # only ever to Hydra, wherever the request would go
            query = urlsplit(url).query
            found.append(authorize.asked_hydra(self.ask.page(HYDRA, f"{self.hydra}/oauth2/auth?{query}")))
        return lines(found), is_wrong(found)

    def _client(self, client_id: str) -> tuple[Mapping[str, Any] | None, Finding]:
        """A client's registration, None with the reason why not."""
        if not (self.admin and self.hydra):
            told = "Applications cannot be looked at without Hydra's two addresses."
            return None, Finding("wrong", told, "PORTICO_HYDRA_ADMIN_URL, PORTICO_HYDRA_PUBLIC_URL")
        if not client_id:
            return None, Finding("wrong", "client_id is missing.", "the request: client_id")
        answer = self.ask(HYDRA, f"{self.admin}/admin/clients/{quote(client_id, safe='')}")
        if answer.status == 200 and answer.object:
            return answer.object, Finding("ok", f"The client {client_id} is registered.")
        if answer.status != 404:
            return None, Finding(
                "wrong", f"Hydra does not tell its clients ({answer.reason}).", "PORTICO_HYDRA_ADMIN_URL"
            )
        names = [text(mapping(one).get("client_id")) for one in items(self._clients().body)]
        near = difflib.get_close_matches(client_id, names, n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        return None, Finding("wrong", f"Hydra has no client {client_id}.{meant}", "the request: client_id")

    def _clients(self) -> Answer:
        return self.ask(HYDRA, f"{self.admin}/admin/clients?page_size=100")

    def _kratos(self) -> Iterator[Finding]:
        ready = self.ask(KRATOS, f"{self.kratos}/health/ready")
        yield server_checks.ready(KRATOS, ready, "PORTICO_KRATOS_PUBLIC_URL")
        if ready.status != 200:
            return
        yield server_checks.clock(KRATOS, ready)
        yield self._kratos_version()
        if self.public:
            yield from self._kratos_pages()
            yield from kratos_checks.reminders(self.public)

    def _kratos_version(self) -> Finding:
        admin = self.settings.kratos_admin_url
        if not admin:
            return Finding("cannot tell", "Kratos' version is known to its admin API only.", "PORTICO_KRATOS_ADMIN_URL")
        return server_checks.version(KRATOS, self.ask(KRATOS, f"{admin}/version"))

    def _kratos_pages(self) -> Iterator[Finding]:
        public, login = self.public, f"{self.kratos}/self-service/login/browser"
        for flow in FLOWS:
            url = f"{self.kratos}/self-service/{flow}/browser"
            expected = flow == "login" or flow in self.settings.kratos_flows
            yield kratos_checks.flow_page(flow, self.ask.page(KRATOS, url), self.ask(KRATOS, url), public, expected)
        refused = self.ask.page(KRATOS, urls.with_query(login, return_to=ELSEWHERE))
        yield kratos_checks.error_page(refused, public)
        back = f"{public}/login?login_challenge=doctor&n=1"
        yield kratos_checks.return_way(self.ask(KRATOS, urls.with_query(login, return_to=back)), public)
        yield from self._kratos_in_browsers(self.ask(KRATOS, login))

    def _kratos_in_browsers(self, login: Answer) -> Iterator[Finding]:
        """What a begun login says about browsers: where they post to, which cookies and scripts they get."""
        public, browser = self.public, self.settings.kratos_browser_url
        yield kratos_checks.form_address(login, browser)
        yield from kratos_checks.cookies(str(login.headers.get("Set-Cookie", "")), public, browser)
        script = self.ask(KRATOS, f"{browser}/.well-known/ory/webauthn.js", "*/*", Origin=public)
        yield kratos_checks.script(script, login, public)
        yield from kratos_checks.passkey_host(login, public)

    def _hydra(self) -> Iterator[Finding]:
        if not self.admin:
            yield Finding("ok", "There are no OAuth2 pages, because PORTICO_HYDRA_ADMIN_URL is not set.")
            return
        ready = self.ask(HYDRA, f"{self.admin}/health/ready")
        yield server_checks.ready("Hydra's admin API", ready, "PORTICO_HYDRA_ADMIN_URL")
        if ready.status == 200:
            yield server_checks.clock(HYDRA, ready)
            yield server_checks.version(HYDRA, self.ask(HYDRA, f"{self.admin}/version"))
        if not self.hydra:
            yield Finding("cannot tell", "Where browsers reach Hydra is not set.", "PORTICO_HYDRA_PUBLIC_URL")
            return
        public = self.ask(HYDRA, f"{self.hydra}/health/ready")
        yield server_checks.ready("Hydra, where browsers reach it,", public, "PORTICO_HYDRA_PUBLIC_URL", "warning")
        if public.status and self.public:
            yield from self._hydra_pages()
            yield from hydra_checks.reminders(self.public)

    def _hydra_pages(self) -> Iterator[Finding]:
        hydra, public, page = self.hydra, self.public, self.ask.page
        yield hydra_checks.discovery(self.ask(HYDRA, f"{hydra}/.well-known/openid-configuration"), hydra)
        yield from hydra_checks.open_admin(self.ask(HYDRA, f"{hydra}/admin/clients?page_size=1"))
        known = hydra_checks.usable_client(self._clients().body)
        if known is None:
            yield Finding("cannot tell", "Hydra has no client whose login could be looked at.", "hydra.yml: urls.login")
        else:
            state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
            request = client.working_request(hydra, known, state, nonce, verifier)
            yield hydra_checks.login_page(page(HYDRA, request), public)
            request = urls.with_query(request, prompt="registration")
            yield hydra_checks.registration_page(page(HYDRA, request), public)
        unknown = page(HYDRA, f"{hydra}/oauth2/auth?client_id=portico-doctor-{secrets.token_hex(8)}")
        yield hydra_checks.error_page(unknown, public)
        yield hydra_checks.signed_out_page(page(HYDRA, f"{hydra}/oauth2/sessions/logout"), public)
        yield hydra_checks.device_page(page(HYDRA, f"{hydra}/oauth2/device/verify"), public)
