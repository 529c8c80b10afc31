"""Finds texts in the code and the templates that people would read and translators would not get to see."""

import ast
import re
from collections.abc import Iterator

from jinja2 import Environment, nodes

MARKS = ("N_", "_", "gettext", "ngettext")
SENTENCE = re.compile(r"[^\W\d_]{2,}[,;:.!?…]? +[^\W\d_]")
WORD = re.compile(r"[^\W\d_]{2,}")
LABEL = re.compile(r"[A-Z][a-z]+[.!?:…]?")
MARKUP = re.compile(r"<code>.*?</code>|<script.*?</script>|<[^>]*>?|[a-z-]+=\"[^\"<>]*\"?|[\w-]+\"(?= )", re.DOTALL)
SPOKEN = re.compile(
    r"\b(?:alt|title|placeholder|label|content|aria-(?:label|description|placeholder|roledescription|valuetext))="
    r"\"([^\"]*)\""
)
# What is told to programs and to who runs them, in English: an exception, a log, an answer to an application.
TOLD = ("Reject", "event", "warning", "info", "error", "compile", "fullmatch", "search", "Counter", "Histogram")


def in_python(source: str) -> Iterator[str]:
    """The sentences of a module that are not marked, but what no page can show: see TOLD, and keys of tables."""
    tree = ast.parse(source)
    skipped = {id(node) for root in ast.walk(tree) if _is_told(root) for node in ast.walk(root)}
    skipped |= {id(node) for root in ast.walk(tree) for node in _docstring(root)}
    skipped |= {id(key) for root in ast.walk(tree) if isinstance(root, ast.Dict) for key in root.keys}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in skipped)
    for text in texts:
        if isinstance(text.value, str) and SENTENCE.search(MARKUP.sub("", text.value)):
            yield text.value


def _is_told(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        return name in (*MARKS, *TOLD)
    return isinstance(node, ast.Raise | ast.Compare | ast.Subscript)


def _docstring(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
        first = node.body[0]
        assert isinstance(first, ast.Expr)
        yield first.value


def in_template(source: str) -> Iterator[str]:
    """The words of a template that are not marked: between its tags, in attributes that are read, in expressions."""
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    plain = "".join(node.data if isinstance(node, nodes.TemplateData) else "\0" for node in _output(tree))
    for text in (*SPOKEN.findall(plain), MARKUP.sub("\n", plain)):
        yield from (words for words in re.split(r"[\n\0]+", text) if WORD.search(words))
    marked = {id(part) for call in tree.find_all(nodes.Call) if _is_marked(call) for part in call.find_all(nodes.Const)}
    for const in tree.find_all(nodes.Const):
        if isinstance(const.value, str) and id(const) not in marked:
            words = MARKUP.sub("", const.value)
            if SENTENCE.search(words) or LABEL.fullmatch(words):
                yield const.value


def _is_marked(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name in MARKS


def _output(tree: nodes.Template) -> Iterator[nodes.Node]:
    """What a template writes, in its order, both sides of every condition."""
    for output in tree.find_all(nodes.Output):
        yield from output.nodes
