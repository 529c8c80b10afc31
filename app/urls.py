"""Every URL Portico builds and every URL it lets a browser go to."""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import SplitResult, quote, unquote_plus, urlsplit, urlunsplit

_PATH = re.compile("/(?!/)")
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?")
_SLASH = r"(?:/|\\|%2f|%5c)"  # as proxies read it that look at a path decoded
_DOTS = re.compile(rf"{_SLASH}(\.|%2e){{1,2}}({_SLASH}|$)", re.IGNORECASE)
_BROKEN = re.compile("%(?![0-9A-Fa-f]{2})")
# unicode.IsSpace: what str.isspace knows without U+001C to U+001F.
_WHITE_IN_GO = "\t\n\v\f\r \u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_CODES = {char: quote(char, safe="") for char in "%:/?#[]@!$&'()*+,;="}  # the percent sign first
_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]*")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
MAX_URL = 32 * 1024
MAX_PAIRS = 10_000


def split(url: object) -> SplitResult | None:
    """The parts of an absolute http(s) URL, or None for everything a redirect or link must not carry.

    Refused are control characters, spaces, backslashes, non-ASCII and percent signs in the host (browsers rewrite them
    before they follow), user names (`https://good@evil/`), other schemes and missing hosts.
    """
    if not isinstance(url, str) or not _is_plain(url):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError for a port that is none
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.netloc):
        return None
    return parts


def origin(url: object) -> str:
    """`scheme://host[:port]` in the form browsers compare, or "" if the URL is not one we follow."""
    return _origin("/".join(url.split("/", 3)[:3])) if isinstance(url, str) and _is_plain(url) else ""


@lru_cache(maxsize=64)  # few sites are asked about, at many addresses
def _origin(beginning: str) -> str:
    if (parts := split(beginning)) is None:
        return ""
    host, port = str(parts.hostname), parts.port
    usual = port in (None, 80 if parts.scheme == "http" else 443)
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}" + ("" if usual else f":{port}")


def same_origin(url: object, *allowed: str) -> bool:
    """Whether the URL is one we follow and its origin is that of one of the allowed URLs."""
    return (own := origin(url)) != "" and own in map(origin, allowed)


def is_below(url: str, path: str) -> bool:
    """Whether the path of a URL is below this one ("": the root); dots could lead out again, so there are none."""
    there = urlsplit(url).path
    return not path or (there.startswith(f"{path}/") and not _DOTS.search(there))


def is_loopback(host: str | None) -> bool:
    """Whether a host name can only mean this machine (RFC 8252 section 7.3)."""
    return host in _LOOPBACK or bool(host and host.endswith(".localhost"))


def is_here(public_url: str) -> bool:
    """Whether a deployment is for one machine, a developer's: on loopback, or without an address (drop-in mode)."""
    parts = split(public_url)
    return parts is None or is_loopback(parts.hostname)


def https_link(url: object) -> str:
    """The URL if it may stand in a link (https, absolute), else ""; Hydra up to v25.4 stored `javascript:` too."""
    parts = split(url)
    return urlunsplit(parts) if parts is not None and parts.scheme == "https" and len(str(url)) <= 2048 else ""


def netloc(url: object) -> str:
    """Host and port of a URL that a link of ours may carry, "" for any other."""
    return parts.netloc if (parts := split(url)) else ""


def words(value: str) -> list[str]:
    """The words of a parameter as Hydra splits them: at spaces alone; Python's strip would take more than Go's."""
    return [word for part in value.split(" ") if (word := part.strip(_WHITE_IN_GO))]


def pairs(url: str) -> list[tuple[str, str]]:
    """The query parameters of a URL as Go's url.ParseQuery reads them: none with a raw `;` or a broken escape.

    Of more than MAX_PAIRS it reads none (urlmaxqueryparams), and a megabyte of them would take half a second here.
    """
    sent = [] if _raw_query(url).count("&") >= MAX_PAIRS else _raw_pairs(url)
    parts = ((part.partition("="), "%" in part or "+" in part) for part in sent if _counts(part))
    return [(unquote_plus(name), unquote_plus(value)) if marks else (name, value) for (name, _, value), marks in parts]


def query(url: str) -> dict[str, str]:
    """The query parameters of a URL, the first value of each (Kratos and Hydra take the first)."""
    return dict(reversed(pairs(url)))


def _raw_query(url: str) -> str:
    return url.partition("#")[0].partition("?")[2]


def _raw_pairs(url: str) -> list[str]:
    return [part for part in _raw_query(url).split("&") if part]


def _counts(pair: str) -> bool:
    return ";" not in pair and not ("%" in pair and _BROKEN.search(pair))


def with_query(url: str, /, **parameters: str | None) -> str:
    """The URL with these parameters set (None: left as it is), all others kept in their order, byte for byte."""
    new = {name: value for name, value in parameters.items() if value is not None}
    kept = [part for part in _raw_pairs(url) if not _counts(part) or unquote_plus(part.partition("=")[0]) not in new]
    written = [quote(part, safe=string.punctuation, errors="replace") for part in kept]
    whole = "&".join([*written, *([as_query(new)] if new else [])])
    bare, mark, fragment = url.partition("#")
    return bare.partition("?")[0] + (f"?{whole}" if whole else "") + mark + fragment


