"""Reads registered redirect URIs as a browser does, to show where an application's answer goes."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, ip_address
from urllib.parse import SplitResult, quote, unquote, unquote_to_bytes, urlsplit

import idna

from app.urls import is_loopback

MAX_HOSTS = 20  # shown for one application
MAX_HOST = 80  # characters shown of a host: the last ones
MAX_KEPT = 256  # characters of a redirect URI whose target is kept
MAX_URIS = 100  # read for one application; anybody may register a megabyte of them
_MAX_NAME, _MAX_LABEL = 253, 63  # characters of a host and a label (RFC 1035); punycode of n characters takes n² steps
_SPECIAL = {"http": "80", "https": "443"}
_SCHEME = re.compile("([A-Za-z][A-Za-z0-9+.-]*):")
_WHITE = "".join(map(chr, range(33)))
_IGNORED = re.compile("[\t\n\r]")  # browsers remove them from addresses
_NUMBER = re.compile("[0-9]+|0x[0-9a-f]*")
_AUTHORITY = re.compile(r"[/\\]*([^/\\?#]*)")
# Letters other than a to z that readers of a language know.
LATIN: Mapping[str, str] = {
    "de": "äöüß",
    "es": "áéíñóúü",
    "fr": "àâæçèéêëîïôùûüÿœ",
    "it": "àèéìíîòóùú",
    "nl": "áäéèëíïóöúü",
    "pl": "ąćęłńóśźż",
    "pt": "áâãàçéêíóôõúü",
    "sv": "åäöéü",
    "tr": "çğöşüıâîû",
}
# For other scripts: the letters that look unlike Latin ones, and those that look like them.
OTHERS: Mapping[str, tuple[str, str]] = {
    "ar": ("ء-غف-ي٠-٩", ""),
    "he": ("א-ת", ""),
    "ja": ("ぁ-ゖゝゞァ-ヺー一-鿿々", "ノハニエロ一二ー"),
    "uk": ("а-щьюяґєії", "авекмнорстухгбіїєь"),
    "zh": ("一-鿿", "一二"),
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a redirect URI leads: `host` in lower-case ASCII ("" for an app's own scheme), `port` "" if default."""

    scheme: str
    host: str = ""
    port: str = ""

    @property
    def is_safe_from_interception(self) -> bool:
        """Whether nobody else can receive an answer sent there (RFC 8252 sections 7.3 and 8.6)."""
        return self.scheme == "https" or is_loopback(self.host.strip("[]"))


def target(uri: str) -> Target | None:
    """Parse a redirect URI as browsers do (WHATWG URL: `\\` is a slash, the host follows the last `@`), or None."""
    return _target(uri) if len(uri) <= MAX_KEPT else _target.__wrapped__(uri)


@lru_cache(maxsize=256)
def _target(uri: str) -> Target | None:
    uri = _IGNORED.sub("", uri).strip(_WHITE)
    named = _SCHEME.match(uri)
    if named is None:
        return None
    scheme, authority = named[1].lower(), _AUTHORITY.match(uri, named.end())
    if scheme not in _SPECIAL or authority is None:
        return Target(scheme)
    bracketed, bracket, rest = (netloc := authority[1].rpartition("@")[2]).partition("]")
    name, _, port = (bracketed + bracket, *rest.partition(":")[1:]) if bracket else netloc.partition(":")
    host = _ascii(name)
    if not host or not re.fullmatch("0*[0-9]{0,5}", port):
        return None
    port = port and str(int(port))
    return Target(scheme, host, "" if port == _SPECIAL[scheme] else port)


def _ascii(host: str) -> str:
    """Return a host name as DNS has it: percent-decoded, other scripts in punycode."""
    host = unquote(host)
    if host.isascii():
        return _address(quote(host.lower().removesuffix("."), safe="[]:"))
    if len(host) <= _MAX_NAME:
        with suppress(UnicodeError):  # the base class of IDNAError
            parts = idna.uts46_remap(host, std3_rules=False).split(".")
            labels = [part if part.isascii() or len(part) > _MAX_LABEL else _punycode(part) for part in parts]
            return _address(quote(".".join(labels).removesuffix("."), safe="[]:"))
    return quote(host, safe="[]:")


@lru_cache(maxsize=512)
def _punycode(label: str) -> str:
    return "xn--" + label.encode("punycode").decode()


