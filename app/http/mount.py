"""Serves Portico below a path of a shared host (docs/decisions/0009-where-it-lives.md)."""

from typing import Any

HEALTH = ("/health/alive", "/health/serving", "/health/ready")  # also without the path, for probes
NOWHERE = "/?"  # matches no route, so that Portico's own 404 page answers


def below(path: str, application: Any) -> Any:
    """Return the application mounted at this path; by SCRIPT_NAME its routes, log and metrics stay the same."""

    def mounted(environ: dict[str, Any], start_response: Any) -> Any:
        sent = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
        if sent in HEALTH:
            return application(environ, start_response)
        inside = sent.removeprefix(path) if sent.startswith(f"{path}/") else "/" if sent == path else NOWHERE
        return application({**environ, "SCRIPT_NAME": path, "PATH_INFO": inside}, start_response)

    return mounted
