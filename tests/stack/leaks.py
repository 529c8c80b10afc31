"""What no log may hold (N34, I6): every value of a secret name that went over the wire, and whatever looks like one."""

import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

# Of queries and forms; in JSON some of these names mean something else as well.
IN_FORMS = re.compile(
    r"(login|consent|logout|device)_(challenge|verifier)|csrf_token|ticket|password|identifier|login_hint|email|phone"
    r"|(user_|totp_|lookup_)?code|(id_|logout_|session_|access_|refresh_)?token|id_token_hint|state|nonce|flow"
)
IN_JSON = re.compile(
    r"challenge|csrf_token|identifier|password|user_code|(logout_|session_)?token|tokenized|email|phone"
)
IN_PAGES = re.compile(r'name="(csrf_token|ticket)" value="([^"]+)"')
WORDS = re.compile(r"(?:[^\s\"'?&=,;:()<>{}\[\]|]|(?<=\w)'(?=\w))+")  # `Hydra's` is one
KRATOS_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])")
BEGINNING = 64  # characters of a secret that nothing else has
NOBODYS = ("timestamp", "request_id", "trace_id")  # fields whose form is checked where they are made
UNLIKELY = re.compile(
    r"[^\s\"'/]+@[^\s\"'/]+"  # an address
    r"|[?&][a-z_]+="  # a query
    r"|(?<![\w-])(?=(?:[\w=-]*\d){3})(?=[\w=-]*[A-Za-z])[\w=-]{20,}"  # a challenge, cookie, token
)


class SecretValues:
    """The secrets among what was sent: value -> name."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """The fields of a form or query."""
        self.secrets |= {value: name for name, value in pairs if value and IN_FORMS.fullmatch(name)}

    def url(self, url: str) -> None:
        """An address, with the addresses inside it."""
        pairs = parse_qsl(urlsplit(url).query) if "?" in url and "[" not in url else []
        self.pairs(pairs)
        for _, value in pairs:
            self.url(value)

    def cookies(self, header: str) -> None:
        """A Cookie header, or the first part of a Set-Cookie."""
        values = (part.partition("=")[2].strip() for part in header.split(";"))
        self.secrets |= {value: "cookie" for value in values if value}

    def page(self, html: str) -> None:
        """The tokens in the forms of a page."""
        self.secrets |= {value: name for name, value in IN_PAGES.findall(html)}

    def body(self, value: Any, name: str = "") -> None:
        """JSON of an API."""
        if isinstance(value, str):
            self.url(value)
            if value and (name == "traits" or IN_JSON.fullmatch(name)):
                self.secrets[value] = name
        elif isinstance(value, Mapping):
            if value.get("name") == "csrf_token" and isinstance(value.get("value"), str):  # a node of a flow
                self.secrets[value["value"]] = "csrf_token"
            for key, part in value.items():
                self.body(part, name if name == "traits" else key)
        elif isinstance(value, list):
            for part in value:
                self.body(part, name)


SENT = SecretValues()  # by every browser of this process, to whatever server


def lines(log: str) -> Iterator[dict[str, Any]]:
    """The lines of a log, each as JSON; one that is none is an event without fields."""
    for line in log.splitlines():
        try:
            parsed = json.loads(line)
        except ValueError:
            parsed = None
        yield parsed if isinstance(parsed, dict) else {"event": line}


def texts(value: Any) -> Iterator[str]:
    """Every text in a line but the fields that are nobody's."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            if name not in NOBODYS:
                yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


def leaks(log: str, secrets: Mapping[str, str]) -> list[str]:
    """Where a log holds one of these, as it is or in an address: long ones anywhere, of very long ones the beginning
    (events are cut), short ones (a challenge called `c`) as a word."""
    said = [(line, {text, unquote(text)}) for line in lines(log) for text in texts(line)]
    everything = "\n".join({form for _, forms in said for form in forms})  # thousands of secrets are not in it
    words = set(WORDS.findall(everything))
    there = [secret for secret in secrets if _holds(everything, words, secret)]
    return [
        f"{secrets[secret]} {secret!r} in {line}"
        for line, forms in said
        for secret in there
        if any(_holds(form, WORDS.findall(form), secret) for form in forms)
    ]


def _holds(text: str, words: Container[str], secret: str) -> bool:
    return secret[:BEGINNING] in text if len(secret) >= 8 else secret in words


def suspects(log: str) -> list[str]:
    """Where a server's log has what a browser sent, or what looks like an address, a query, a challenge, a token.

    What is wrong in the operator's own files is theirs to read; gunicorn's first words at DEBUG are its own options.
    """
    hits = []
    for line in lines(log):
        for text in texts({name: value for name, value in line.items() if name != "mistakes"}):
            if text.startswith("Current configuration:"):
                continue
            match = UNLIKELY.search(KRATOS_ID.sub("", text))
            long = [word for word in WORDS.findall(text) if len(word) >= 6 and not word.isdecimal()]
            sent = [word for word in long if word in SENT.secrets]
            hits += [f"{word!r} in {line}" for word in ([match[0]] if match else []) + sent]
    return hits
