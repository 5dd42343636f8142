"""Fields of replies that the dialects read alike. Pure; all raise CallError for another shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from ....core.messages import Said, Text
from ....core.model import LibraryKeyword, Live, Slot, Title, Value, bare
from ...wire import Request, bad_reply
from .values import limit_of, named_rule

MAX_ID, MAX_TITLE = 512, 1000
"""Characters; of real ones 43, and some twenty"""


class TitlesPage(NamedTuple):
    """A page of the library: titles without their keywords, and how many there are in all."""

    titles: tuple[Title, ...]
    total: int


def listed(request: Request, document: dict[str, Any], field: str) -> list[Any]:
    """The rows of a reply, as its field holds them."""
    rows = document.get(field)
    if not isinstance(rows, list):
        raise bad_reply(request, Text("wechat.lacks-field", field=field))
    return rows


def fields(request: Request, row: Any, field: Said) -> dict[str, Any]:
    """Check that a row is an object, and return it."""
    if not isinstance(row, dict):
        raise bad_reply(request, Text("wechat.row-no-object", rows=field))
    return row


def identifier(request: Request, document: dict[str, Any], field: str) -> str:
    """The id of a template, in a reply to an add."""
    template_id = document.get(field)
    if not isinstance(template_id, str) or not template_id.strip() or len(template_id) > MAX_ID:
        raise bad_reply(request, Text("wechat.lacks-field", field=field))
    return template_id


def live(request: Request, row: dict[str, Any], field: str, slots: tuple[Slot, ...] | None) -> Live:
    """A template of the account, whose id stands in this field."""
    template_id, title = row.get(field), row.get("title")
    if not isinstance(template_id, str) or not template_id or not isinstance(title, str):
        raise bad_reply(request, Text("wechat.list-row-lacks", field=field))
    if len(template_id) > MAX_ID or len(title) > MAX_TITLE:
        raise bad_reply(request, Text("wechat.list-row-too-long", field=field))
    return Live(template_id, title.strip(), slots)


def ruled(
    slots: tuple[Slot, ...] | None, values: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Slot, ...] | None:
    """Add to slots what their values must be like, by the rule in their keys; `values` are those of
    enumerations, by key."""
    return None if slots is None else tuple(_ruled(slot, values or {}) for slot in slots)


def _ruled(slot: Slot, values: Mapping[str, tuple[str, ...]]) -> Slot:
    rule = named_rule(slot.key)
    if rule is None:
        return slot
    choice = values.get(slot.key) if rule.startswith("enum") else None
    return replace(slot, rule=rule, limit=limit_of(rule), values=choice)


def enumerations(row: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The values of enumerations, by key (wechat-api.md §2, keywordEnumValueList). A row of another shape is
    passed over, and is no error."""
    found: dict[str, tuple[str, ...]] = {}
    listed = row.get("keywordEnumValueList")
    for one in listed if isinstance(listed, list) else ():
        code, values = (one.get("keywordCode"), one.get("enumValueList")) if isinstance(one, dict) else (0, 0)
        if isinstance(code, str) and isinstance(values, list) and all(isinstance(v, str) for v in values):
            found[code.strip("{} ").removesuffix(".DATA").strip()] = tuple(values)
    return {key: values for key, values in found.items() if values}


def keywords(request: Request, found: list[Any], field: str, rows: str) -> tuple[LibraryKeyword, ...]:
    """The keywords of a title, whose ids stand in this field. One without a name can't be chosen."""
    each = (_keyword(request, fields(request, row, rows), field, rows) for row in found)
    return tuple(one for one in each if bare(one.name))


def _keyword(request: Request, row: dict[str, Any], field: str, rows: str) -> LibraryKeyword:
    """Read a keyword; its id is a number, or its digits as text."""
    number, name, example = row.get(field), row.get("name"), row.get("example")
    if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 19:
        number = int(number)
    if not isinstance(number, int) or isinstance(number, bool) or not isinstance(name, str):
        raise bad_reply(request, Text("wechat.keyword-row-lacks", rows=rows, field=field))
    rule = row.get("rule")
    return LibraryKeyword(
        number,
        name,
        example if isinstance(example, str) else "",
        rule if isinstance(rule, str) and rule else None,
    )


def data(values: Mapping[str, Value]) -> dict[str, dict[str, str]]:
    """The values of a message, as every dialect takes them."""
    return {key: _value(value) for key, value in values.items()}


def _value(value: Value) -> dict[str, str]:
    return {"value": value.text} if value.color is None else {"value": value.text, "color": value.color}


def titles_page(
    request: Request, document: dict[str, Any], *, rows: str, id_field: str, total: str
) -> TitlesPage:
    """A page of the library: its rows, what their ids stand in, and where the total does."""
    count = document.get(total)
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise bad_reply(request, Text("wechat.lacks-field", field=total))
    each = (fields(request, row, rows) for row in listed(request, document, rows))
    return TitlesPage(tuple(_title(request, row, id_field, rows) for row in each), count)


def _title(request: Request, row: dict[str, Any], field: str, rows: str) -> Title:
    """Read a title; its id, which some dialects send as a number, becomes text (wechat-api.md §2)."""
    id_, title, kind = row.get(field), row.get("title"), row.get("type")
    if isinstance(id_, int) and not isinstance(id_, bool):
        id_ = str(id_)
    if not isinstance(id_, str) or not id_ or not isinstance(title, str) or not title.strip():
        raise bad_reply(request, Text("wechat.title-row-lacks", rows=rows, field=field))
    if len(id_) > MAX_ID or len(title) > MAX_TITLE:
        raise bad_reply(request, Text("wechat.title-row-too-long", rows=rows, field=field))
    return Title(id_, title.strip(), None, kind if type(kind) is int else None)
