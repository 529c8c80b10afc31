"""Builds Portico's URLs and checks every URL before a browser is sent there."""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import SplitResult, quote, unquote_plus, urlsplit, urlunsplit

_PATH = re.compile("/(?!/)")
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?")
_SLASH = r"(?:/|\\|%2f|%5c)"  # some proxies decode a path before they read it
_DOTS = re.compile(rf"{_SLASH}(\.|%2e){{1,2}}({_SLASH}|$)", re.IGNORECASE)
_BROKEN = re.compile("%(?![0-9A-Fa-f]{2})")
# Go's unicode.IsSpace: str.isspace without U+001C to U+001F.
_WHITE_IN_GO = "\t\n\v\f\r \u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_CODES = {char: quote(char, safe="") for char in "%:/?#[]@!$&'()*+,;="}  # the percent sign first
UNRESERVED = f"{string.ascii_letters}{string.digits}-._~".encode()  # RFC 3986 section 2.3
VISIBLE = bytes(range(0x21, 0x7F))
LOOPBACK = ("localhost", "127.0.0.1", "::1")
MAX_URL = 32 * 1024
MAX_PAIRS = 10_000


def split(url: object) -> SplitResult | None:
    """Return the parts of an absolute http(s) URL, or None if no redirect or link may lead there.

    Refuses control characters, spaces, backslashes and non-ASCII letters (browsers rewrite a URL with them before they
    follow it), percent signs in the host, user names (`https://good@evil/`), other schemes and missing hosts.
    """
    if not isinstance(url, str) or not _is_plain(url):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError if it is no port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.netloc):
        return None
    return parts


def origin(url: object) -> str:
    """Return `scheme://host[:port]` in the form browsers compare, or "" if `split` refuses the URL."""
    return _origin("/".join(url.split("/", 3)[:3])) if isinstance(url, str) and _is_plain(url) else ""


@lru_cache(maxsize=64)  # the addresses are many, their origins few
def _origin(beginning: str) -> str:
    if (parts := split(beginning)) is None:
        return ""
    host, port = str(parts.hostname), parts.port
    usual = port in (None, 80 if parts.scheme == "http" else 443)
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}" + ("" if usual else f":{port}")


def same_origin(url: object, *allowed: str) -> bool:
    """Whether `split` takes the URL and its origin is that of an allowed URL."""
    return (own := origin(url)) != "" and own in map(origin, allowed)


def is_below(url: str, path: str) -> bool:
    """Whether the URL's path is below `path` ("": the root); a path with `..` could leave it again and is refused."""
    there = urlsplit(url).path
    return not path or (there.startswith(f"{path}/") and not _DOTS.search(there))


def is_loopback(host: str | None) -> bool:
    """Whether a host name always means this machine (RFC 8252 section 7.3)."""
    return host in LOOPBACK or bool(host and host.endswith(".localhost"))


def is_local(public_url: str) -> bool:
    """Whether only people at this machine reach Portico: its address is on loopback, or unknown (drop-in mode)."""
    parts = split(public_url)
    return parts is None or is_loopback(parts.hostname)


def https_link(url: object) -> str:
    """Return the URL if it is https and absolute, else "": Hydra up to v25.4 stored `javascript:` too."""
    return _https_link(url) if isinstance(url, str) and len(url) <= 2048 else ""


@lru_cache(maxsize=64)  # applications have few, and each of their pages shows the same
def _https_link(url: str) -> str:
    parts = split(url)
    return urlunsplit(parts) if parts is not None and parts.scheme == "https" else ""


def netloc(url: object) -> str:
    """Return the host and port of a URL, or "" if `split` refuses it."""
    return parts.netloc if (parts := split(url)) else ""


def words(value: str) -> list[str]:
    """Return the words of a parameter, split at spaces only, as Hydra does; Python's strip removes more than Go's."""
    return [word for part in value.split(" ") if (word := part.strip(_WHITE_IN_GO))]


def pairs(url: str) -> list[tuple[str, str]]:
    """Return the query parameters as Go's url.ParseQuery reads them: it drops those with a raw `;` or a broken escape.

    More than MAX_PAIRS parameters count as none: Go refuses them (urlmaxqueryparams), and a megabyte of them would
    take half a second here.
    """
    raw = _raw_query(url)
    sent = [] if raw.count("&") >= MAX_PAIRS else raw.split("&")
    read = sent if _go_reads(raw) else filter(_go_reads, sent)
    parts = [(pair.partition("="), "%" in pair or "+" in pair) for pair in read if pair]
    return [(unquote_plus(name), unquote_plus(value)) if marks else (name, value) for (name, _, value), marks in parts]


def query(url: str) -> dict[str, str]:
    """Return the query parameters of a URL; of a repeated one the first value, as Kratos and Hydra do."""
    return dict(reversed(pairs(url)))


def _raw_query(url: str) -> str:
    return url.partition("#")[0].partition("?")[2]


def _go_reads(pair: str) -> bool:
    """Whether Go reads this `name=value`, or each of several; see `pairs`."""
    return ";" not in pair and not ("%" in pair and _BROKEN.search(pair))


