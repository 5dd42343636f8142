"""Fields of replies that the dialects read alike. Pure; all raise CallError for another shape."""

from __future__ import annotations

from typing import Any

from ..model import LibraryKeyword, Live, Slot
from .wire import Request, bad_reply


def listed(request: Request, document: dict[str, Any], field: str) -> list[Any]:
    """The rows of a reply."""
    rows = document.get(field)
    if not isinstance(rows, list):
        raise bad_reply(request, f"the reply has no {field}")
    return rows


def fields(request: Request, row: Any, field: str) -> dict[str, Any]:
    """A row, which must be an object."""
    if not isinstance(row, dict):
        raise bad_reply(request, f"a row of {field} is no object")
    return row


def identifier(request: Request, document: dict[str, Any], field: str) -> str:
    """The id of a template, in a reply to an add."""
    template_id = document.get(field)
    if not isinstance(template_id, str) or not template_id.strip():
        raise bad_reply(request, f"the reply has no {field}")
    return template_id


def live(request: Request, row: dict[str, Any], field: str, slots: tuple[Slot, ...] | None) -> Live:
    """A template of the account, whose id stands in this field."""
    template_id, title = row.get(field), row.get("title")
    if not isinstance(template_id, str) or not template_id or not isinstance(title, str):
        raise bad_reply(request, f"a row of the list has no {field} or no title")
    return Live(template_id, title.strip(), slots)


def keyword(request: Request, row: dict[str, Any], field: str, rows: str) -> LibraryKeyword:
    """A keyword of a title, whose id stands in this field: a number, or its digits."""
    number, name, example = row.get(field), row.get("name"), row.get("example")
    if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 19:
        number = int(number)
    if not isinstance(number, int) or isinstance(number, bool) or not isinstance(name, str):
        raise bad_reply(request, f"a row of {rows} has no {field} or no name")
    return LibraryKeyword(number, name, example if isinstance(example, str) else "")
