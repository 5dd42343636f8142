"""One JSON document, piece by piece: thousands of accounts need not be in memory for it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from textwrap import indent
from typing import Any

from ..core.text import harmless


def opened(head: Mapping[str, Any]) -> str:
    """The document's first fields; more may follow, each with its comma."""
    return harmless(json.dumps(head, ensure_ascii=False, indent=2)).removesuffix("\n}")


def text(row: Any) -> str:
    """A value, as `put` takes it."""
    return harmless(json.dumps(row, ensure_ascii=False, indent=2))


def listed(name: str, rows: Iterator[Any]) -> Iterator[str]:
    """A field that is a list."""
    return put(name, map(text, rows))


def put(name: str, texts: Iterator[str]) -> Iterator[str]:
    """A field that is a list, from the texts of its values."""
    yield f',\n  "{name}": ['
    first = True
    for one in texts:
        yield ("\n" if first else ",\n") + indent(one, "    ")
        first = False
    yield "]" if first else "\n  ]"


def numbers(fields: Mapping[str, int]) -> Iterator[str]:
    """Fields that are numbers."""
    yield from (f',\n  "{name}": {number}' for name, number in fields.items())


CLOSED = "\n}\n"
