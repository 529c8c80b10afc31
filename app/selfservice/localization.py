"""Translates a flow's labels and messages; labels may contain links like `[terms](https://example.org/)`."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app import urls
from app.account.devices import METHODS
from app.ory.flows import Message, Node
from app.ory.models import items, text
from app.selfservice import messages as texts
from app.selfservice.situations import Situation
from app.translations import N_

CONSTANT, TYPE = 4000029, 4000026
REASONS = (4000001, 5000001)
OF_LENGTH_AND_PATTERN = (4000003, 4000017, 4000004)
OF_FORMAT = (4000040, 4000041)
LABELLED = N_("%(label)s: %(message)s")
_LINK = re.compile(r"\[([^\[\]]+)\]\(([^()\s]+)\)")
_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")  # on this site; `//` and `/\` lead to others
_WORD_ENDS = re.compile(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Localizer:
    """A language as functions: translate a text, list words to choose from, write a day, isolate a value."""

    translate: Callable[[str], str]
    listed: Callable[[list[str]], str] = ", ".join
    day: Callable[[datetime], str] = str
    isolated: Callable[[str], str] = str


def label_of(node: Node, localizer: Localizer, titles: Mapping[str, str]) -> str:
    """Return a field's label with the operator's links; for a trait without a label its title, else its name."""
    if node.label.text or not node.name.startswith("traits."):
        return localized_text(node.label, localizer)
    title = titles.get(node.name) or humanised(node.name)
    return localizer.translate(title) if title else ""


def localized(
    messages: Iterable[Message], localizer: Localizer, situation: Situation, labels: Mapping[str, str], label: str = ""
) -> tuple[Message, ...]:
    """Return translated messages, each once; `label` (else `labels`, by name) is that of the field in question."""
    shown: dict[tuple[str, str], Message] = {}
    for message in messages:
        meant = situation.meant(message)
        better = _words_for_situation(meant, localizer, situation)
        words = better or message_text(_with_label(meant, label, labels), localizer)
        shown.setdefault((message.kind, words), replace(message, text=words))
    return tuple(shown.values())


def without_redundant(messages: Sequence[Message], kind: str) -> Iterable[Message]:
    """Drop a field's messages about length or pattern if another message names the right format."""
    if kind == "checkbox" and [(m.id, texts.is_from_hook(m)) for m in messages] == [(texts.REQUIRED, False)]:
        return [replace(messages[0], id=CONSTANT, text="", context={"expected": True})]  # the box must be ticked
    values = [m.text.partition("equal to constant ")[2] for m in messages if m.id == CONSTANT]
    if 1 < len(values) == len(messages) and all(values):  # Kratos sends one for each branch of a oneOf
        return [replace(messages[0], id=REASONS[0], text=f"value must be one of {', '.join(values)}")]
    is_about_format = len(messages) > 1 and any(map(_is_of_format, messages))
    return [m for m in messages if not is_about_format or m.id not in OF_LENGTH_AND_PATTERN]


def _is_of_format(message: Message) -> bool:
    is_named = ' is not valid "' in message.text and texts.reason_text(message.text)[0] not in ("", texts.ODD)
    return message.id in OF_FORMAT or (is_named and message.id in REASONS)


def parts(label: str) -> tuple[tuple[str, str], ...]:
    """Return a label's parts, each with its link address or ""; only https and paths of this site are links."""
    words: list[tuple[str, str]] = []
    end = 0
    for link in _LINK.finditer(label):
        if _PATH.fullmatch(link[2]) or urls.https_link(link[2]):
            words += [(label[end : link.start()], ""), (link[1], link[2])]
            end = link.end()
    return tuple(part for part in (*words, (label[end:], "")) if part[0])


def plain(label: str) -> str:
    """Return a label without the addresses of its links."""
    return "".join(words for words, _ in parts(label))


def humanised(name: str) -> str:
    """Turn a schema's key into words: `traits.given-name` into "Given name"."""
    words = " ".join(filter(None, _WORD_ENDS.split(name.rpartition(".")[2])))
    return words[:1].upper() + words[1:].lower() if words != words.upper() else words


def _words_for_situation(message: Message, localizer: Localizer, situation: Situation) -> str:
    """Return the better text for this situation, "" if there is none."""
    if not (ours := situation.words(message)) or texts.is_from_hook(message):
        return ""
    translated = localizer.translate(ours)
    if "%(sent_to)s" not in ours:
        return translated
    sent_to = text(message.context.get("masked_address")) or situation.sent_to
    return translated % {"sent_to": localizer.isolated(sent_to)}


def message_text(message: Message, localizer: Localizer) -> str:
    """Return the text of a message; a hook's own stays. Kratos has errors without a text (4000001)."""
    is_kept = message.id in texts.MESSAGES and texts.is_from_hook(message)
    words = message.text if is_kept else localized_text(message, localizer)
    return words or (localizer.translate(texts.ODD) if message.kind == "error" else "")


def localized_text(message: Message, localizer: Localizer) -> str:
    """Return our translated text for a label or message of Kratos, else Kratos' own."""
    if message.id == texts.TRAIT:
        return localizer.translate(message.text) if message.text else ""
    ours, values = _ours(message)
    if not ours:
        return localizer.isolated(message.text) if message.text.startswith("+") else message.text
    try:
        translated = localizer.translate(ours)
        return translated % _Values(values, localizer) if "%" in ours else translated
    except (KeyError, ValueError, TypeError):
        return message.text


def _with_label(message: Message, label: str, labels: Mapping[str, str]) -> Message:
    """Return the message; if it says that a field is missing, with the field's label instead of its key."""
    key = text(message.context.get("property"))
    if message.id != texts.REQUIRED or not key:
        return message
    name = (label or labels.get(key) or humanised(key)).rstrip(" .:*")  # the sentence has its own full stop
    return replace(message, context={**message.context, "property": name})


def _ours(message: Message) -> tuple[str, Mapping[str, Any]]:
    context = message.context
    if message.id in REASONS:
        return texts.reason_text(message.text)
    if message.id == CONSTANT and "expected" in context:
        value = texts.expected(context["expected"])
        return (texts.MESSAGES[CONSTANT], {"expected": value}) if value else (texts.TICK, {})
    if message.id == TYPE:
        return texts.advice_for_type(items(context.get("allowed_types"))), context
    if message.id in texts.UNNAMED and context.get("display_name") in ("unnamed", "", None) and "added_at" in context:
        return texts.UNNAMED[message.id], context
    return texts.MESSAGES.get(message.id, ""), context


class _Values(dict[str, str]):
    """The values of a message as words; raises KeyError for missing and empty ones."""

    def __init__(self, context: Mapping[str, Any], localizer: Localizer) -> None:
        super().__init__()
        self.context, self.localizer = context, localizer

    def __missing__(self, name: str) -> str:
        value = self.context.get(name)
        if name.endswith("_at"):
            return self.localizer.day(datetime.fromisoformat(str(value)))
        if isinstance(value, list):
            words = [self.localizer.translate(METHODS.get(word, word)) for word in filter(None, map(text, value))]
            if words:  # each isolated: together they would run in the direction of the first
                return self.localizer.listed([self.localizer.isolated(word) for word in words])
            raise KeyError(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
            raise KeyError(name)
        return self.localizer.isolated(str(value))
