"""The codes that the program can give, as its source says them: of problems, of warnings, and of refusals."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parents[2] / "reconciler"

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Sink(NamedTuple):
    """What says one of its arguments as a code."""

    kind: str
    at: int | None
    """its place; None for a parameter that is given by name only"""
    name: str


KINDS = (Sink("Problem", 0, "code"), Sink("Caveat", 0, "code"), Sink("Refusal", 0, "guard"))


class Call(NamedTuple):
    """A call, the file that it stands in, and the functions around it, the outermost first."""

    file: str
    node: ast.Call
    within: tuple[Function, ...]

    @property
    def name(self) -> str:
        """What is called."""
        function = self.node.func
        if isinstance(function, ast.Name):
            return function.id
        return function.attr if isinstance(function, ast.Attribute) else ""

    def given(self, sink: Sink) -> ast.expr | None:
        """The code that is given; None where this is another function of the same name."""
        if sink.at is not None and len(self.node.args) > sink.at:
            return self.node.args[sink.at]
        return next((word.value for word in self.node.keywords if word.arg == sink.name), None)

    def passing(self, name: str) -> tuple[str, int | None] | None:
        """The function around it that has this parameter, and its place there, if it is one that all callers
        can be told of: with a name of its module's own, or a parameter that is given by name."""
        for function in reversed(self.within):
            placed = [one.arg for one in function.args.args if one.arg not in ("self", "cls")]
            if name in placed and function.name.startswith("_"):
                return function.name, placed.index(name)
            if name in (one.arg for one in function.args.kwonlyargs):
                return function.name, None
        return None


class Codes:
    """All codes, by what says them, and expressions that do not tell what they give. (The sandbox's codes are
    WeChat's.)"""

    def __init__(self) -> None:
        self.said = defaultdict[str, set[str]](set)
        self.unsaid: set[tuple[str, str]] = set()
        self._constants: dict[tuple[str, str], str] = {}
        self._sinks = defaultdict[str, set[Sink]](set, {one.kind: {one} for one in KINDS})
        calls: list[Call] = []
        for path in sorted(PACKAGE.rglob("*.py")):
            file = path.relative_to(PACKAGE).as_posix()
            if not file.startswith("sandbox/"):
                module = ast.parse(path.read_text("utf-8"))
                self._constants |= {(file, name): text for name, text in _constants(module)}
                calls += _calls(file, module, ())
        known = 0
        while known < (known := sum(map(len, self._sinks.values()))):  # until all are known who pass one on
            for call in calls:
                for sink in tuple(self._sinks.get(call.name, ())):
                    self._judge(call, sink, call.given(sink))

    def _judge(self, call: Call, sink: Sink, given: ast.expr | None) -> None:
        match given:
            case None:
                pass
            case ast.Constant(value=str(text)):
                self.said[sink.kind].add(text)
            case ast.IfExp(body=one, orelse=other):
                self._judge(call, sink, one)
                self._judge(call, sink, other)
            case ast.Name(id=name) if (call.file, name) in self._constants:
                self.said[sink.kind].add(self._constants[call.file, name])
            case ast.Name(id=name) if (through := call.passing(name)) is not None:
                self._sinks[through[0]].add(Sink(sink.kind, through[1], name))
            case _:
                self.unsaid.add((call.file, ast.unparse(given)))


def _constants(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in module.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                yield name, text


def _calls(file: str, node: ast.AST, within: tuple[Function, ...]) -> Iterator[Call]:
    if isinstance(node, Function):
        within = (*within, node)
    if isinstance(node, ast.Call):
        yield Call(file, node, within)
    for child in ast.iter_child_nodes(node):
        yield from _calls(file, child, within)
