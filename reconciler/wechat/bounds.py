"""How much a list may hold as a whole, however many replies it comes in. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.model import Live, Title
from .wire import Request, bad_reply

MOST_ROWS = 10_000
"""Far more than any account may have templates, or the library titles"""
MOST_TEXT = 3 << 20
"""Characters of names, ids and titles, and `SLOT` for each keyword: what memory holds of a list"""
SLOT = 16


class Bounds:
    """Counts what comes in. All raise CallError once it is too much."""

    def __init__(self, what: str, rows: str) -> None:
        """What is counted, as errors call it: the list, and its rows."""
        self._what, self._called = what, rows
        self._rows = self._text = 0

    def take(self, request: Request, rows: Sequence[Live | Title]) -> None:
        """So many more rows."""
        self._rows += len(rows)
        self._text += sum(_size(one) for one in rows)
        self.check(request)

    def check(self, request: Request) -> None:
        """There was not too much yet."""
        if self._rows > MOST_ROWS:
            raise bad_reply(request, f"{self._what} has more than {MOST_ROWS} {self._called}")
        if self._text > MOST_TEXT:
            raise bad_reply(request, f"{self._what} has more than {MOST_TEXT >> 20} million characters")


def _size(one: Live | Title) -> int:
    if isinstance(one, Live):
        slots = sum(SLOT + len(slot.name) + len(slot.key) for slot in one.slots or ())
        return len(one.template_id) + len(one.title) + slots
    keywords = sum(SLOT + len(each.name) + len(each.example) for each in one.keywords or ())
    return len(one.id) + len(one.title or "") + keywords