def _address(host: str) -> str:
    """Return a host name; a number that browsers read as an IPv4 address (`2130706433`, `0x7f.1`) as that address."""
    parts = host.split(".")
    if len(parts) > 4 or not all(map(_NUMBER.fullmatch, parts)):
        return host
    try:
        *first, rest = (
            int(f"0{part[2:]}", 16) if part[:2] == "0x" else int(part, 8 if part[0] == "0" else 10) for part in parts
        )
        return str(IPv4Address(bytes(first) + rest.to_bytes(4 - len(first), "big")))
    except (ValueError, OverflowError):  # browsers refuse it
        return host


def destinations(requested: str, registered: Sequence[str]) -> tuple[str, ...]:
    """Return where Hydra may send the answer: the requested redirect URI if it takes that, else all registered ones."""
    return (requested,) if requested and matches(requested, registered) else tuple(registered)


def matches(requested: str, registered: Sequence[str]) -> bool:
    """Whether Hydra accepts a redirect_uri: the same text as a registered one, or with another port on loopback."""
    alike = [uri for uri in registered if uri[:10] == requested[:10]][:MAX_URIS]  # "http://127" may come late
    return requested in registered or any(_same_but_port(requested, uri) for uri in (*alike, *registered[:MAX_URIS]))


def _same_but_port(requested: str, registered: str) -> bool:
    """RFC 8252 section 7.3 as Hydra does it: any port fits on a loopback address, but not on the name localhost."""
    try:
        wanted, known = _parts(requested), _parts(registered)
        address = ip_address(str(wanted.hostname))
    except ValueError:
        return False
    loopback = wanted.scheme == "http" and (getattr(address, "ipv4_mapped", None) or address).is_loopback
    same = (wanted.hostname, wanted.query) == (known.hostname, known.query)
    return loopback and same and unquote_to_bytes(wanted.path) == unquote_to_bytes(known.path)


def _parts(uri: str) -> SplitResult:
    """Split a URI; raise ValueError for a non-ASCII host: it is no address, and n letters would take n² steps."""
    if not all(map(str.isascii, uri.split("/", 3)[:3])):
        raise ValueError
    return urlsplit(uri)


def are_safe_from_interception(registered: Sequence[str]) -> bool:
    """Whether all these redirect URIs lead only to the application; false for none, or for more than MAX_URIS."""
    return 0 < len(registered) <= MAX_URIS and all(
        to and to.is_safe_from_interception for to in map(target, registered)
    )


def hosts(uris: Sequence[str], language: str) -> tuple[str, ...]:
    """Return the hosts of redirect URIs for a page: "" for an app on the device, "…" for more than MAX_HOSTS."""
    targets = dict.fromkeys(filter(None, map(target, uris[:MAX_URIS])))
    shown = tuple(dict.fromkeys(_shown(target_, language) for target_ in targets))
    return shown if len(shown) <= MAX_HOSTS and len(uris) <= MAX_URIS else (*shown[:MAX_HOSTS], "…")


def _shown(target_: Target, language: str) -> str:
    labels = target_.host.split(".")[-2 * MAX_HOST :]  # it may be a megabyte of dots
    host = ".".join(_readable(label, language) for label in labels)
    end = host[-MAX_HOST - 1 :]
    kept = host if len(host) <= MAX_HOST else end.partition(".")[2] or end[-MAX_HOST:]
    return ("" if kept == host else "…") + kept + (f":{target_.port}" if target_.port else "")


def _readable(label: str, language: str) -> str:
    """Return a punycode label of a host in its own letters if the language (a BCP 47 tag) has them, else unchanged.

    `аррӏе.example` in Cyrillic looks like a Latin name. So all letters must be in the alphabet of the page's language,
    and at least one must look unlike any Latin letter.
    """
    if not label.startswith("xn--") or len(label) > _MAX_LABEL:
        return label
    try:
        name = label[4:].encode().decode("punycode")
    except UnicodeError:
        return label
    if name.isascii() or name.encode("punycode").decode() != label[4:]:
        return label  # not the punycode of any name, for example xn--google-
    language = language.partition("-")[0].lower()
    if language in LATIN and re.fullmatch(f"[a-z0-9{LATIN[language]}-]+", name):
        return name
    letters, like_latin = OTHERS.get(language, ("", ""))
    known = re.fullmatch(f"[0-9{letters}-]+", name)
    return name if known and not re.fullmatch(f"[0-9{like_latin}-]+", name) else label
