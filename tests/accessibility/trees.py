"""`make trees`: records anew what Chromium tells a screen reader of a page, into tests/accessibility/expected.

A line is an object of the accessibility tree: its role, its name, what it is besides (a heading's level, required ...),
what describes it, its value. Read the difference before you commit it: texts change, roles and levels hardly ever.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import playwright.sync_api as playwright

from app.preview.site import serving
from tests.gallery.entries import SITE
from tests.gallery.screenshots import chromium

FOLDER = Path(__file__).with_name("expected")
PAGES = (
    *("login/unified", "login/unified_nothing_entered", "login/unified_wrong_password", "login/code_wrong"),
    *("login/aal2_all", "application/first"),
    *("errors/oauth2-invalid-client", "errors/upstream-unavailable", "consent/usual", "consent/device"),
    *("settings/everything", "settings/profile_email_wrong", "settings/profile_saved"),
)
CONTROLS = ("button", "link", "textbox", "checkbox", "combobox", "listbox", "radio", "DisclosureTriangle")
PLAIN = ("generic", "none", "LabelText", "RootWebArea", "ListMarker", "InlineTextBox", "LineBreak", "Legend")
STATES = ("level", "required", "invalid", "disabled", "checked", "expanded", "pressed", "live", "modal")
UNTOLD = (None, False, "false", "off", "")
EVERYTHING = "*"
OF_ONE_ANSWER = re.compile(r"\b[0-9a-f]{32}\b")

Node = Mapping[str, Any]


def file_of(page: str) -> Path:
    """Where the expectation of a page is written."""
    return FOLDER / f"{page.replace('/', '-')}.txt"


def tree(tab: playwright.Page) -> str:
    """What Chromium tells assistive technology of the page in this tab, a line for each object."""
    answer = tab.context.new_cdp_session(tab).send("Accessibility.getFullAXTree")
    nodes = {node["nodeId"]: node for node in answer["nodes"]}
    root = next(node for node in answer["nodes"] if "parentId" not in node)
    title = f"page {_quoted(_text(root, 'name'))}"
    return OF_ONE_ANSWER.sub("…", "\n".join([title, *_lines(nodes, root, 1, "")])) + "\n"


def _lines(nodes: Mapping[str, Node], node: Node, depth: int, above: str) -> Iterator[str]:
    """What is in a node; `above`: the name around it, which its own texts only repeat, or EVERYTHING in a label."""
    for child in (nodes[key] for key in node.get("childIds", ()) if key in nodes):
        role, name = _text(child, "role"), _text(child, "name")
        if role == "StaticText":
            if above != EVERYTHING and name.strip() and name.strip() not in above:
                yield f"{'  ' * depth}text {_quoted(name)}"
        elif child["ignored"] or role in PLAIN:
            yield from _lines(nodes, child, depth, EVERYTHING if role == "LabelText" else above)
        else:
            yield f"{'  ' * depth}{_line(child, role, name)}"
            if role != "textbox":  # its value
                yield from _lines(nodes, child, depth + 1, name if above != EVERYTHING else above)


def _line(node: Node, role: str, name: str) -> str:
    values = {entry["name"]: entry["value"].get("value") for entry in node.get("properties", ())}
    states = [
        state if values[state] is True else f"{state}={values[state]}"
        for state in STATES
        if values.get(state) not in UNTOLD and (state != "level" or role == "heading")
    ]
    described, value = _text(node, "description"), _text(node, "value")
    more = [f"described {_quoted(described)}"] * bool(described) + [f"value {_quoted(value)}"] * bool(value)
    return " ".join([role, *([_quoted(name)] * bool(name)), *states, *more])


def _text(node: Node, part: str) -> str:
    return str(node.get(part, {}).get("value") or "")


def _quoted(words: str) -> str:
    return f'"{" ".join(words.split())}"'


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.glob("*.txt"):
        file.unlink()
    with serving(SITE) as gallery, chromium() as browser:
        tab = browser.new_page()
        for page in PAGES:
            tab.goto(f"{gallery}/page/{page}", wait_until="load")
            file_of(page).write_text(tree(tab), encoding="utf-8")
            print(file_of(page).relative_to(Path.cwd()))


if __name__ == "__main__":
    main()
