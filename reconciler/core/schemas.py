"""The JSON Schemas of the file formats, from wherever this package was installed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import ValidationError as ShapeError
from msgspec import convert

from .errors import InputError, Problem
from .messages import Said, Text
from .text import short

if TYPE_CHECKING:
    from jsonschema import ValidationError

T = TypeVar("T")

FILES = ("templates", "accounts", "lock", "library", "proposals", "trace")
DOCUMENTS = ("plan", "apply", "validate", "import", "doctor", "lint", "library")
NAMES = tuple(dict.fromkeys((*FILES, *DOCUMENTS)))


def text(name: str) -> str:
    """The schema as it stands in its file.

    A wheel carries the schemas inside the package, a checkout (and an editable install) beside it.
    """
    package = Path(__file__).parent.parent
    inside = package / "schemas" / f"{name}.schema.json"
    beside = package.parent / "schemas" / f"{name}.schema.json"
    return (inside if inside.is_file() else beside).read_text("utf-8")


def read(name: str, document: Any, shape: type[T], file: str, *, hint: Said, part: str | None = None) -> T:
    """A document that a machine wrote, as a value of a type that says what its schema does.

    The type is asked, which takes microseconds; the schema only says what is wrong. Raises InputError with
    every difference and the path to it.
    """
    try:
        return convert(document, shape)
    except ShapeError:
        check(name, document, file, hint=hint, part=part)
    return convert(_with_integers(document), shape)


def _with_integers(document: Any) -> Any:
    """The document with 1 for 1.0: to a JSON Schema that is an integer, too."""
    if isinstance(document, dict):
        return {key: _with_integers(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_with_integers(value) for value in document]
    return int(document) if isinstance(document, float) and document.is_integer() else document


def check(name: str, document: Any, file: str, *, hint: Said, part: str | None = None) -> None:
    """Hold a document that a machine wrote against its schema, or a `part` of that.

    Raises InputError with every difference and the path to it.
    """
    from jsonschema import Draft202012Validator  # noqa: PLC0415  (82 ms that only these files need)

    schema = json.loads(text(name))
    if part is not None:
        schema = {"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]}
    errors = sorted(Draft202012Validator(schema).iter_errors(document), key=lambda e: e.json_path)
    if errors:
        raise InputError([Problem(f"bad {name}", _cut(_said(e)), file, hint) for e in errors])


_LONG = re.compile(r"'[^']{63,}'|[^\s'\"]{65,}")
"""A value in quotes, or whatever has no blank in it, that is longer than what is repeated"""


def _said(error: ValidationError) -> Said:
    """What is wrong, and where; the words are jsonschema's, but for what is no object at all: that may be any
    file, and nothing of it is repeated."""
    if not isinstance(error.instance, dict) and not error.absolute_path:
        return Text("core.no-object")
    if error.validator == "required" and not error.absolute_path:
        return error.message.replace("is a required property", "is missing")
    found = repr(error.instance)
    return f"{error.json_path}: {error.message.replace(found, short(found))}"


def _cut(said: Said, limit: int = 200) -> Said:
    if isinstance(said, Text):
        return said
    message = _LONG.sub(lambda match: short(match[0]), said)
    return message if len(message) <= limit else message[:limit] + "…"
