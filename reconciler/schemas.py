"""The JSON Schemas of the file formats, from wherever this package was installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .errors import InputError, Problem

NAMES = ("templates", "lock", "plan", "library", "proposals")


def text(name: str) -> str:
    """The schema as it stands in its file.

    A wheel carries the schemas inside the package, a checkout (and an editable install) beside it.
    """
    here = Path(__file__).parent
    inside = here / "schemas" / f"{name}.schema.json"
    beside = here.parent / "schemas" / f"{name}.schema.json"
    return (inside if inside.is_file() else beside).read_text("utf-8")


def check(name: str, document: Any, file: str, *, hint: str) -> None:
    """Hold a document that a machine wrote against its schema.

    Raises InputError with every difference and the path to it.
    """
    from jsonschema import Draft202012Validator  # noqa: PLC0415  (82 ms that only these files need)

    errors = sorted(
        Draft202012Validator(json.loads(text(name))).iter_errors(document), key=lambda e: e.json_path
    )
    if errors:
        raise InputError(
            [Problem(f"bad {name}", f"{e.json_path}: {_short(e.message)}", file, hint) for e in errors]
        )


def _short(message: str, limit: int = 200) -> str:
    return message if len(message) <= limit else message[:limit] + "…"
