"""Reading the catalogues of app/translations, and what the code has to translate.

`python -m tests.languages.catalogues` (make translations) brings every catalogue up to date: new texts without a
translation, those that are not used any more gone.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent.parent
PLACE = ROOT / "app" / "translations"


def of_table(file: IO[bytes], *_: Any, **__: Any) -> Iterator[tuple[int, str, str, list[str]]]:
    """Our words in the table of Kratos' messages, its last column; those that are only a value need no translation."""
    for number, line in enumerate(file.read().decode().splitlines(), 1):
        text = line.rpartition("\t")[2]
        if text and not re.fullmatch(r"%\(\w+\)s", text):
            yield number, "_", text, []


def of_error_texts(file: IO[bytes], *_: Any, **__: Any) -> Iterator[tuple[int, str, str, list[str]]]:
    """The texts in the table of error pages: title, what happened, what to do next, the button."""
    for number, line in enumerate(file.read().decode().splitlines(), 1):
        yield from ((number, "_", text, []) for text in line.split("\t")[2:6] if text)


WHERE: tuple[tuple[str, Any], ...] = (
    ("app/**.py", "python"),
    ("app/http/error_texts.tsv", of_error_texts),
    ("app/**.tsv", of_table),
    ("templates/**.html", "jinja2.ext:babel_extract"),
)


def extracted(root: Path = ROOT) -> Catalog:
    """Every text that the code and the templates mark."""
    template = Catalog(project="Portico", charset="utf-8")
    for folder in ("app", "templates"):
        methods = [(pattern.split("/", 1)[1], method) for pattern, method in WHERE if pattern.startswith(folder)]
        for name, _, text, comments, context in extract_from_dir(
            root / folder, methods, {}, keywords=DEFAULT_KEYWORDS, comment_tags=("Translators:",)
        ):
            template.add(text, None, [(f"{folder}/{name}", 0)], auto_comments=comments, context=context)
    return template


def catalogue(path: Path) -> Catalog:
    """One language's catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem.replace("-", "_"))


def files(root: Path = ROOT) -> list[Path]:
    """The catalogues there are; English is what the texts are written in."""
    return sorted((root / "app" / "translations").glob("*.po"))


HEADER = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {made.locale_identifier}\\n"
"Plural-Forms: {made.plural_forms}\\n"
"""


def untranslated(made: Catalog) -> list[object]:
    """The texts that lack a translation, or one of their plural forms."""
    forms = {message.id: message.string if message.pluralizable else [message.string] for message in made if message.id}
    return [text for text, translations in forms.items() if not all(translations)]


def write(path: Path, made: Catalog) -> None:
    """Write a catalogue as we keep it: by text, its translation in the next line, nothing else."""
    for message in made:
        message.flags.clear()  # placeholders are read off the texts
    texts = BytesIO()
    write_po(texts, made, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    path.write_bytes(HEADER.format(made=made).encode() + texts.getvalue().replace(b"\n\n", b"\n"))


if __name__ == "__main__":
    template = extracted()
    for path in files():
        mine = catalogue(path)
        mine.update(template, no_fuzzy_matching=True)
        write(path, mine)
        print(path.name, len(untranslated(mine)), "to translate")
