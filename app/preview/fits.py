"""What in an operator's brand, templates and catalogues no longer fits this version, one sentence each."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po
from jinja2 import Environment, nodes
from jinja2.meta import find_undeclared_variables

from app.config.settings import load_beside
from app.config.sources import SettingsError
from app.http.i18n import OURS
from app.preview.player import OURS_ONLY, answer, portico, states

PLACEHOLDER = re.compile(r"%\((\w+)\)s")
TEXT = re.compile(r"""_\(\s*(["'])(.+?)\1""", re.DOTALL)


def misfits() -> list[str]:
    """All there are; the settings' own mistakes alone, where no page can be made with them."""
    try:
        settings, (app, _) = load_beside(OURS_ONLY), portico()
    except SettingsError as error:
        return error.mistakes
    mistakes: list[str] = []
    own = settings.templates_dir
    if own:
        mistakes += _templates(app.jinja_env, own, Path(str(app.template_folder)))
    if settings.languages_dir:
        words = {*settings.scopes.values(), *settings.audiences.values()}
        texts = [path.read_text(encoding="utf-8") for path in sorted(own.rglob("*.html"))] if own else []
        words |= {match[1] for text in texts for match in TEXT.findall(text)}
        for path in sorted(settings.languages_dir.glob("*.po")):
            mistakes += _catalogue(path, words)
    return mistakes + list(_raised())


def _templates(env: Environment, own: Path, ours: Path) -> Iterator[str]:
    trees = {str(path.relative_to(ours)): env.parse(path.read_text(encoding="utf-8")) for path in ours.rglob("*.html")}
    names = {*env.globals, "loop", "super", "self", "caller"}.union(*map(find_undeclared_variables, trees.values()))
    for path in sorted(own.rglob("*.html")):
        name, tree = str(path.relative_to(own)), env.parse(path.read_text(encoding="utf-8"))
        for variable in sorted(find_undeclared_variables(tree) - names):
            yield f"{name}: no template of this version is given `{variable}`."
        if name not in trees:
            continue
        blocks, theirs = _blocks(name, trees), {block.name for block in tree.find_all(nodes.Block)}
        if tree.find(nodes.Extends):
            yield from (f"{name}: the block `{block}` is in nothing that it extends." for block in theirs - blocks)
        else:
            yield from (f"{name}: lacks the block `{block}` of today's." for block in sorted(blocks - theirs))


def _blocks(name: str, trees: dict[str, nodes.Template]) -> set[str]:
    """The blocks of one of our templates and of what it extends."""
    blocks = {block.name for block in trees[name].find_all(nodes.Block)}
    extends = trees[name].find(nodes.Extends)
    base = extends.template.value if extends and isinstance(extends.template, nodes.Const) else ""
    return blocks | (_blocks(base, trees) if base in trees else set())


def _catalogue(path: Path, own: set[str]) -> Iterator[str]:
    with (OURS / "de.po").open("rb") as file:  # every catalogue of ours has every text
        known = own | {text for message in read_po(file) for text in _ids(message.id)}
    with path.open("rb") as file:
        messages = list(read_po(file))
    for message in messages:
        identifier, *_ = _ids(message.id)
        if identifier and identifier not in known:
            yield f"{path.name} line {message.lineno}: no page says {identifier!r} any more."
        for translation in filter(None, _ids(message.string)[-1:]):
            missing = {*PLACEHOLDER.findall(_ids(message.id)[-1])} - {*PLACEHOLDER.findall(translation)}
            yield from (f"{path.name} line {message.lineno}: %({name})s is missing." for name in sorted(missing))


def _ids(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, list | tuple) else (str(text),)


def _raised() -> Iterator[str]:
    """Pages that cannot be made, each mistake once, with the first state that has it."""
    seen: set[str] = set()
    for state in states().values():
        try:
            if not answer(state, "").get_data():
                raise ValueError("error.html raises, so that browsers show a page of their own")
        except Exception as error:  # noqa: BLE001 - whatever an operator's template raises
            if (words := f"{type(error).__name__}: {error}") not in seen:
                seen.add(words)
                yield f"{state.id} cannot be shown: {words}."
