"""What a JSON document must be like, whichever command printed it: the schemas, drawn tight.

The schemas let readers meet fields that they don't know. Here nothing is printed that no schema tells of.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from reconciler.core import schemas


def tight(schema: Any) -> Any:
    """The same schema, that knows no field beside its own."""
    if isinstance(schema, list):
        return [tight(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    drawn = {key: tight(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        drawn.setdefault("additionalProperties", False)
    return drawn


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(tight(json.loads(schemas.text(name))))


def fits(command: str, text: str) -> Any:
    """The one document that a command has printed, which holds to its schema, if it has one."""
    made = json.loads(text, parse_constant=_no_json)
    name = command.partition(" ")[0]
    if name in schemas.DOCUMENTS:
        assert [f"{one.json_path}: {one.message}" for one in _validator(name).iter_errors(made)] == []
    if name != "schema":
        assert next(iter(made)) == "version"
        for row in made["errors"]:
            assert list(row) == ["account", "code", "message", "where", "hint"]
    return made


def _no_json(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")
