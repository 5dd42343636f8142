"""How two values differ, for people: the only room that knows deepdiff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct


class KeywordDiff(Struct, frozen=True):
    """What a replacement does to the keywords. `moved` names those that stand elsewhere among the others."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    moved: tuple[str, ...]


def keywords(old: Sequence[str], new: Sequence[str]) -> KeywordDiff:
    """Compare two ordered lists of distinct names.

    Positions are compared among the names that both have, so that one insertion moves nothing. (DeepDiff's
    own `ignore_order` would call two swapped names equal.)
    """
    from deepdiff import DeepDiff  # noqa: PLC0415  (84 ms that only a replacement needs)

    both = set(old) & set(new)
    delta = DeepDiff(
        _positions(old, both), _positions(new, both), verbose_level=1, threshold_to_diff_deeper=0
    )
    moved = {path[0] for path in _paths(delta.tree.get("values_changed", ()))}
    return KeywordDiff(
        added=tuple(name for name in new if name not in both),
        removed=tuple(name for name in old if name not in both),
        moved=tuple(name for name in new if name in moved),
    )


def _positions(names: Sequence[str], both: set[str]) -> dict[str, int]:
    return {name: index for index, name in enumerate(name for name in names if name in both)}


def _paths(levels: Any) -> list[list[Any]]:
    return [level.path(output_format="list") for level in levels]
