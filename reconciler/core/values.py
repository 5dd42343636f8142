"""What values are made of: frozen structs, which are equal where their fields are.

They are msgspec's, since Python's own dataclasses are compiled when a module is loaded: sixty of them took
longer than all else that a plan with nothing to do loads of ours.
"""

from __future__ import annotations

from msgspec import Struct


class Placed(Struct, frozen=True):
    """A value that was read from a file. Its places are no part of what it says: they are not compared."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash(self._said())

    def _said(self) -> tuple[object, ...]:
        fields = (name for name in self.__struct_fields__ if not name.endswith(("place", "where")))
        return tuple(getattr(self, name) for name in fields)


class Discreet(Struct, frozen=True):
    """A value that may hold secrets: a traceback or a log shows its type alone."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"
