"""`portico doctor`: asks the servers that the settings name, and says what is wrong and where to change it."""

import re
from collections.abc import Iterator

from app import urls
from app.config.settings import Settings, load, names_in_use
from app.config.sources import SettingsError
from app.doctor.checks_hydra import check_hydra
from app.doctor.checks_kratos import check_kratos
from app.doctor.checks_proxies import PAGE, check_proxies, check_what_arrives, question
from app.doctor.checks_servers import HYDRA_ADMIN, KRATOS_ADMIN, check_admin_is_closed, normalised
from app.doctor.client import Applications
from app.doctor.probe import Answer, Probe, redis_failure
from app.doctor.report import WRONG, Finding, Level, conclusion, exit_status, lines
from app.factory import create_app
from app.ory.models import text
from app.ory.transport import Transport

PUBLIC_URL = "PORTICO_PUBLIC_URL"
HOST = f"the header Host that your proxy passes on, PORTICO_ALLOWED_HOSTS, or {PUBLIC_URL}"
PATH = "your proxy, which has to pass paths on as they are"
NOBODY_BEHIND = (502, 503, 504)  # what a proxy answers as long as nobody listens behind it


def examine(client_id: str, request: str) -> tuple[list[str], int]:
    """Examine an application's request, else a client, else the deployment; return the lines and the exit status."""
    try:
        create_app(settings := load())  # which reads the files that the settings name
    except SettingsError as error:
        return lines([Finding("wrong", mistake) for mistake in error.mistakes]), WRONG
    transports = [Transport(str(settings.upstream_ca_file))] if settings.upstream_ca_file else []
    # Browsers have authorities of their own beside the one that Portico believes Kratos and Hydra by.
    ask, outside = Probe(*transports or [Transport()]), Probe(Transport(), *transports)
    applications = Applications(settings, ask, outside)
    report: list[Finding | str]
    if request:
        report = [*applications.request(request)]
    elif client_id:
        report = [*applications.client(client_id)]
    else:
        report = examine_deployment(settings, ask, outside)
    names = names_in_use()  # what the operator of a replaced reference UI has set is called as it is there
    written = [re.sub(r"PORTICO_[A-Z_]+", lambda name: names.get(name[0], name[0]), line) for line in lines(report)]
    return written, exit_status(report)


def examine_deployment(settings: Settings, ask: Probe, outside: Probe) -> list[Finding | str]:
    """Check settings, Kratos and Hydra, and that they fit; `ask` sends as Portico does, `outside` as browsers do."""
    answer = Answer()
    if settings.public_url:
        answer = outside(settings.public_url + PAGE, **question(settings))
    own = [*_portico(settings.public_url, answer)] if settings.public_url else []
    public = "" if exit_status(own) == WRONG else settings.public_url  # what nothing can be compared with
    findings = [*_settings(settings), *own, *check_proxies(settings, Answer() if own else answer)]
    findings += check_kratos(settings, ask, outside, public)
    if public and not own:
        findings += [*check_what_arrives(settings, outside, answer), *_admin_apis(settings, outside)]
    if settings.hydra_admin_url:
        findings += check_hydra(settings, ask, outside, public)
    return [*findings, conclusion(findings)]


def _settings(settings: Settings) -> Iterator[Finding]:
    """Warn about settings that work but may not be intended; check that Redis can count."""
    if not settings.public_url:
        warning = f"Drop-in mode, for this machine only: addresses cannot be compared before {PUBLIC_URL} is set."
        yield Finding("warning", warning, PUBLIC_URL)
    if settings.metrics_listen.startswith(("0.0.0.0:", "[::]:")):
        yield Finding("warning", "The metrics are open to every network of this machine.", "PORTICO_METRICS_LISTEN")
    if clients := ", ".join(name for name, client in settings.clients.items() if client.required_aal == "aal2"):
        warning = "Nobody can see this key: unless it is highest_available, a password alone enrols the second factor"
        key = "kratos.yml: selfservice.flows.settings.required_aal"
        yield Finding("warning", f"{warning} demanded of {clients}.", key)
    storage = settings.rate_limit_storage.get_secret_value()
    if storage and (failure := redis_failure(storage)):
        problem = f"Redis counts nothing ({failure}): each worker counts tries for itself."
        yield Finding("wrong", problem, "PORTICO_RATE_LIMIT_STORAGE")


def _admin_apis(settings: Settings, outside: Probe) -> Iterator[Finding]:
    """Check that no admin API answers at Portico's address: a proxy that routes by path may lead there."""
    covered = {normalised(settings.kratos_browser_url), normalised(settings.hydra_public_url)}
    for address in dict.fromkeys((urls.origin(settings.public_url), settings.public_url)):
        for api in (KRATOS_ADMIN, HYDRA_ADMIN) if address and normalised(address) not in covered else ():
            yield from check_admin_is_closed(api, outside, address, PUBLIC_URL)


def _portico(public: str, answer: Answer) -> Iterator[Finding]:
    if answer.status in (0, *NOBODY_BEHIND):
        level: Level = "wrong" if answer.is_about_tls else "cannot tell"
        yield Finding(level, f"Portico does not answer at {public}: {answer.reason}.", PUBLIC_URL)
    elif answer.status == 400 and "X-Request-Id" in answer.headers:
        problem = f"Portico is there, but does not know that it is {public}: it is asked for another host name."
        yield Finding("wrong", problem, HOST)
    elif answer.status == 404 and "X-Request-Id" in answer.headers:
        problem = f"Portico is there, but is not asked for what is below {public}: the path gets lost on the way."
        yield Finding("wrong", problem, f"{PATH} or {PUBLIC_URL}")
    elif text(answer.object.get("enroll")).partition("#")[0] != f"{public}/settings":
        yield Finding("wrong", f"Something else answers at {public} ({answer.reason}).", PUBLIC_URL)
