"""Finds what in an operator's brand, templates and catalogues no longer fits this version; one sentence each."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from traceback import extract_tb
from typing import Any

from babel.messages.pofile import PoFileError, read_po
from flask import Flask, before_render_template
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader, PrefixLoader, TemplateError, TemplateNotFound, nodes
from jinja2.meta import find_undeclared_variables

from app.factory import ROOT
from app.http.branding import lineage, names_of, references
from app.http.catalogues import PLACEHOLDER, SOURCE
from app.http.i18n import OUR_CATALOGUES
from app.preview.operator import Operator
from app.preview.player import Player, State
from app.preview.stylesheets import unused

TEXT = re.compile(r"""_\(\s*(["'])(.+?)\1""", re.DOTALL)
NO_ATTRIBUTE = re.compile(r"^'.+ object' has no attribute '(\w+)'$")
NO_MACRO = re.compile(r"the template '(.+)' \(imported .+\) does not export the requested name '(\w+)'")
OF_JINJA = {"loop", "super", "self", "caller"}


def misfits(operator: Operator, states: Iterable[State]) -> list[str]:
    """Return a sentence for everything that does not fit; mistakes in the settings come first."""
    settings = operator.settings
    own = settings.templates_dir if settings else None
    contexts, unmade = show_all(operator.player, states, own)
    mistakes = [*operator.mistakes]
    for path in sorted(settings.brand_dir.glob("*.css")) if settings and settings.brand_dir else ():
        mistakes += unused(path, ROOT, own)
    if own:
        mistakes += Templates(operator.player.app(), own, contexts).misfits()
    if settings and settings.languages_dir:
        pages = [path.read_text(encoding="utf-8", errors="replace") for path in own.rglob("*.html")] if own else []
        texts = [text for _, text in TEXT.findall("\n".join(pages))]
        words = {*settings.scopes.values(), *settings.audiences.values(), *texts}
        for path in sorted(settings.languages_dir.glob("*.po")):
            mistakes += _catalogue(path, words)
    places = {words.partition(": ")[0] for words in mistakes}
    return mistakes + [words for words in unmade if words.partition(": ")[0] not in places]


def show_all(player: Player, states: Iterable[State], own: Path | None) -> tuple[dict[str, set[str]], list[str]]:
    """Show every state once; return the variables of each template, and the pages that cannot be made."""
    contexts, first, ours = defaultdict[str, set[str]](set), dict[str, str](), Path(str(player.app().template_folder))

    def note(_: Flask, template: Any, context: dict[str, Any], **__: object) -> None:
        contexts[template.name] |= context.keys()

    with before_render_template.connected_to(note):
        for state in states:
            try:
                player.answer(state)
            except Exception as error:  # noqa: BLE001 - whatever an operator's template raises
                first.setdefault(raised(error, own, ours), state.id)
    return contexts, [f"{words} (the page {state} cannot be made)." for words, state in first.items()]


def raised(error: Exception, own: Path | None, ours: Path) -> str:
    """Return the error of a template with its place in the operator's template, else in ours."""
    frames = [(Path(frame.filename), frame.lineno) for frame in extract_tb(error.__traceback__)]
    theirs = [f"{file} line {line}: " for file, line in frames if own and file.is_relative_to(own)]
    of_ours = [f"portico/{file.relative_to(ours)} line {line}: " for file, line in frames if file.is_relative_to(ours)]
    place = (theirs or of_ours or [""])[-1]
    lacks = NO_MACRO.match(str(error))
    if lacks and own and own.joinpath(lacks[1]).exists():
        return f"{own / lacks[1]}: lacks `{lacks[2]}`"
    if isinstance(error, TemplateNotFound):
        return f"{place}asks for {error.name or 'a template without a name'}, which does not exist"
    words = NO_ATTRIBUTE.sub(r"this version has no `\1` there", str(error))
    return place + words if isinstance(error, TemplateError) else f"{place}{type(error).__name__}: {words}"


class Templates:
    """Compares an operator's templates with ours; the start of Portico reports unreadable ones."""

    def __init__(self, app: Flask, own: Path, contexts: dict[str, set[str]]) -> None:
        ours = FileSystemLoader(str(app.template_folder))
        self.own, self.contexts, self.alone = own, contexts, app.jinja_env.overlay(loader=ours)
        self.sources = dict(self._readable())
        self.env = self.alone.overlay(
            loader=ChoiceLoader([DictLoader(self.sources), ours, PrefixLoader({"portico": ours})])
        )
        self.ours = {name: dict(lineage(self.alone, name)) for name in ours.list_templates()}
        self.known = {*app.extensions["languages"].get(SOURCE).templates.globals, *OF_JINJA}
        trees = [family[name] for name, family in self.ours.items()]
        self.anywhere = set().union(*map(find_undeclared_variables, trees), *contexts.values())

    def _readable(self) -> Iterator[tuple[str, str]]:
        """Yield name and source of the operator's templates that compile."""
        for name in names_of(self.own):
            with suppress(TemplateError, UnicodeDecodeError, OSError):
                source = self.own.joinpath(name).read_text(encoding="utf-8")
                self.alone.compile(source)
                yield name, source

    def misfits(self) -> Iterator[str]:
        """Yield what does not fit, template by template."""
        trees = {name: self.env.parse(source) for name, source in self.sources.items()}
        used = self.ours.keys() | {needed for tree in trees.values() for _, needed in references(tree)}
        for name, tree in trees.items():
            file = self.own / name
            if name not in used:
                near = "".join(get_close_matches(name, self.ours, n=1))
                yield f"{file}: no page of this version is made of it" + (f"; is it {near}?" if near else ".")
            yield from (f"{file} line {words}" for words in self._variables(name, tree))
            yield from (f"{file}{words}" for words in self._blocks(name, tree))

    def _variables(self, name: str, tree: nodes.Template) -> Iterator[str]:
        known = self.known | (self.contexts.get(name) or self.anywhere)
        with suppress(TemplateNotFound):  # reported at start
            known |= {made for _, extended in lineage(self.env, name) for made in _made(extended)}
        lines = {node.name: node.lineno for node in reversed(list(tree.find_all(nodes.Name)))}
        for variable in sorted(find_undeclared_variables(tree) - known):
            yield f"{lines[variable]}: in this version `{variable}` is not given to this template."

    def _blocks(self, name: str, tree: nodes.Template) -> Iterator[str]:
        """Yield the blocks that are never shown, and those that our template has and this one lacks."""
        try:
            family = list(lineage(self.env, name))
        except TemplateNotFound:
            return  # reported at start
        inherited = set(_names(parent for _, parent in family[1:]))
        blocks = list(tree.find_all(nodes.Block))
        inner = {block.name for outer in blocks for block in outer.find_all(nodes.Block)}
        if extends := tree.find(nodes.Extends):
            lost = [block for block in blocks if block.name not in inherited | inner]
            for block in lost if isinstance(extends.template, nodes.Const) else ():
                yield f" line {block.lineno}: nothing that it extends has a block `{block.name}`; it is not shown."
        names, ends = [parent for parent, _ in family], family[-1][1].find(nodes.Extends) is None
        if name in self.ours and len(set(names)) == len(names) and ends:  # other mistakes are reported at start
            lacking = set(_names(self.ours[name].values())) - inherited - {block.name for block in blocks}
            lacking |= set(_names([self.ours[name][name]], nodes.Macro)) - set(
                _names(dict(family).values(), nodes.Macro)
            )
            if lacking:
                yield f": lacks what Portico's has in this version: `{'` `'.join(sorted(lacking))}`."


def _made(tree: nodes.Template) -> Iterator[str]:
    """Yield the names that a template sets, imports or defines; Jinja misses them in blocks and after conditions."""
    for part in tree.find_all((nodes.Macro, nodes.Import, nodes.FromImport, nodes.Name)):
        if isinstance(part, nodes.FromImport):
            yield from (name if isinstance(name, str) else name[1] for name in part.names)
        elif isinstance(part, nodes.Import):
            yield part.target
        elif isinstance(part, nodes.Macro) or (isinstance(part, nodes.Name) and part.ctx == "store"):
            yield part.name


def _names(trees: Iterable[nodes.Template], kind: type[nodes.Node] = nodes.Block) -> Iterator[str]:
    return (str(part.name) for tree in trees for part in tree.find_all(kind))  # type: ignore[attr-defined]


def _catalogue(path: Path, own: set[str]) -> Iterator[str]:
    with (OUR_CATALOGUES / "de.po").open("rb") as file:  # all our catalogues have all texts
        known = own | {text for message in read_po(file) for text in _ids(message.id)}
    try:
        with path.open("rb") as file:
            messages = list(read_po(file, abort_invalid=True))
    except (PoFileError, ValueError, OSError):
        return  # reported at start
    for message in messages:
        identifier, *_ = _ids(message.id)
        if identifier and identifier not in known:
            yield f"{path} line {message.lineno}: no page says {identifier!r} any more."
        for translation in filter(None, _ids(message.string)[-1:]):
            missing = {*PLACEHOLDER.findall(_ids(message.id)[-1])} - {*PLACEHOLDER.findall(translation)}
            yield from (f"{path} line {message.lineno}: the translation lacks %({name})s." for name in sorted(missing))


def _ids(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, list | tuple) else (str(text),)
