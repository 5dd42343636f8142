"""The rules 3.1 to 3.3: what wx.requestSubscribeMessage does with the templates of a group. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...core.model import Group
from ...library.search import fold
from ..findings import Finding, found
from ..subjects import Subject

MOST = 5
_TYPES = {2: "one-time", 3: "long-term"}


def check(group: Group, subjects: Mapping[str, Subject]) -> Iterator[Finding]:
    """All that is to be said of a group; the subjects are those of templates.yaml, by name."""
    members = [subjects[name] for name in group.templates]
    yield from _size(group)
    yield from _titles(group, members)
    yield from _types(group, members)


def _size(group: Group) -> Iterator[Finding]:
    if (count := len(group.templates)) > MOST:
        message = f"group {group.name}: {count} templates; one call takes at most {MOST}"
        yield _found("3.1", message, f"remove {count - MOST}, or ask in two calls", group)


def _titles(group: Group, members: Sequence[Subject]) -> Iterator[Finding]:
    seen: dict[tuple[str, str | None], int] = {}
    for at, one in enumerate(members):
        marks = [("id", one.id)] + ([("title", fold(one.title))] if one.title else [])
        first = min(seen.setdefault(mark, at) for mark in marks)
        twin = members[first] if first < at else None
        if twin is not None:
            title = one.title or twin.title or f"that of {one.id}"
            message = f"group {group.name}: {twin.name} and {one.name} have the same title, {title}"
            yield _found(
                "3.2", message, "ask for one of them in another call: WeChat drops the second", group
            )


def _types(group: Group, members: Sequence[Subject]) -> Iterator[Finding]:
    named = {kind: [one.called for one in members if one.type == kind] for kind in _TYPES}
    if all(named.values()):
        told = ", ".join(f"{word} {', '.join(named[kind])}" for kind, word in _TYPES.items())
        message = f"group {group.name}: one-time and long-term templates together: {told}"
        yield _found("3.3", message, "ask for them in two calls: WeChat refuses the mix", group)


def _found(number: str, message: str, hint: str, group: Group) -> Finding:
    place = group.place
    assert place is not None, "a group that was read has its place"
    return found(number, message, hint, place, place)
