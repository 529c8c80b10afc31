"""Who takes part in the Kratos contract tests besides the server and the browser: a person and a mailbox."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Person:
    """An identity made for one test."""

    id: str
    email: str
    password: str
    by_password: dict[str, str]
    by_code: dict[str, str]


class Mailbox(ThreadingHTTPServer):
    """Stands for the demo application's mailbox page: keeps what Kratos' courier posts."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), MailboxHandler)
        self.posts: list[tuple[str, bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/mailbox"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class MailboxHandler(BaseHTTPRequestHandler):
    server: Mailbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((self.headers["Content-Type"], body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass
