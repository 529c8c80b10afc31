"""The server's options and hooks (`docs/decisions/0001-server.md` has the measurements behind them)."""

from app.server import starting

with starting.or_end():
    # Before anything imports ssl: with preload the workers would patch it too late, and every https upstream would die
    # with RecursionError.
    from gevent import events, monkey

    events.notify_and_call_entry_points = events.notify  # else it reads about every installed package, 25 times over
    monkey.patch_all()

    import gc

    gc.disable()  # until the workers begin: to look for garbage in what is imported is a fifth of the start

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

_running: Any = sys.modules.get("app.server.wsgi")  # there already when gunicorn reads this file again, on SIGHUP


def _renewed() -> Settings:
    """The settings of now. A mistake does not end a server that runs: it goes on with its former ones."""
    try:
        return _running.renew()  # type: ignore[no-any-return]
    except Exception as error:  # noqa: BLE001 - gunicorn would end the server, whatever it is
        mistakes = starting.mistakes(error)
        logs.event("not_reloaded", meaning="it runs on with its former settings", mistakes=mistakes)
        return _running.settings  # type: ignore[no-any-return]


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # a worker, a copy of this process, ends in the same way
        shutil.rmtree(folder, ignore_errors=True)


def _count_together(settings: Settings) -> None:
    """See to the folder where workers count: prometheus_client looks for it once, when it is imported."""
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
    if not _running:  # at SIGHUP, when this file is read again, the folder stays
        _settings = load()
        _count_together(_settings)

    from app.http import ending, logs, metrics
    from app.ory.transport.connections import POOL_SIZE

    if _running:
        _settings = _renewed()


class QuietLogger(Logger):  # type: ignore[misc]
    """Gunicorn's own words go to our log; its access lines and tracebacks, which quote whole URLs, go nowhere."""

    def setup(self, cfg: Any) -> None:  # noqa: ARG002 - gunicorn's signature
        """Leave handlers and formats to logs.configure_logs."""
        logs.configure_logs(_settings.log_level)
        self.error_log.propagate = True  # to the one handler there is

    def error(self, msg: str, *args: object, exc_info: object = None, **kwargs: object) -> None:
        """Log an error in words; of one that gunicorn did not expect, its place."""
        if exc_info:
            self.exception()
        else:
            super().error(msg, *args, **kwargs)

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
worker_class = "app.server.worker.Worker"
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
    server.handle_term = partial(_end_after_a_while, server)
    _share_memory()


def _try_to_listen(address: Any) -> None:
    """See whether it can be listened on: gunicorn itself would try five times, and say so in eleven lines."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        own.bind(address)


def _in_time(name: str, address: Any, listen: Callable[[Any], object]) -> None:
    """Listen, a few seconds later if something has to end first; SettingsError where that is of no use."""
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
    """Before anybody is let in: all that the server needs of the system; serve the metrics, if anybody wants them."""
    with starting.or_end():
        WorkerTmp(server.cfg).close()
        if _settings.metrics_listen:
            _in_time("PORTICO_METRICS_LISTEN", _settings.metrics_listen, metrics.serve)
        if not systemd.listen_fds(unset_environment=False) and "GUNICORN_FD" not in os.environ:
            for address in server.address:
                if isinstance(address, tuple):
                    _in_time("PORTICO_LISTEN", address, _try_to_listen)


def when_ready(server: Any) -> None:
    """Once the workers may start: share what is loaded."""
    _take_descriptors()
    _begin(server)
    logs.event("sys_startup", version=__version__)


def post_fork(server: Any, _: Any) -> None:
    """Let a worker end that is told so before it can hear it: until then it only notes signals, as its parent does."""
    for ends in (signal.SIGTERM, signal.SIGQUIT):
        signal.signal(ends, lambda *_: sys.exit())
    while not server.SIG_QUEUE.empty():
        if server.SIG_QUEUE.get_nowait() in (signal.SIGTERM, signal.SIGQUIT):
            sys.exit()


def post_worker_init(_: Any) -> None:
    """In a worker that is about to begin: leave what is not its own, and make threads, which no fork survives."""
    metrics.leave_to_the_first_process()
    if _settings.tracing:
        from app.http import tracing

        tracing.begin(__version__)


def worker_exit(_: Any, __: Any) -> None:
    """In a worker that has given its last answer."""
    if _settings.tracing:
        from app.http import tracing

        tracing.end()


def child_exit(_: Any, worker: Any) -> None:
    """After a worker's end: its numbers are no longer its own."""
    if _settings.metrics_listen:
        metrics.forget_worker(worker.pid, Path(os.environ[FOLDER]))


def on_reload(server: Any) -> None:
    """On SIGHUP: the next workers serve the application as the settings are now; the others finish and go."""
    server.app.callable = _running.app
    _begin(server)
    logs.event("sys_restart", version=__version__)


def on_exit(_: Any) -> None:
    """Log the end, and why where a worker could not begin."""
    if isinstance(sys.exception(), HaltServer):
        why = "A worker could not begin: its own line (failure) says where."
        logs.event("not_started", version=__version__, mistakes=[why])
    logs.event("sys_shutdown", version=__version__)