def with_query(url: str, /, **parameters: str | None) -> str:
    """Return the URL with these parameters set; None leaves one as it is. All others keep their order and bytes."""
    new = {name: value for name, value in parameters.items() if value is not None}
    sent = filter(None, _raw_query(url).split("&"))
    kept = [pair for pair in sent if not _go_reads(pair) or unquote_plus(pair.partition("=")[0]) not in new]
    written = [quote(pair, safe=string.punctuation, errors="replace") for pair in kept]
    whole = "&".join([*written, *([as_query(new)] if new else [])])
    bare, mark, fragment = url.partition("#")
    return bare.partition("?")[0] + (f"?{whole}" if whole else "") + mark + fragment


def with_prompt_login(request_url: str) -> str:
    """Return the authorization request with `login` in its prompt, so that Hydra asks again (contract B6)."""
    prompt = query(request_url).get("prompt", "")
    has_login = "login" in prompt.split(" ")  # Hydra looks for the bare word
    return with_query(request_url, prompt=None if has_login else " ".join([*words(prompt), "login"]))


def without_registration(request_url: str) -> str:
    """Return the authorization request without `registration` in its prompt, for a person who has an account."""
    prompts = words(query(request_url).get("prompt", ""))
    kept = " ".join(prompt for prompt in prompts if prompt != "registration")
    return with_query(request_url, prompt=kept) if "registration" in prompts else request_url


def is_path(url: object) -> bool:
    """Whether a browser stays at the same site with this as an address (`//evil/` would leave it)."""
    return isinstance(url, str) and bool(_PATH.match(url)) and _is_plain(url)


def _is_plain(url: str) -> bool:
    return len(url) <= MAX_URL and "\\" not in url and consists_of(url, VISIBLE)


def consists_of(value: str, allowed: bytes) -> bool:
    """Whether all characters are among these ASCII ones; of a long value a pattern would take five times as long."""
    return not value.encode(errors="surrogatepass").translate(None, allowed)


def quoted(value: str) -> str:
    """Return the value quoted for a query; urllib's `quote` takes 20 times as long if one character needs quoting."""
    if consists_of(bare := value.rstrip("="), UNRESERVED):  # two of three challenges end with "="
        return bare + "%3D" * (len(value) - len(bare))
    for char, code in _CODES.items():
        value = value.replace(char, code)
    return quote(value, safe="%")


def as_query(parameters: Mapping[str, str]) -> str:
    """Return these parameters as the query of a URL."""
    return "&".join(f"{name}={quoted(value)}" for name, value in parameters.items())


@dataclass(frozen=True)
class ReturnTo:
    """A login challenge in a flow's `return_to`, which is our own /login URL."""

    challenge: str
    round_trips: int
    task: str = ""  # "second_factor": set up the one that is required; "passkey": the page that offers a passkey


@dataclass(frozen=True)
class Urls:
    """The addresses of this deployment."""

    public: str  # Portico's, without a trailing slash; in drop-in mode only the path, so links are relative
    kratos: str  # Kratos' public API as the browser reaches it
    hydra: str = ""  # Hydra's public address, "" if not configured

    @cached_property
    def is_drop_in(self) -> bool:
        """Whether Portico does not know its own host."""
        return split(self.public) is None

    @cached_property
    def path(self) -> str:
        """Portico's path below its origin, "" for the root."""
        return urlsplit(self.public).path

    def login(self, challenge: str, round_trips: int = 0, task: str = "") -> str:
        """Return our URL that answers a login challenge; see ReturnTo for the parameters."""
        parameters = {"login_challenge": challenge, "n": str(round_trips)} | ({"task": task} if task else {})
        return f"{self.public}/login?{as_query(parameters)}"

    def account(self, task: str = "") -> str:
        """Return the URL of our account page, with the `task` that ends there."""
        return f"{self.public}/" + (f"?task={task}" if task else "")

    def return_to_of(self, return_to: object) -> ReturnTo | None:
        """Return the login challenge that a `return_to` leads back to, None if it leads elsewhere."""
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
        """Return Kratos' URL that begins a self-service flow in the browser; empty parameters are left out."""
        query_ = as_query({name: value for name, value in parameters.items() if value})
        return f"{self.kratos}/self-service/{kind}/browser" + (f"?{query_}" if query_ else "")

    def is_at_hydra(self, url: object, request_url: object = "") -> bool:
        """Whether a redirect from Hydra stays at Hydra: at its configured address, else at that of `request_url`."""
        return same_origin(url, self.hydra or str(request_url)) and is_below(str(url), urlsplit(self.hydra).path)

    def kratos_origin(self, action: object) -> str:
        """Return the origin of an address from Kratos, or "" if it is not Kratos' own: forms post passwords there."""
        kratos = origin(action)
        may_be_proxied = self.is_drop_in and is_loopback(urlsplit(kratos).hostname)
        is_own = kratos == origin(self.kratos) and is_below(str(action), urlsplit(self.kratos).path)
        return kratos if may_be_proxied or is_own else ""

    def is_at_kratos(self, url: object) -> bool:
        """Whether an address from Kratos is Kratos' own; in drop-in mode any on loopback is, as proxies are unknown."""
        return self.kratos_origin(url) != ""

    def can_return_to(self, url: object) -> bool:
        """Whether this may be sent to Kratos as `return_to`; Kratos also checks it against its allowed_return_urls."""
        return split(url) is not None or (self.is_drop_in and is_path(url))
