"""A stack where Portico has replaced the reference UI: the same variables, the same proxy that makes all one origin."""

import http.server
import sys
import threading

import requests

from tests.stack.stack import Stack, environment

KRATOS = ("/self-service/", "/schemas/", "/.well-known/ory/", "/sessions/whoami")


class Proxy(http.server.ThreadingHTTPServer):
    """One origin for Kratos and Portico, as the proxy of Kratos' own end-to-end tests makes it."""

    daemon_threads = True

    def __init__(self, port: int, kratos: str, portico: str) -> None:
        super().__init__(("127.0.0.1", port), _Request)
        self.kratos, self.portico = kratos, portico
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class _Request(http.server.BaseHTTPRequestHandler):
    server: Proxy

    def do_GET(self) -> None:
        base = self.server.kratos if self.path.startswith(KRATOS) else self.server.portico
        headers = {name: value for name, value in self.headers.items() if name not in ("Host", "Connection")}
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with requests.Session() as http:
            http.trust_env = False
            headers["X-Forwarded-Host"] = str(self.headers["Host"])
            answer = http.request(
                self.command, base + self.path, headers=headers, data=body, allow_redirects=False, timeout=60
            )
        self.send_response(answer.status_code)
        for name, value in answer.raw.headers.items():  # each Set-Cookie for itself
            if name.lower() not in ("connection", "content-encoding", "content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_POST = do_GET  # noqa: N815 - http.server's name

    def log_message(self, *_: object) -> None:
        """Nothing; a failing test shows the steps of its browser."""


class DropInStack(Stack):
    """The proxy is at the address where Kratos' and Hydra's configurations have Portico, which is behind it."""

    def __init__(self, kind: str, path: str = "") -> None:
        super().__init__(kind, path=path)
        self.behind = self._spare.pop()
        self._kratos = {"serve.public.base_url": f"http://localhost:{self.ports.portico}/"}
        self.proxy: Proxy | None = None

    def stop(self) -> None:
        super().stop()
        if self.proxy:
            self.proxy.shutdown()
            self.proxy.server_close()

    def _launch_portico(self, *_: object) -> None:
        self.proxy = Proxy(self.ports.portico, self.urls["kratos_public"], f"http://localhost:{self.behind}")
        variables = {
            "KRATOS_PUBLIC_URL": f"{self.urls['kratos_public']}/",
            "KRATOS_BROWSER_URL": f"{self.urls['kratos_public']}/",
            "KRATOS_ADMIN_URL": f"{self.urls['kratos_admin']}/",
            "HYDRA_ADMIN_URL": self.urls["hydra_admin"],
            "COOKIE_SECRET": "changeme12345678",
            "CSRF_COOKIE_NAME": "__HOST-localhost.com-x-csrf-token",
            "CSRF_COOKIE_SECRET": "changeme12345678",
            "PORT": str(self.behind),
            "BASE_PATH": self.path,
        }
        argv = [sys.executable, "-m", "app", "serve"]
        ready = [f"{address}/health/ready" for address in (f"http://localhost:{self.behind}", self.urls["portico"])]
        self.processes.start("portico", argv, environment() | variables, ready)
