"""How much a list may hold as a whole, however many replies it comes in. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.messages import Text
from ..core.model import Live, Title
from .wire import Request, bad_reply

MOST_ROWS = 10_000
"""Far more than any account may have templates, or the library titles"""
MOST_TEXT = 3 << 20
"""Characters of names, ids and titles, and `SLOT` for each keyword: what memory holds of a list"""
SLOT = 16


class Bounds:
    """The size of a list so far. All methods raise CallError once it is too much."""

    def __init__(self, too_many: Text, too_long: Text) -> None:
        """`too_many` is said of more rows than `MOST_ROWS`, `too_long` of more text than `MOST_TEXT`."""
        self._too_many, self._too_long = too_many, too_long
        self._rows = self._text = 0

    @classmethod
    def of_list(cls) -> Bounds:
        """Bounds of an account's list of templates."""
        return cls(
            Text("wechat.list-too-many", limit=MOST_ROWS),
            Text("wechat.list-too-long", millions=MOST_TEXT >> 20),
        )

    @classmethod
    def of_library(cls) -> Bounds:
        """Bounds of the library's titles."""
        return cls(
            Text("wechat.library-too-many", limit=MOST_ROWS),
            Text("wechat.library-too-long", millions=MOST_TEXT >> 20),
        )

    def take(self, request: Request, rows: Sequence[Live | Title]) -> None:
        """Count more rows."""
        self._rows += len(rows)
        self._text += sum(_size(one) for one in rows)
        self.check(request)

    def check(self, request: Request) -> None:
        """Check that it is not too much yet."""
        if self._rows > MOST_ROWS:
            raise bad_reply(request, self._too_many)
        if self._text > MOST_TEXT:
            raise bad_reply(request, self._too_long)


def _size(one: Live | Title) -> int:
    if isinstance(one, Live):
        slots = sum(SLOT + len(slot.name) + len(slot.key) for slot in one.slots or ())
        return len(one.template_id) + len(one.title) + slots
    keywords = sum(SLOT + len(each.name) + len(each.example) for each in one.keywords or ())
    return len(one.id) + len(one.title or "") + keywords
