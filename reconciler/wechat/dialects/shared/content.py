"""The `content` of a live template -> its keywords. Pure (wechat-api.md §1, `content`, and §7).

Two rules hold at once. The old one: names may hold colons and braces of their own, so that the last
`{{….DATA}}` of a line is its placeholder. The newer one: a line may hold several. Both hold if a placeholder
is nothing but `{{`, a key without braces, `.DATA`, and `}}`: all other braces belong to names, all that
looks like a placeholder is one, and what is a placeholder only half makes the whole content unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from ....core.model import Slot, bare

_BRACED = re.compile(r"\{\{([^{}]*)\}\}")
_DATA = re.compile(r"\.\s*DATA")
_ANY_DATA = re.compile(_DATA.pattern, re.IGNORECASE)
_BREAK = re.compile(r"\r\n|\n|\r")
_MAX_LINE = 2000
"""Far above what a template holds in a line: what is longer is not a template's content."""


class _UnreadableError(ValueError):
    """This is not the content of a template, or of none that is known."""


def parse(content: object, *, nameless: Collection[str] = ()) -> tuple[Slot, ...] | None:
    """The slots of a template in order, or None where its content can't be read as such.

    A keyword is named by the text between its placeholder and the one before, or the line's begin, and by
    its key where there is no such text. `nameless` are keys (in small letters; here in any) that are no
    keyword's if they have no name. Lines of fixed text may open and close the content.

    >>> parse("购买地点{{keyword1.DATA}}\\n购买时间：{{ keyword2.DATA }}")
    (Slot(name='购买地点', key='keyword1'), Slot(name='购买时间：', key='keyword2'))
    >>> parse("{{kind.DATA}}地点：{{place.DATA}}")
    (Slot(name='kind', key='kind'), Slot(name='地点：', key='place'))
    """
    if not isinstance(content, str):
        return None
    lines = [line.strip() for line in _BREAK.split(content) if line.strip()]
    try:
        slots = [list(_slots(line)) for line in lines]
    except _UnreadableError:
        return None
    if not all(_without_fixed_ends(slots)):
        return None
    return tuple(_named(one) for line in slots for one in line if not _is_nameless(one, nameless)) or None


def _slots(line: str) -> Iterator[Slot]:
    """The slots of a line, in order, none where its text is fixed; names as they stand there, or empty."""
    if len(line) > _MAX_LINE:
        raise _UnreadableError
    end = 0
    for match in _BRACED.finditer(line):
        if key := _key(match[1]):
            yield Slot(_name(line[end : match.start()]), key)
            end = match.end()
    rest = line[end:]
    if rest.strip("}") if end else ("{{" in rest or "}}" in rest or _is_half(rest)):
        raise _UnreadableError


def _key(inner: str) -> str:
    """What stands before `.DATA` between the braces, as it is; nothing where they hold no placeholder."""
    match = _DATA.search(inner)
    return inner[: match.start()].strip() if match else ""


def _name(text: str) -> str:
    """What stands before a placeholder. Braces alone are no name, and half a placeholder is part of none."""
    if _is_half(text):
        raise _UnreadableError
    return text.strip() if text.strip("{} \t") else ""


def _is_half(text: str) -> bool:
    return ("{" in text or "}" in text) and _ANY_DATA.search(text) is not None


def _without_fixed_ends(lines: list[list[Slot]]) -> list[list[Slot]]:
    """The lines from the first that has a placeholder to the last."""
    having = [at for at, slots in enumerate(lines) if slots]
    return lines[having[0] : having[-1] + 1] if having else []


def _is_nameless(slot: Slot, nameless: Collection[str]) -> bool:
    return not bare(slot.name) and slot.key.casefold() in nameless


def _named(slot: Slot) -> Slot:
    return slot if bare(slot.name) else Slot(slot.key, slot.key)