def with_prompt_login(request_url: str) -> str:
    """The authorization request with `login` added to its prompt, which makes Hydra ask again (contract B6)."""
    prompt = query(request_url).get("prompt", "")
    has_login = "login" in prompt.split(" ")  # Hydra asks by the bare word
    return with_query(request_url, prompt=None if has_login else " ".join([*words(prompt), "login"]))


def without_registration(request_url: str) -> str:
    """The authorization request without `registration` in its prompt: for somebody who has an account."""
    prompts = words(query(request_url).get("prompt", ""))
    kept = " ".join(prompt for prompt in prompts if prompt != "registration")
    return with_query(request_url, prompt=kept) if "registration" in prompts else request_url


def is_path(url: object) -> bool:
    """Whether it is a path that a browser looks for at the site it is at, and nowhere else (`//evil/` is no path)."""
    return isinstance(url, str) and bool(_PATH.match(url)) and _is_plain(url)


def _is_plain(url: str) -> bool:
    return len(url) <= MAX_URL and url.isascii() and url.isprintable() and " " not in url and "\\" not in url


def quoted(value: str) -> str:
    """A value for a query; `quote` alone takes 20 times as long where one character of a challenge needs it."""
    if _UNRESERVED.fullmatch(bare := value.rstrip("=")):  # two in three challenges end so
        return bare + "%3D" * (len(value) - len(bare))
    for char, code in _CODES.items():
        value = value.replace(char, code)
    return quote(value, safe="%")


def as_query(parameters: Mapping[str, str]) -> str:
    """These parameters as the query of a URL."""
    return "&".join(f"{name}={quoted(value)}" for name, value in parameters.items())


@dataclass(frozen=True)
class ReturnTo:
    """A login challenge on its way through Kratos: our own /login URL carried in a flow's `return_to`."""

    challenge: str
    round_trips: int
    task: str = ""  # "second_factor" for the enrolment of a demanded one, "passkey" for the page that offers one


@dataclass(frozen=True)
class Urls:
    """The addresses of this deployment."""

    public: str  # ours, without a trailing slash; in drop-in mode the path alone, and so are our links
    kratos: str  # its public API as the browser reaches it
    hydra: str = ""  # its public address, "" if not configured

    @cached_property
    def is_drop_in(self) -> bool:
        """Whether we do not know our host."""
        return split(self.public) is None

    @cached_property
    def path(self) -> str:
        """Where we live below our origin, "" for its root."""
        return urlsplit(self.public).path

    def login(self, challenge: str, round_trips: int = 0, task: str = "") -> str:
        """Our own URL that answers a login challenge, its parameters as in ReturnTo."""
        parameters = {"login_challenge": challenge, "n": str(round_trips)} | ({"task": task} if task else {})
        return f"{self.public}/login?{as_query(parameters)}"

    def account(self, task: str = "") -> str:
        """Our own page of the account, the end of a task or not."""
        return f"{self.public}/" + (f"?task={task}" if task else "")

    def return_to_of(self, return_to: object) -> ReturnTo | None:
        """The login challenge a `return_to` leads back to, None if it leads elsewhere."""
        ours = is_path(return_to) if self.is_drop_in else same_origin(return_to, self.public)
        if not isinstance(return_to, str) or not ours:
            return None
        is_login = urlsplit(return_to).path == f"{self.path}/login"
        if not is_login or not (parameters := query(return_to)).get("login_challenge"):
            return None
        round_trips = parameters.get("n", "0")
        counted = int(round_trips) if re.fullmatch(r"[0-9]{1,3}", round_trips) else 0
        return ReturnTo(parameters["login_challenge"], counted, parameters.get("task", ""))

    def kratos_flow(self, kind: str, **parameters: str) -> str:
        """Kratos' address that begins a self-service flow in the browser, with the parameters that are not empty."""
        query_ = as_query({name: value for name, value in parameters.items() if value})
        return f"{self.kratos}/self-service/{kind}/browser" + (f"?{query_}" if query_ else "")

    def is_at_hydra(self, url: object, request_url: object = "") -> bool:
        """Whether a redirect that Hydra asks for stays at Hydra: its configured address, else the request's."""
        return same_origin(url, self.hydra or str(request_url)) and is_below(str(url), urlsplit(self.hydra).path)

    def kratos_origin(self, action: object) -> str:
        """Kratos' origin by an address that Kratos gave, "" when that is not Kratos' (it would get a password)."""
        kratos = origin(action)
        here = self.is_drop_in and is_loopback(urlsplit(kratos).hostname)
        there = kratos == origin(self.kratos) and is_below(str(action), urlsplit(self.kratos).path)
        return kratos if here or there else ""

    def is_at_kratos(self, url: object) -> bool:
        """Whether an address that Kratos gave is Kratos'; in drop-in mode any on loopback is, proxies being unknown."""
        return self.kratos_origin(url) != ""

    def can_return_to(self, url: object) -> bool:
        """Whether Kratos may be given this as `return_to`; it checks it against its allowed_return_urls."""
        return split(url) is not None or (self.is_drop_in and is_path(url))
