"""Finds unused properties and classes and missing files in an operator's stylesheets."""

import re
from collections.abc import Iterator
from pathlib import Path

COMMENT, RULE = re.compile(r"/\*.*?\*/", re.DOTALL), re.compile(r"(?:^|[{};])\s*([^@{};\s][^{};]*)\{")
PROPERTY, USED = re.compile(r"(?<![\w-])(--[\w-]+)\s*:"), re.compile(r"var\(\s*(--[\w-]+)")
CLASS, ADDRESS = re.compile(r"\.(-?[A-Za-z_][\w-]*)"), re.compile(r"""url\(\s*["']?([^"')\s]+)""")
OF_ELEMENTS = re.compile(r'class="([^"]*)"')


def unused(path: Path, ours: Path, own: Path | None) -> Iterator[str]:
    """Yield a sentence for each mistake in a stylesheet; the operator's `own` templates may have more classes."""
    sheet, css = _plain(ours / "static/app.css"), _plain(path)
    folders = [ours / "templates", *([own] if own else [])]
    pages = "".join(_plain(page) for folder in folders for page in folder.rglob("*.html"))
    classes = {name for value in OF_ELEMENTS.findall(pages) for name in re.findall(r"[\w-]+", value)}
    classes |= {*CLASS.findall(sheet)}
    used = {*USED.findall(sheet + css)}
    selectors = [
        (rule.start(1) + match.start(), match[1]) for rule in RULE.finditer(css) for match in CLASS.finditer(rule[1])
    ]
    wrong = [(at, f"no page has the class {name}") for at, name in selectors if name not in classes]
    wrong += [
        (match.start(), f"nothing in this version uses {match[1]}")
        for match in PROPERTY.finditer(css)
        if match[1] not in used
    ]
    wrong += [(match.start(), words) for match in ADDRESS.finditer(css) if (words := _unloaded(match[1], path.parent))]
    yield from (f"{path} line {css.count(chr(10), 0, at) + 1}: {words}." for at, words in sorted(wrong))


def _plain(path: Path) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    return COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _unloaded(address: str, folder: Path) -> str:
    if address.startswith(("http:", "https:", "//")):
        return f"browsers load nothing from elsewhere: {address}"
    is_there = address.startswith(("data:", "#")) or folder.joinpath(re.split("[?#]", address)[0]).is_file()
    return "" if is_there else f"{address} is not beside it"
