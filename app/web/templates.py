"""Jinja, once for each language: a text of ours in a template is a look into that language's table, not a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from types import CodeType
from typing import Any

from flask import templating
from jinja2 import BytecodeCache, Template, nodes
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup


class _Constants(NodeTransformer):
    """`_("...")` becomes `environment.phrases["..."]`; what has values to put into it stays a call."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the name Jinja calls
        """Change a call that translates nothing but a constant."""
        self.generic_visit(node)
        is_text = isinstance(node.node, nodes.Name) and node.node.name == "_" and not node.kwargs
        if not is_text or len(node.args) != 1 or not isinstance(node.args[0], nodes.Const):
            return node
        return nodes.Getitem(nodes.EnvironmentAttribute("phrases"), node.args[0], "load", lineno=node.lineno)


class _Generator(CodeGenerator):
    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        """Write the template's code, which is the same for all languages."""
        super().visit_Template(_Constants().visit(node), frame)


class Compiled(BytecodeCache):
    """Templates, compiled once for all languages of this process."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is known of this very source."""
        bucket.code = self.known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self.known[bucket.key, bucket.checksum] = bucket.code


class Environment(templating.Environment):
    """The application's own finds the template of the answer's language, in an overlay with its `phrases`."""

    code_generator_class = _Generator
    phrases: Mapping[str, Markup]
    of_this_answer: Callable[[], Environment]

    def get_or_select_template(self, *names: Any, **given: Any) -> Template:
        """What Flask renders."""
        return super(Environment, self.of_this_answer()).get_or_select_template(*names, **given)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """One plain dict: Jinja's ChainMap is asked for each name on every page."""
        return super().make_globals(d) if d else self.globals
