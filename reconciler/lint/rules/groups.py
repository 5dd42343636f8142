"""The rules 3.1 to 3.3: what wx.requestSubscribeMessage does with the templates of a group. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...core.messages import Text
from ...core.model import Group
from ...library.search import fold
from ..findings import Finding, found
from ..subjects import Subject

MOST = 5
_ONCE, _LONG = 2, 3
"""Types of titles: one message a consent, or many (wechat-api.md §2)"""


def check(group: Group, subjects: Mapping[str, Subject]) -> Iterator[Finding]:
    """Check a group; the subjects are those of templates.yaml, by name."""
    members = [subjects[name] for name in group.templates]
    yield from _size(group)
    yield from _titles(group, members)
    yield from _types(group, members)


def _size(group: Group) -> Iterator[Finding]:
    if (count := len(group.templates)) > MOST:
        text = Text("lint.group-count", group=group.name, count=count, most=MOST)
        yield _found("3.1", text, Text("lint.split-group", count=count - MOST), group)


def _titles(group: Group, members: Sequence[Subject]) -> Iterator[Finding]:
    seen: dict[tuple[str, str | None], int] = {}
    for at, one in enumerate(members):
        marks = [("id", one.id)] + ([("title", fold(one.title))] if one.title else [])
        first = min(seen.setdefault(mark, at) for mark in marks)
        twin = members[first] if first < at else None
        if twin is not None:
            title = one.title or twin.title or Text("lint.title-of-id", id=str(one.id))
            text = Text(
                "lint.group-same-title", group=group.name, one=twin.called, other=one.called, title=title
            )
            yield _found("3.2", text, Text("lint.ask-apart"), group)


def _types(group: Group, members: Sequence[Subject]) -> Iterator[Finding]:
    once, long = (tuple(one.called for one in members if one.type == type_) for type_ in (_ONCE, _LONG))
    if once and long:
        text = Text("lint.mixed-types", group=group.name, once=once, long=long)
        yield _found("3.3", text, Text("lint.two-calls"), group)


def _found(number: str, text: Text, advice: Text, group: Group) -> Finding:
    place = group.place
    assert place is not None, "a group that was read has its place"
    return found(number, text, advice, place, place)
