"""Where Portico lives on a host that it shares with others: below a path (docs/decisions/0009-where-it-lives.md)."""

from typing import Any

HEALTH = ("/health/alive", "/health/serving", "/health/ready")  # there, too: probes come by address and know no path
NOWHERE = "/?"  # no route matches it, so that Portico's own page says that there is nothing


def below(path: str, application: Any) -> Any:
    """The application at this path; below it WSGI's SCRIPT_NAME makes routes, log and metrics the same as elsewhere."""

    def mounted(environ: dict[str, Any], start_response: Any) -> Any:
        sent = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
        if sent in HEALTH:
            return application(environ, start_response)
        inside = sent.removeprefix(path) if sent.startswith(f"{path}/") else "/" if sent == path else NOWHERE
        return application({**environ, "SCRIPT_NAME": path, "PATH_INFO": inside}, start_response)

    return mounted
