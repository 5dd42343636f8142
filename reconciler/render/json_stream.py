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


def listed(name: str, rows: Iterator[Any]) -> Iterator[str]:
    """A field that is a list."""
    yield f',\n  "{name}": ['
    first = True
    for row in rows:
        text = harmless(json.dumps(row, ensure_ascii=False, indent=2))
        yield ("\n" if first else ",\n") + indent(text, "    ")
        first = False
    yield "]" if first else "\n  ]"


def numbers(fields: Mapping[str, int]) -> Iterator[str]:
    """Fields that are numbers."""
    yield from (f',\n  "{name}": {number}' for name, number in fields.items())


CLOSED = "\n}\n"
