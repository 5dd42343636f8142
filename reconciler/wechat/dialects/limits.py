"""What a dialect can and can't do, as data: templates.yaml is held against it before any call. Pure.

It stands apart from the dialects' requests and replies, which `validate` never needs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from ...core.messages import Text


class Sending(Struct, frozen=True):
    """What a message of one dialect may have, beside its values."""

    takes: frozenset[str]
    """of page, form_id, emphasis, color, state, lang, url, miniprogram"""
    needs: frozenset[str] = frozenset()
    empty: bool = False
    """a value may be empty"""
    app_page: bool = False
    """a mini program is named with its page (APPID:PATH), and `page` is another thing"""
    nameless: frozenset[str] = frozenset()
    """keys that may stand in a message though no keyword has them"""


class Limits(Struct, frozen=True):
    """The bounds of one dialect, for what templates.yaml may say."""

    sending: Sending
    keywords: tuple[int, int] = (1, 10)
    """how many a template has: at least, at most"""
    id_digits: bool = False
    """library ids are digits and nothing else"""
    id_example: str = "AT0002"
    old_ids: str | None = None
    """a pattern of ids of a library that is closed: what was added in time lives on"""
    fixed: range = range(0)
    """ids of titles whose content is fixed: their templates have no keywords"""
    listed: bool = True
    """there is a call that lists the library's titles"""
    keyword_ids: bool = True
    """keywords have ids, so that two of one name can be told apart"""
    scene: int | None = None
    """characters of `scene` at most; None where there is no such thing"""
    groups: bool = False
    """users are asked for several templates in one call"""
    daily: bool = False
    """look-ups are few a day: their answers are worth keeping"""

    @property
    def id_hint(self) -> Text:
        """Where to find the id of a title that the library has."""
        if self.listed:
            return Text("wechat.find-id", example=self.id_example)
        return Text("wechat.find-id-in-console", example=self.id_example)

    def takes_id(self, id_: str) -> bool:
        """Whether a library id can be one of this dialect's."""
        return not self.id_digits or re.fullmatch("[0-9]{1,20}", id_) is not None or self.is_old(id_)

    def is_fixed(self, id_: str) -> bool:
        """Whether a library id is a title of fixed content."""
        return id_.isascii() and id_.isdigit() and len(id_) < 20 and int(id_) in self.fixed

    def is_old(self, id_: str) -> bool:
        """Whether a library id is of the closed library: such a template can be kept, and not added."""
        return self.old_ids is not None and re.fullmatch(self.old_ids, id_) is not None


WXOPEN = Limits(
    Sending(frozenset({"form_id", "page", "emphasis", "color"}), needs=frozenset({"form_id"}), empty=True)
)

SUBSCRIBE = Limits(
    Sending(frozenset({"page", "state", "lang"})),
    keywords=(2, 5),
    id_digits=True,
    id_example="401",
    scene=15,
    groups=True,
    daily=True,
    fixed=range(10000001, 20000000),
)

NAMELESS = frozenset({"first", "remark"})
"""Placeholders of old templates that belong to no keyword: an opening and a closing sentence. They are
written in any case."""

OFFICIAL = Limits(
    Sending(frozenset({"url", "miniprogram", "page", "color"}), nameless=NAMELESS),
    id_digits=True,
    id_example="47123",
    old_ids="(OPEN)?TM[0-9]+",
    listed=False,
    keyword_ids=False,
)

NOTIFY = replace(SUBSCRIBE, sending=Sending(frozenset({"page", "miniprogram"}), app_page=True))

LIMITS: Mapping[str, Limits] = {
    "wxopen": WXOPEN,
    "subscribe": SUBSCRIBE,
    "official": OFFICIAL,
    "notify": NOTIFY,
}
"""All dialects by name"""
