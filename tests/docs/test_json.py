"""docs/json.md has every property of every document that a command prints as JSON, and no other."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
from jsonschema import Draft202012Validator

from reconciler.cli.document import BLANKS
from reconciler.core import schemas
from reconciler.plan import planfile

from ..shapes import tight
from ..tools import CommandLine
from .blocks import ROOT, blocks_of, commands_of
from .tables import sections, tables

PAGES = ["json.md", "json.zh.md"]
PARTS = {
    "plan": ("plan", None),
    "apply": ("apply", None),
    "validate": ("validate", None),
    "import": ("import", None),
    "doctor": ("doctor", None),
    "lint": ("lint", "report"),
    "lint-explain": ("lint", "rules"),
    "library-search": ("library", "search"),
    "library-show": ("library", "show"),
    "library-pull": ("library", "pull"),
    "library-file": ("library", "file"),
}
"""The sections, each with its schema, and which part of that it is about"""

WORDS = {
    "json.md": {
        "string": "string",
        "integer": "integer",
        "number": "number",
        "boolean": "boolean",
        "array": "list",
        "object": "object",
        "null": " or null",
        "absent": ", may be absent",
    },
    "json.zh.md": {
        "string": "字符串",
        "integer": "整数",
        "number": "数字",
        "boolean": "布尔值",
        "array": "列表",
        "object": "对象",
        "null": "或 null",
        "absent": "，可能没有",
    },
}


class Property(NamedTuple):
    """A property of a schema: its path from the document's top, and what it is like."""

    path: str
    kinds: tuple[str, ...]
    absent: bool
    """it may be left out"""
    words: frozenset[str]
    """values and keys that the schema names"""

    def shape(self, page: str) -> str:
        """As the pages say it."""
        words = WORDS[page]
        kind = next(words[kind] for kind in self.kinds if kind != "null")
        return kind + words["null"] * ("null" in self.kinds) + words["absent"] * self.absent


# ------------------------------------------------------------------ schemas


def properties(name: str, part: str | None) -> dict[str, Property]:
    """All properties of a document, by their paths."""
    schema = json.loads(schemas.text(name))
    top = schema if part is None else schema["$defs"][part]
    return {one.path: one for one in _walked(top, schema["$defs"], "")}


def _walked(schema: dict[str, Any], defs: dict[str, Any], before: str) -> Iterator[Property]:
    for name, given in schema.get("properties", {}).items():
        one = _resolved(given, defs)
        path = f"{before}{name}"
        words = {value for value in one.get("enum", ()) if isinstance(value, str)}
        if "properties" not in one:
            words |= set(one.get("required", ()))
        yield Property(path, _kinds(one), name not in schema["required"], frozenset(words))
        yield from _walked(one, defs, f"{path}.")
        if "items" in one:
            yield from _walked(_resolved(one["items"], defs), defs, f"{path}[].")


def _resolved(schema: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    return {**_resolved(defs[schema["$ref"].rpartition("/")[2]], defs), **schema}


def _kinds(schema: dict[str, Any]) -> tuple[str, ...]:
    if "const" in schema:
        return ("integer",)
    if "enum" in schema:
        return ("string",)
    kinds = schema["type"]
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)


def test_every_schema_of_a_document_has_a_section() -> None:
    assert {name for name, _ in PARTS.values()} == set(schemas.DOCUMENTS)
    defs = json.loads(schemas.text("library"))["anyOf"], json.loads(schemas.text("lint"))["anyOf"]
    parts = {one["$ref"].rpartition("/")[2] for some in defs for one in some}
    assert {part for _, part in PARTS.values() if part} == parts


# ------------------------------------------------------------------ pages


def told(page: str, section: str) -> dict[str, tuple[str, str]]:
    """The properties of a section's tables, by their paths: shape and meaning. A head says whose they are."""
    found: dict[str, tuple[str, str]] = {}
    for head, _, *rows in tables(sections(page)[section]):
        whose = re.fullmatch(r"`(.*)`", head[0])
        before = f"{whose[1]}." if whose else ""
        if whose or len(head) == 3:
            found |= {before + row[0].strip("`"): (row[1], row[2]) for row in rows}
    return found


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("section", PARTS)
def test_every_property_stands_in_its_section_and_no_other(section: str, page: str) -> None:
    known = properties(*PARTS[section])
    common = {} if section == "library-file" else told(page, "every")
    before = told(page, "plan") if section == "apply" else {}
    titles = told(page, "library-title") if section.startswith("library") else {}
    reached = {path: row for path, row in titles.items() if path in known}
    rows = {**before, **common, **reached, **told(page, section)}
    assert list(rows.keys() - known.keys()) == []
    assert list(known.keys() - rows.keys()) == []
    assert {path: row[0] for path, row in rows.items()} == {
        path: one.shape(page) for path, one in known.items()
    }
    for path, (_, meaning) in rows.items():
        assert meaning, path
        assert {word for word in known[path].words if f"`{word}`" not in meaning} == set(), path


def told_words(page: str, section: str, column: int = 0) -> list[str]:
    """What stands as code in a column of a section's first table."""
    _, _, *rows = next(tables(sections(page)[section]))
    return [word for row in rows for word in re.findall("`([^`]+)`", row[column])]


