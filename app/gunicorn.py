"""The server's options and hooks (`docs/decisions/0001-server.md` has the measurements behind them)."""

# Before anything imports ssl: with preload the workers would patch it too late, and every https upstream would die
# with RecursionError.
from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402
from typing import Any  # noqa: E402

from gunicorn.glogging import Logger  # noqa: E402

from app.settings import load  # noqa: E402
from app.settings_sources import SettingsError  # noqa: E402
from app.upstream.wire import POOL_SIZE  # noqa: E402
from app.web import observability  # noqa: E402


class QuietLogger(Logger):  # type: ignore[misc]
    """Gunicorn's own words go to our log; its access lines and tracebacks, which quote whole URLs, go nowhere."""

    def setup(self, cfg: Any) -> None:  # noqa: ARG002 - gunicorn's signature
        """Leave handlers and formats to observability.configure_logs."""
        observability.configure_logs()

    def access(self, *_: object) -> None:
        """Requests are logged by observability, without their query strings."""

    def exception(self, *_: object, **__: object) -> None:
        """Log a failure outside the application by its place alone."""
        error = sys.exc_info()[1]
        if isinstance(error, Exception):
            observability.failure(error)


try:
    _settings = load()
except SettingsError as error:
    sys.exit("Portico cannot start:\n" + "\n".join(f"- {mistake}" for mistake in error.mistakes))

bind = _settings.listen
workers = _settings.workers
worker_class = "gevent"
worker_connections = POOL_SIZE * 8  # most connections only wait for their browser
preload_app = True  # ory-client takes 1.3 s and 47 MB to import: once for all workers
limit_request_line = 8190  # a challenge nested in a return_to does not fit the default 4094
timeout = 30
graceful_timeout = 20
keepalive = 75
control_socket_disable = True
logger_class = QuietLogger
forwarded_allow_ips = ""  # X-Forwarded-* are read by ProxyFix alone, from configured hops
