"""WeChat's error codes: of each the reason that it is, what it means, and what to do about it. Data.

Nobody above `wechat` knows a code: a failed call tells its `reason`. The words stand in core/messages, by the
first code that they are of.

Source: wechat-api.md §4, §6 and §7, and the table of return codes on the original page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from ..core.errors import Reason
from ..core.messages import Text
from .credential_names import CredentialNames

BUSY = frozenset({-1, 20001, 200001})
"""the system is busy; nobody knows whether the call was carried out"""

TOKEN = frozenset({40001, 40014, 42001})
"""the token is refused: a newer one may do"""

MINUTE = frozenset({45011})
"""too many calls in this minute: not carried out, and the next minute is another one"""

ODD = frozenset({1700})
"""undocumented, and answered now and then to reads: worth one more try (wechat-api.md §7)"""

MISSING = frozenset({200014})
"""a parameter is missing, or names what is not there: `lacks_parameter` tells which"""

GONE = frozenset({40037}) | MISSING
"""of a delete: there is no such template; the list tells"""

THERE_ALREADY = frozenset({200022})
"""of an add: it was added just before, and the reply says under which id"""

NO_FORM = frozenset({40033, 40066, 40097, 404, 43001, 43002, 44002, 47001, 47002})
"""of a form where JSON is meant: it says nothing about what was asked for"""


class Meaning(NamedTuple):
    """What a code means: the reason, and the words that complete "errcode N, …", if there are any."""

    reason: Reason
    means: Text | None
    todo: Text | Callable[[CredentialNames], Text]

    def advice(self, names: CredentialNames) -> Text:
        """What to do about it, for one account."""
        return self.todo if isinstance(self.todo, Text) else self.todo(names)


def _check_secret(names: CredentialNames) -> Text:
    return Text("wechat.todo-secret", wrong=names.wrong)


def _set_token(names: CredentialNames) -> Text:
    return Text("wechat.todo-token", token=names.token, secret=names.secret)


def _check_appid(names: CredentialNames) -> Text:
    return Text("wechat.todo-appid", appid=names.appid)


def _authorise(names: CredentialNames) -> Text:
    return Text("wechat.todo-authorise", token=names.token)


def new_token_refused(names: CredentialNames) -> Text:
    """What to do where the token that WeChat has just given is refused."""
    return Text("wechat.todo-new-token", secret=names.secret)


QUOTA_RESETS = Text("wechat.todo-45009")
"""What to do where the daily quota of a call is used up"""

_WAIT = Text("wechat.todo-wait")
_KIND = Text("wechat.todo-kind")
_RIGHTS = Text("wechat.todo-rights")
_GRANTED = Text("wechat.todo-grant")
_ADDRESS = Text("wechat.todo-allow-address")
_CONFIRM = Text("wechat.todo-confirm-address")
_RETIRED = Text("wechat.todo-use-subscribe")
_CONTENT = Text("wechat.todo-correct-content")
_BODY = Text("wechat.todo-odd-signs")
_NO_CATEGORY = Text("wechat.todo-add-category")
_TITLES = Text("wechat.todo-report")
_GATEWAY = Text("wechat.todo-check-endpoint")
_BANNED = Text("wechat.todo-read-notice")

CODES: Mapping[int, Meaning] = {
    -1: Meaning(Reason.BUSY, Text("wechat.means-busy"), _WAIT),
    20001: Meaning(Reason.BUSY, Text("wechat.means-busy"), _WAIT),
    200001: Meaning(Reason.BUSY, Text("wechat.means-busy"), _WAIT),
    40001: Meaning(Reason.TOKEN, Text("wechat.means-40001"), _set_token),
    40014: Meaning(Reason.TOKEN, Text("wechat.means-40014"), _set_token),
    42001: Meaning(Reason.TOKEN, Text("wechat.means-42001"), _set_token),
    41001: Meaning(Reason.TOKEN, Text("wechat.means-41001"), _set_token),
    40013: Meaning(Reason.TOKEN, Text("wechat.means-40013"), _check_appid),
    40125: Meaning(Reason.TOKEN, Text("wechat.means-40125"), _check_secret),
    40243: Meaning(Reason.TOKEN, Text("wechat.means-40243"), Text("wechat.todo-40243")),
    41002: Meaning(Reason.TOKEN, Text("wechat.means-41002"), _check_secret),
    41004: Meaning(Reason.TOKEN, Text("wechat.means-41004"), _check_secret),
    40164: Meaning(Reason.ADDRESS, Text("wechat.means-40164"), _ADDRESS),
    61004: Meaning(Reason.ADDRESS, Text("wechat.means-61004"), _ADDRESS),
    89501: Meaning(Reason.ADDRESS, Text("wechat.means-89501"), _CONFIRM),
    89503: Meaning(Reason.ADDRESS, Text("wechat.means-89501"), _CONFIRM),
    89506: Meaning(Reason.ADDRESS, Text("wechat.means-89506"), Text("wechat.todo-89506")),
    89507: Meaning(Reason.ADDRESS, Text("wechat.means-89507"), Text("wechat.todo-89507")),
    40234: Meaning(Reason.PERMISSION, Text("wechat.means-40234"), Text("wechat.todo-40234")),
    48001: Meaning(Reason.PERMISSION, Text("wechat.means-48001"), _RIGHTS),
    48009: Meaning(Reason.PERMISSION, Text("wechat.means-48009"), _KIND),
    200100: Meaning(Reason.PERMISSION, Text("wechat.means-48009"), _KIND),
    50001: Meaning(Reason.PERMISSION, Text("wechat.means-48001"), _RIGHTS),
    61003: Meaning(Reason.PERMISSION, Text("wechat.means-61003"), _GRANTED),
    61007: Meaning(Reason.PERMISSION, Text("wechat.means-61007"), _GRANTED),
    42007: Meaning(Reason.TOKEN, Text("wechat.means-42007"), _authorise),
    61023: Meaning(Reason.TOKEN, Text("wechat.means-42007"), _authorise),
    50002: Meaning(Reason.BANNED, Text("wechat.means-50002"), _BANNED),
    50007: Meaning(Reason.BANNED, Text("wechat.means-50002"), _BANNED),
    1700: Meaning(Reason.BUSY, Text("wechat.means-1700"), _WAIT),
    45103: Meaning(Reason.RETIRED, Text("wechat.means-45103"), _RETIRED),
    46101: Meaning(Reason.RETIRED, Text("wechat.means-45103"), _RETIRED),
    45109: Meaning(Reason.RETIRED, Text("wechat.means-45103"), _RETIRED),
    43106: Meaning(Reason.BANNED, Text("wechat.means-43106"), _BANNED),
    48004: Meaning(Reason.BANNED, Text("wechat.means-48004"), _BANNED),
    200011: Meaning(Reason.BANNED, Text("wechat.means-200011"), _BANNED),
    200013: Meaning(Reason.BANNED, Text("wechat.means-200013"), _BANNED),
    45009: Meaning(Reason.QUOTA, Text("wechat.means-45009"), QUOTA_RESETS),
    45011: Meaning(Reason.QUOTA, Text("wechat.means-45011"), Text("wechat.todo-45011")),
    45026: Meaning(Reason.FULL, Text("wechat.means-45026"), Text("wechat.todo-45026")),
    40037: Meaning(Reason.GONE, Text("wechat.means-40037"), Text("wechat.todo-40037")),
    40003: Meaning(Reason.CONTENT, Text("wechat.means-40003"), Text("wechat.todo-40003")),
    41028: Meaning(Reason.CONTENT, Text("wechat.means-41028"), Text("wechat.todo-41028")),
    41029: Meaning(Reason.CONTENT, Text("wechat.means-41029"), Text("wechat.todo-41029")),
    41030: Meaning(Reason.CONTENT, Text("wechat.means-41030"), Text("wechat.todo-41030")),
    43101: Meaning(Reason.CONTENT, Text("wechat.means-43101"), Text("wechat.todo-43101")),
    43107: Meaning(Reason.BANNED, Text("wechat.means-43107"), _BANNED),
    43108: Meaning(Reason.CONTENT, Text("wechat.means-43108"), Text("wechat.todo-43108")),
    45168: Meaning(Reason.CONTENT, Text("wechat.means-45168"), Text("wechat.todo-45168")),
    47003: Meaning(Reason.CONTENT, Text("wechat.means-47003"), Text("wechat.todo-47003")),
    45075: Meaning(Reason.CONTENT, Text("wechat.means-45075"), Text("wechat.todo-45075")),
    45100: Meaning(Reason.CONTENT, Text("wechat.means-45075"), Text("wechat.todo-45075")),
    200012: Meaning(Reason.FULL, Text("wechat.means-45026"), Text("wechat.todo-45026")),
    200014: Meaning(Reason.CONTENT, Text("wechat.means-200014"), _CONTENT),
    200016: Meaning(Reason.CONTENT, Text("wechat.means-200016"), _TITLES),
    200017: Meaning(Reason.CONTENT, Text("wechat.means-200017"), _TITLES),
    200018: Meaning(Reason.CONTENT, Text("wechat.means-200018"), _NO_CATEGORY),
    200019: Meaning(Reason.CONTENT, Text("wechat.means-200019"), _NO_CATEGORY),
    200020: Meaning(Reason.CONTENT, Text("wechat.means-200020"), _CONTENT),
    200021: Meaning(Reason.CONTENT, Text("wechat.means-200021"), Text("wechat.todo-200021")),
    200022: Meaning(Reason.CONTENT, Text("wechat.means-200022"), Text("wechat.todo-40037")),
    40246: Meaning(Reason.CONTENT, Text("wechat.means-40246"), _CONTENT),
    40247: Meaning(Reason.CONTENT, Text("wechat.means-40247"), Text("wechat.todo-40247")),
    45027: Meaning(Reason.CONTENT, Text("wechat.means-45027"), Text("wechat.todo-45027")),
    43100: Meaning(Reason.CONTENT, Text("wechat.means-43100"), Text("wechat.todo-43100")),
    404: Meaning(Reason.RETIRED, Text("wechat.means-404"), _GATEWAY),
    40066: Meaning(Reason.RETIRED, Text("wechat.means-40066"), _GATEWAY),
    43001: Meaning(Reason.RETIRED, Text("wechat.means-43001"), _GATEWAY),
    43002: Meaning(Reason.RETIRED, Text("wechat.means-43002"), _GATEWAY),
    44002: Meaning(Reason.MALFORMED, Text("wechat.means-44002"), Text("wechat.todo-47001")),
    40097: Meaning(Reason.CONTENT, Text("wechat.means-40097"), Text("wechat.todo-47001")),
    47001: Meaning(Reason.MALFORMED, Text("wechat.means-47001"), Text("wechat.todo-47001")),
    40033: Meaning(Reason.MALFORMED, Text("wechat.means-40033"), _BODY),
    47002: Meaning(Reason.MALFORMED, Text("wechat.means-40033"), _BODY),
    43004: Meaning(Reason.CONTENT, Text("wechat.means-43004"), Text("wechat.todo-43004")),
    43019: Meaning(Reason.CONTENT, Text("wechat.means-43019"), Text("wechat.todo-43019")),
    43104: Meaning(
        Reason.PERMISSION, Text("wechat.means-43104"), _RIGHTS
    ),  # a guess: no page says what it is
    43116: Meaning(Reason.BANNED, Text("wechat.means-43116"), _BANNED),
    43117: Meaning(Reason.CONTENT, Text("wechat.means-43117"), Text("wechat.todo-43117")),
    40241: Meaning(Reason.CONTENT, Text("wechat.means-40241"), Text("wechat.todo-40241")),
    45047: Meaning(Reason.CONTENT, Text("wechat.means-45047"), Text("wechat.todo-45047")),
    40165: Meaning(Reason.CONTENT, Text("wechat.means-41030"), Text("wechat.todo-40165")),
    99404: Meaning(
        Reason.UNKNOWN, Text("wechat.means-99404"), Text("wechat.todo-99404")
    ),  # the sandbox's own, where it replays a trace
}

OF_TOKEN = {40001: CODES[40125]}
"""where a token is asked for (wechat-api.md §4)"""

OF_ADD = {
    200014: Meaning(Reason.CONTENT, Text("wechat.means-add-200014"), Text("wechat.todo-add-200014")),
}
"""where a title is added whose keywords have been told (wechat-api.md §7)"""

OF_MINIPROGRAM = {
    40013: Meaning(
        Reason.CONTENT, Text("wechat.means-miniprogram-40013"), Text("wechat.todo-miniprogram-40013")
    ),
}
"""where a service account's message names a mini program (wechat-api.md §7)"""

_UNSEEN = Meaning(Reason.CONTENT, Text("wechat.means-unseen"), Text("wechat.todo-47001"))

_SAYS_MISSING = re.compile(r"\s*missing parameter\b", re.IGNORECASE)
_UNKNOWN = Meaning(Reason.UNKNOWN, None, Text("wechat.todo-unknown"))


def explain(errcode: int, errmsg: str = "", own: Mapping[int, Meaning] = MappingProxyType({})) -> Meaning:
    """Look up a code. `own` are those that mean something else in this call; an unknown code has a meaning,
    too."""
    if lacks_parameter(errcode, errmsg):
        return _UNSEEN
    return own.get(errcode) or CODES.get(errcode, _UNKNOWN)


def lacks_parameter(errcode: int | None, errmsg: object) -> bool:
    """Whether WeChat has not seen a parameter at all. The same code says of a parameter that it names what
    does not exist, in other words (wechat-api.md §7): only for this is an errmsg read."""
    return errcode in MISSING and isinstance(errmsg, str) and _SAYS_MISSING.match(errmsg) is not None
