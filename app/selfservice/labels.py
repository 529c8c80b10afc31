"""Links in the labels of traits: an operator writes `I accept the [terms](https://example.org/terms)` in the title of a
trait, or in a catalogue's translation of it."""

from __future__ import annotations

import re

from app.urls import split

_LINK = re.compile(r"\[([^\[\]]+)\]\(([^()\s]+)\)")
_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")  # of this site; `//` and `/\` lead elsewhere

Part = tuple[str, str]


def parts(label: str) -> tuple[Part, ...]:
    """A label's words in order, each with the address it links to, "" for none; what is no good address is no link."""
    parts_: list[Part] = []
    done = 0
    for link in _LINK.finditer(label):
        if _allowed(link[2]):
            parts_ += [(label[done : link.start()], ""), (link[1], link[2])]
            done = link.end()
    return tuple(part for part in (*parts_, (label[done:], "")) if part[0])


def plain(label: str) -> str:
    """A label without its links' addresses."""
    return "".join(words for words, _ in parts(label))


def _allowed(address: str) -> bool:
    """Whether it is https, or a path of this site."""
    known = split(address)
    return _PATH.fullmatch(address) is not None or (known is not None and known.scheme == "https")