@pytest.mark.parametrize("page", PAGES)
def test_every_outcome_stands_there_and_no_other(page: str) -> None:
    assert told_words(page, "outcomes") == list(get_args(planfile.Outcome))


# ------------------------------------------------------------------ codes, as the source has them


def trees(*folders: str) -> Iterator[ast.AST]:
    for folder in folders:
        for path in (ROOT / "reconciler" / folder).rglob("*.py"):
            yield ast.parse(path.read_text("utf-8"))


def constants(node: ast.AST | None) -> set[str]:
    found = ast.walk(node) if node is not None else ()
    return {one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node


def test_every_warning_stands_there_and_no_other() -> None:
    """Those of an import are told as words, not as rows."""
    codes = set[str]()
    for tree in trees("plan", "apply", "app"):
        whole = {name.id: node.value for node in ast.walk(tree) if isinstance(node, ast.Assign)
                 for name in node.targets if isinstance(name, ast.Name)}  # fmt: skip
        for call in calls(tree, "Caveat"):
            first = call.args[0]
            codes |= constants(whole[first.id] if isinstance(first, ast.Name) else first)
    of_imports = set[str]()
    for tree in trees("app/importing"):
        for call in calls(tree, "Caveat"):
            of_imports |= constants(call.args[0])
    of_imports -= {"ambiguous keyword"}  # a plan's, too
    for page in PAGES:
        assert told_words(page, "warnings") == sorted(codes - of_imports)


def test_every_reason_stands_there_and_no_other() -> None:
    tree = ast.parse((ROOT / "reconciler" / "plan" / "decide.py").read_text("utf-8"))
    reasons, details = set[str](), set[str]()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == "reason"
        ):
            reasons |= constants(node.value)
        if isinstance(node, ast.FunctionDef) and node.name in ("_reason", "_why_forgotten"):
            for one in ast.walk(node):
                reasons |= constants(one.value) if isinstance(one, ast.Return) else set()
        if isinstance(node, ast.FunctionDef) and node.name == "_differences":
            for one in ast.walk(node):
                details |= set[str]().union(*map(constants, one.keys)) if isinstance(one, ast.Dict) else set()
    for call in calls(tree, "Add", "Delete", "Retire", "Forget", "kind"):
        reasons |= constants(call.args[1]) if isinstance(call.args[1], ast.Constant) else set()
    for call in calls(tree, "Update"):
        details |= constants(call.args[1]) if isinstance(call.args[1], ast.Tuple) else set()
    for page in PAGES:
        assert {*told_words(page, "reasons")} == reasons | {", "}
        assert {*re.findall("`([^`]+)`", next(tables(sections(page)["reasons"]))[-1][2])} == details


# ------------------------------------------------------------------ examples


def examples(page: str) -> Iterator[tuple[str, str, str]]:
    """The documents that a page shows, with the commands that print them."""
    for block in blocks_of(ROOT / "docs" / page):
        if block.language == "json":
            yield block.place, "plan", block.text
        if block.language == "console":
            for command, output in commands_of(block.text):
                yield block.place, command.split(" ")[1], output


@pytest.mark.parametrize("page", PAGES)
def test_every_example_holds_to_its_schema(page: str) -> None:
    shown = list(examples(page))
    assert {command for _, command, _ in shown} == {"plan", "validate", "lint"}
    for place, command, text in shown:
        validator = Draft202012Validator(tight(json.loads(schemas.text(command))))
        assert [one.message for one in validator.iter_errors(json.loads(text))] == [], place


# ------------------------------------------------------------------ documents without a schema


def keys(value: Any, before: str = "") -> set[str]:
    """The paths of a document, but for what is below `body` and `data`."""
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, below in value.items():
        found.add(f"{before}{key}")
        if isinstance(below, list):
            found |= {path for row in below for path in keys(row, f"{before}{key}[].")}
    return found


def test_what_has_no_schema_is_as_it_is_told(reconciler: CommandLine) -> None:
    yaml = "version: 1\ntemplates:\n  paid: {id: AT0002, keywords: [购买地点]}\n"
    Path("templates.yaml").write_text(yaml, "utf-8")
    assert reconciler("apply", "--sandbox", "--yes").code == 0
    send = ("send", "paid", "--to", "oUser", "--form-id", "F", "--set", "购买地点=上海", "--sandbox")
    made = {
        "send": [BLANKS["send"]]
        + [reconciler(*send, *more, "--format", "json").json for more in ((), ("--dry-run",))],
        "sandbox-messages": [reconciler("sandbox", "messages", "--format", "json").json],
        "sandbox-serve": [BLANKS["sandbox serve"], reconciler("sandbox", "reset", "--format", "json").json],
    }
    always = set[str].intersection(*map(keys, made["send"]))
    for page in PAGES:
        for section, documents in made.items():
            known = set[str]().union(*map(keys, documents)) - {"version", "errors"}
            assert told(page, section).keys() == known
        for path, (shape, _) in told(page, "send").items():
            assert (WORDS[page]["absent"] in shape) == (path not in always), path
