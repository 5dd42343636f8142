"""The `content` of a live template -> its keywords. Pure (wechat-api.md §1, `content`)."""

from __future__ import annotations

import re
from collections.abc import Collection

from ..model import Slot

_KEY = re.compile(r"\s*(?P<key>\S.*?)\s*\.\s*DATA")
_BREAK = re.compile(r"\r\n|\n|\r")
_MAX_LINE = 1000
"""Far above what a keyword's line holds: what is longer is not a template's content."""


def parse(content: object, *, nameless: Collection[str] = ()) -> tuple[Slot, ...] | None:
    """The slots of a template in order, or None where its content can't be read as such.

    `nameless` are keys whose lines need no name, and are no keyword's.

    >>> parse("购买地点{{keyword1.DATA}}\\n购买时间：{{ keyword2.DATA }}")
    (Slot(name='购买地点', key='keyword1'), Slot(name='购买时间：', key='keyword2'))
    """
    if not isinstance(content, str):
        return None
    slots = []
    for line in _BREAK.split(content):
        if not line.strip():
            continue
        slot = _slot(line.strip()) if len(line) <= _MAX_LINE else None
        if slot is None or not (slot.name or slot.key in nameless):
            return None
        if slot.name:
            slots.append(slot)
    return tuple(slots) or None


def _slot(line: str) -> Slot | None:
    """The last {{….DATA}} of a line is the placeholder: names may hold colons and braces of their own."""
    name, opening, rest = line.rpartition("{{")
    inner, closing, tail = rest.rpartition("}}")
    match = _KEY.match(inner)
    if not (opening and closing and match) or tail.strip("}"):
        return None
    return Slot(name.strip(), match["key"])
