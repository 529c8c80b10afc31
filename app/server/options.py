"""gunicorn's options and hooks (the measurements behind them: `docs/decisions/0001-server.md`)."""

from app.server import starting

with starting.or_end():
    # Patch before anything imports ssl: with preload, the workers would patch it too late, and every https call would
    # fail with RecursionError.
    from gevent import events, monkey

    events.notify_and_call_entry_points = events.notify  # else gevent reads the metadata of all packages 25 times
    monkey.patch_all()

    import gc

    gc.disable()  # until the workers begin: garbage collection during imports takes a fifth of the start

    import atexit
    import os
    import resource
    import shutil
    import signal
    import socket
    import sys
    import tempfile
    import time
    from collections.abc import Callable
    from functools import partial
    from pathlib import Path
    from typing import Any

    import gevent
    from gunicorn import systemd
    from gunicorn.errors import HaltServer
    from gunicorn.glogging import Logger
    from gunicorn.workers.workertmp import WorkerTmp

    from app import __version__
    from app.config.settings import Settings, load
    from app.config.sources import SettingsError

_running: Any = sys.modules.get("app.server.wsgi")  # exists when gunicorn reads this file again, on SIGHUP


def _renewed() -> Settings:
    """Return the current settings; after a mistake in them the old ones, so that the server continues."""
    try:
        return _running.renew()  # type: ignore[no-any-return]
    except Exception as error:  # noqa: BLE001 - any error would make gunicorn end the server
        mistakes = starting.mistakes(error)
        logs.event("not_reloaded", meaning="it runs on with its former settings", mistakes=mistakes)
        return _running.settings  # type: ignore[no-any-return]


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # not in a worker, which inherits this exit handler
        shutil.rmtree(folder, ignore_errors=True)


def _count_together(settings: Settings) -> None:
    """Prepare the folder of the workers' metrics before prometheus_client is imported, which looks for it only then."""
    if FOLDER in os.environ:
        try:
            tempfile.TemporaryFile(dir=os.environ[FOLDER]).close()
        except OSError as error:
            raise SettingsError([f"{FOLDER} names a folder that cannot be written to: {error.strerror}."]) from None
    elif settings.metrics_listen:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="portico-metrics-")
        atexit.register(_remove, os.environ[FOLDER], os.getpid())


FOLDER = "PROMETHEUS_MULTIPROC_DIR"
with starting.or_end():
    if not _running:  # a SIGHUP keeps the folder
        _settings = load()
        _count_together(_settings)

    from app.http import ending, logs, metrics
    from app.ory.transport.connections import POOL_SIZE

    if _running:
        _settings = _renewed()


class QuietLogger(Logger):  # type: ignore[misc]
    """Sends gunicorn's messages to our log, but not its access lines and tracebacks, which contain whole URLs."""

    def setup(self, cfg: Any) -> None:  # noqa: ARG002 - gunicorn's signature
        """Let logs.configure_logs set handlers and formats."""
        logs.configure_logs(_settings.log_level)
        self.error_log.propagate = True  # to the root logger's handler

    def error(self, msg: str, *args: object, exc_info: object = None, **kwargs: object) -> None:
        """Log an error; of an unexpected one only its place."""
        if exc_info:
            self.exception()
        else:
            super().error(msg, *args, **kwargs)

    def warning(self, msg: str, *args: object, **kwargs: object) -> None:
        """Log a warning, without the part of the request that it quotes and the client's address."""
        super().warning(msg.partition(" from ip=")[0], *args, **kwargs)

    def access(self, *_: object) -> None:
        """Do nothing: `app.http.logs` logs requests, without their query strings."""

    def exception(self, *_: object, **__: object) -> None:
        """Log only the place of a failure outside the application."""
        error = sys.exc_info()[1]
        if isinstance(error, Exception):
            logs.failure(error)


bind = _running.listen if _running else _settings.listen
workers = _settings.workers
worker_class = "app.server.worker.Worker"
worker_connections = POOL_SIZE * 16  # most wait for their browser, at most a quarter for one upstream
preload_app = True  # loading takes a second and 60 MB, so do it once for all workers
limit_request_line = 8190  # a challenge in a return_to is longer than the default 4094
limit_request_field_size = 32768  # Hydra sets a cookie of 0.6 kB for each sign-in of the last half hour
timeout = 30
graceful_timeout = 10
keepalive = 75
control_socket_disable = True
logger_class = QuietLogger
forwarded_allow_ips = ""  # only app.http.mount reads X-Forwarded-*, from the configured number of proxies


