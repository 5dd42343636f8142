"""Names for templates from their titles: the room that knows pypinyin. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from pypinyin import lazy_pinyin

from ...desired.fields import MAX_NAME
from ...library.search import stem

_PART = re.compile("[a-z0-9]+")


def name_of(title: str, taken: Collection[str]) -> str:
    """A name that is not taken: the title's sound without its ending, with it, or with a number.

    >>> name_of("购买成功通知", ()), name_of("购买成功通知", {"gou_mai_cheng_gong"})
    ('gou_mai_cheng_gong', 'gou_mai_cheng_gong_tong_zhi')
    """
    return next(name for name in _proposals(title) if name not in taken)


def numbered(name: str, taken: Collection[str]) -> str:
    """The name, or the first of name_2, name_3, … that is not taken."""
    return next(one for one in _numbered(name) if one not in taken)


def _proposals(title: str) -> Iterator[str]:
    short = _sound(stem(title.strip()))
    yield short
    yield _sound(title)
    yield from _numbered(short)


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{_cut(name, MAX_NAME - len(str(number)) - 1)}_{number}"
        number += 1


def _sound(text: str) -> str:
    """The syllables of Chinese and the words of the rest, as a name may be written."""
    parts = _PART.findall("_".join(lazy_pinyin(text)).lower())
    name = "_".join(parts)
    return _cut(name if name[:1].isalpha() else f"t_{name}".rstrip("_"), MAX_NAME)


def _cut(name: str, most: int) -> str:
    """At most so long, and no syllable in pieces where that can be."""
    if len(name) <= most:
        return name
    whole = name[: most + 1].rpartition("_")[0]
    return (whole or name[:most]).rstrip("_")
