"""Serves Portico behind proxies and below a path of a shared host (docs/decisions/0009-where-it-lives.md)."""

from typing import Any

HEALTH = ("/health/alive", "/health/serving", "/health/ready")  # also without the path, for probes
NOWHERE = "/?"  # matches no route, so that Portico's own 404 page answers
FORWARDED = {
    "HTTP_X_FORWARDED_FOR": "REMOTE_ADDR",
    "HTTP_X_FORWARDED_PROTO": "wsgi.url_scheme",
    "HTTP_X_FORWARDED_HOST": "HTTP_HOST",
}


def behind(hops: int, application: Any) -> Any:
    """Return the application behind so many proxies, each of which adds its word at the end of these lists.

    Werkzeug's ProxyFix reads quotes, which these lists do not have: a browser's `"` would hide all that proxies add.
    """

    def believing(environ: dict[str, Any], start_response: Any) -> Any:
        sent = {name: environ.get(header, "").split(",")[-hops:] for header, name in FORWARDED.items()}
        words = {name: ours[0].strip(" \t") for name, ours in sent.items() if len(ours) == hops}
        return application(environ | {name: word for name, word in words.items() if word}, start_response)

    return believing


def below(path: str, application: Any) -> Any:
    """Return the application mounted at this path; by SCRIPT_NAME its routes, log and metrics stay the same."""

    def mounted(environ: dict[str, Any], start_response: Any) -> Any:
        sent = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
        if sent in HEALTH:
            return application(environ, start_response)
        inside = sent.removeprefix(path) if sent.startswith(f"{path}/") else "/" if sent == path else NOWHERE
        return application({**environ, "SCRIPT_NAME": path, "PATH_INFO": inside}, start_response)

    return mounted
