"""Lists as they are told: the first of what there is, and how many more."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.messages import Said, Text

MOST = 10
"""So many are told"""


def some(names: Sequence[str]) -> tuple[str, ...] | Text:
    """Names or ids: "A, B, C and 3 more"."""
    if len(names) <= MOST:
        return tuple(names)
    return Text("plan.and-more", named=tuple(names[:MOST]), count=len(names) - MOST)


def chain(facts: Sequence[Said]) -> Said:
    """Facts, one or more: "this; that; and 3 more"."""
    told = [*facts[:MOST], *([Text("plan.more", count=len(facts) - MOST)] if len(facts) > MOST else [])]
    said = told[-1]
    for fact in reversed(told[:-1]):
        said = Text("plan.then", first=fact, rest=said)
    return said
