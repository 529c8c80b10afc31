"""The server's options and hooks (`docs/decisions/0001-server.md` has the measurements behind them)."""

# Before anything imports ssl: with preload the workers would patch it too late, and every https upstream would die
# with RecursionError.
from gevent import monkey

monkey.patch_all()

import gc  # noqa: E402

gc.disable()  # until the workers begin: to look for garbage in what is imported is a fifth of the start

import atexit  # noqa: E402
import os  # noqa: E402
import resource  # noqa: E402
import shutil  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from functools import partial  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from gunicorn.glogging import Logger  # noqa: E402

from app import __version__  # noqa: E402
from app.config.settings import Settings, load  # noqa: E402
from app.config.sources import SettingsError  # noqa: E402

_running: Any = sys.modules.get("app.wsgi")  # there already when gunicorn reads this file again, on SIGHUP


def _load() -> Settings:
    """The settings of now. A mistake ends the start, but not a server that runs: it goes on with its former ones."""
    try:
        return _running.renew() if _running else load()
    except SettingsError as error:
        if not _running:
            sys.exit(f"Portico cannot start:\n{error}")
        from app.http import logs

        logs.event("not_reloaded", meaning="it runs on with its former settings", mistakes=error.mistakes)
        return _running.settings  # type: ignore[no-any-return]


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # a worker, a copy of this process, ends in the same way
        shutil.rmtree(folder, ignore_errors=True)


_settings = _load()
# prometheus_client looks for it once, when it is imported. At SIGHUP this file is read again, the folder stays.
if _settings.metrics_listen and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="portico-metrics-")
    atexit.register(_remove, os.environ["PROMETHEUS_MULTIPROC_DIR"], os.getpid())

from app.http import ending, logs, metrics  # noqa: E402
from app.ory.connections import POOL_SIZE  # noqa: E402


class QuietLogger(Logger):  # type: ignore[misc]
    """Gunicorn's own words go to our log; its access lines and tracebacks, which quote whole URLs, go nowhere."""

    def setup(self, cfg: Any) -> None:  # noqa: ARG002 - gunicorn's signature
        """Leave handlers and formats to logs.configure_logs."""
        logs.configure_logs(_settings.log_level)
        self.error_log.propagate = True  # to the one handler there is

    def warning(self, msg: str, *args: object, **kwargs: object) -> None:
        """Log a warning, but not what it quotes of a request that cannot be read, nor whose it was."""
        super().warning(msg.partition(" from ip=")[0], *args, **kwargs)

    def access(self, *_: object) -> None:
        """Requests are logged by `app.http.logs`, without their query strings."""

    def exception(self, *_: object, **__: object) -> None:
        """Log a failure outside the application by its place alone."""
        error = sys.exc_info()[1]
        if isinstance(error, Exception):
            logs.failure(error)


bind = _running.listen if _running else _settings.listen
workers = _settings.workers
worker_class = "app.worker.Worker"
worker_connections = POOL_SIZE * 16  # most only wait for their browser, at most a quarter for any one upstream
preload_app = True  # what is loaded takes a second and 60 MB: once for all workers
limit_request_line = 8190  # a challenge nested in a return_to does not fit the default 4094
limit_request_field_size = 32768  # Hydra leaves 0.6 kB of cookie for each sign-in of half an hour
timeout = 30
graceful_timeout = 10
keepalive = 75
control_socket_disable = True
logger_class = QuietLogger
forwarded_allow_ips = ""  # X-Forwarded-* are read by ProxyFix alone, from configured hops


def _take_descriptors() -> None:
    """As many as all connections need, if the system lets us: what starts us mostly gives 1,024 of half a million."""
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = worker_connections * 4
    if few != resource.RLIM_INFINITY and few < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most)
        )


def _share_memory() -> None:
    """Let garbage collection leave alone what is loaded: its first full run would copy it all in every worker."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.enable()


def _end_after_a_while(server: Any) -> None:
    """On SIGTERM: tell load balancers, and stop listening once they have seen it; a second one ends at once."""
    if ending.has_begun() or not _settings.drain_seconds:
        raise StopIteration  # what gunicorn does
    ending.begin()
    gevent.spawn_later(_settings.drain_seconds, server.SIG_QUEUE.put_nowait, signal.SIGTERM)


def _begin(server: Any) -> None:
    """By these settings, which are others after each SIGHUP."""
    server.handle_term = partial(_end_after_a_while, server)
    _share_memory()


def when_ready(server: Any) -> None:
    """Once the workers may start: share what is loaded, serve the metrics, if anybody wants them."""
    _take_descriptors()
    _begin(server)
    logs.event("sys_startup", version=__version__)
    if _settings.metrics_listen:
        metrics.serve(_settings.metrics_listen)


def post_worker_init(_: Any) -> None:
    """In a worker that is about to begin: what it sends with threads of its own, which no fork survives."""
    if _settings.tracing:
        from app.http import tracing

        tracing.begin(__version__)


def worker_exit(_: Any, __: Any) -> None:
    """In a worker that has given its last answer."""
    if _settings.tracing:
        from app.http import tracing

        tracing.end()


def child_exit(_: Any, worker: Any) -> None:
    """After a worker's end: stop counting its gauges."""
    if _settings.metrics_listen:
        metrics.forget_worker(worker.pid)


def on_reload(server: Any) -> None:
    """On SIGHUP: the next workers serve the application as the settings are now; the others finish and go."""
    server.app.callable = _running.app
    _begin(server)
    logs.event("sys_restart", version=__version__)


def on_exit(_: Any) -> None:
    """The last of its words."""
    logs.event("sys_shutdown", version=__version__)
