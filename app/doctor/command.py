"""`portico doctor`: asks the servers that the settings name, and says what is wrong and where to change it."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.config.settings import Settings, load, names_in_use
from app.config.sources import SettingsError
from app.doctor.checks_hydra import check_hydra
from app.doctor.checks_kratos import check_kratos
from app.doctor.checks_settings import check_portico, check_settings
from app.doctor.client import Applications
from app.doctor.probe import Probe
from app.doctor.report import WRONG, Finding, conclusion, exit_status, lines
from app.ory.transport import Transport


def examine(start: Callable[[Settings], object], client_id: str, request: str) -> tuple[list[str], int]:
    """What the doctor says of an application's request, else of a client, else of the deployment: lines, exit status.

    `start` finds what is wrong in files that the settings name.
    """
    try:
        start(settings := load())
    except SettingsError as error:
        return lines([Finding("wrong", mistake) for mistake in error.mistakes]), WRONG
    transports = [Transport(str(settings.upstream_ca_file))] if settings.upstream_ca_file else []
    # Browsers have authorities of their own beside the one that Portico believes Kratos and Hydra by.
    ask, outside = Probe(*transports or [Transport()]), Probe(Transport(), *transports)
    if client_id or request:
        applications = Applications(settings, ask, outside)
        report = [*(applications.request(request) if request else applications.client(client_id))]
        answer = lines(report), exit_status(report)
    else:
        answer = examine_deployment(settings, ask, outside)
    names = names_in_use()  # what the operator of a replaced reference UI has set is called as it is there
    return [re.sub(r"PORTICO_[A-Z_]+", lambda name: names.get(name[0], name[0]), line) for line in answer[0]], answer[1]


def examine_deployment(settings: Settings, ask: Probe, outside: Probe) -> tuple[list[str], int]:
    """The settings, Kratos, Hydra, and whether they fit together: lines and exit status.

    `ask` asks as Portico does, `outside` at the addresses that browsers use.
    """
    own = [*check_portico(settings.public_url, outside)] if settings.public_url else []
    public = "" if exit_status(own) == WRONG else settings.public_url  # what nothing can be compared with
    findings = [*check_settings(settings), *own, *check_kratos(settings, ask, outside, public)]
    if settings.hydra_admin_url:
        findings += check_hydra(settings, ask, outside, public)
    return [*lines(findings), conclusion(findings)], exit_status(findings)