def _take_descriptors() -> None:
    """Raise the limit of open files to what all connections need, as far as allowed: the usual soft limit is 1,024."""
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = worker_connections * 4
    if few != resource.RLIM_INFINITY and few < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most)
        )


def _share_memory() -> None:
    """Exclude loaded objects from garbage collection: its first run would copy their memory in every worker."""
    gc.collect()
    gc.freeze()
    gc.enable()


def _end_after_a_while(server: Any) -> None:
    """On SIGTERM: tell load balancers, and stop listening after `drain_seconds`; a second SIGTERM stops at once."""
    if ending.has_begun() or not _settings.drain_seconds:
        raise StopIteration  # as gunicorn's own handler does
    ending.begin()
    gevent.spawn_later(_settings.drain_seconds, server.SIG_QUEUE.put_nowait, signal.SIGTERM)


def _begin(server: Any) -> None:
    server.handle_term = partial(_end_after_a_while, server)
    _share_memory()


def _try_to_listen(address: Any) -> None:
    """Try to bind the address; gunicorn itself would try five times and log eleven lines."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        own.bind(address)


def _in_time(name: str, address: Any, listen: Callable[[Any], object]) -> None:
    """Listen; retry for a few seconds, in case another process still ends; then raise SettingsError."""
    for seconds in (1, 1, 1, 1, 0):
        try:
            listen(address)
        except OSError as error:
            reason = str(error.strerror).partition(":")[0]  # gevent adds the address
            time.sleep(seconds)
        else:
            return
    raise SettingsError([f"{name} has an address that cannot be listened on: {reason}."])


def on_starting(server: Any) -> None:
    """Before the server listens: check what it needs from the system, and serve metrics if they are on."""
    with starting.or_end():
        WorkerTmp(server.cfg).close()
        if _settings.metrics_listen:
            _in_time("PORTICO_METRICS_LISTEN", _settings.metrics_listen, metrics.serve)
        if not systemd.listen_fds(unset_environment=False) and "GUNICORN_FD" not in os.environ:
            for address in server.address:
                if isinstance(address, tuple):
                    _in_time("PORTICO_LISTEN", address, _try_to_listen)


def when_ready(server: Any) -> None:
    """Before the workers start: share the memory of what is loaded."""
    _take_descriptors()
    _begin(server)
    logs.event("sys_startup", version=__version__)


def pre_fork(server: Any, worker: Any) -> None:
    """Count the signals that the first process has not handled yet: a worker inherits them, but they are not for it."""
    worker.inherited_signals = server.SIG_QUEUE.qsize()


def post_fork(server: Any, worker: Any) -> None:
    """End a worker that is told to end before gunicorn lets it listen to signals: it only queues them until then."""
    for number in (signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, lambda *_: sys.exit())
    queued = [server.SIG_QUEUE.get_nowait() for _ in range(server.SIG_QUEUE.qsize())]
    if not {signal.SIGTERM, signal.SIGQUIT}.isdisjoint(queued[worker.inherited_signals :]):
        sys.exit()


def post_worker_init(_: Any) -> None:
    """In a worker before it serves: close what belongs to the first process, and start threads (a fork loses them)."""
    metrics.leave_to_the_first_process()
    if _settings.tracing:
        from app.http import tracing

        tracing.begin(__version__)


def worker_exit(_: Any, __: Any) -> None:
    """In a worker after its last answer."""
    if _settings.tracing:
        from app.http import tracing

        tracing.end()


def child_exit(_: Any, worker: Any) -> None:
    """In the first process after a worker's end: keep its counts."""
    if _settings.metrics_listen:
        metrics.forget_worker(worker.pid, Path(os.environ[FOLDER]))


def on_reload(server: Any) -> None:
    """On SIGHUP: new workers serve the application with the current settings; the old ones finish and end."""
    server.app.callable = _running.app
    gc.unfreeze()  # the application before it can go
    _begin(server)
    logs.event("sys_restart", version=__version__)


def on_exit(_: Any) -> None:
    """Log the end, and the reason if a worker could not begin."""
    if isinstance(sys.exception(), HaltServer):
        why = "A worker could not begin: its own line (failure) says where."
        logs.event("not_started", version=__version__, mistakes=[why])
    logs.event("sys_shutdown", version=__version__)
