"""WeChat's error codes: what each means and what to do about it. Data.

Source: wechat-api.md §4 and §6, and the table of return codes on the original page.
"""

from __future__ import annotations

from typing import NamedTuple

BUSY = frozenset({-1, 20001, 200001})
"""the system is busy; nobody knows whether the call was carried out"""

TOKEN = frozenset({40001, 40014, 42001})
"""the token is refused: a newer one may do"""

CREDENTIALS = frozenset({40013, 40125, 40164, 41001, 41002, 41004, 40243, 48001, 50001, 61003, 61007})
RETIRED_API = frozenset({45103, 46101, 45109})
BANNED = frozenset({43106, 200011, 200013})
MINUTE = frozenset({45011})
"""too many calls in this minute: not carried out, and the next minute is another one"""

LOAD = frozenset({45009}) | MINUTE
FULL = frozenset({45026, 200012})

GONE = frozenset({40037, 200014})
"""of a delete: there is no such template; the list tells"""

NOT_ABOUT_CONTENT = BUSY | TOKEN | CREDENTIALS | RETIRED_API | BANNED | LOAD
"""Codes that say nothing about what was asked for. Any other one from library/get means that the title is
unknown: no code is published for it (wechat-api.md §1)."""


class Meaning(NamedTuple):
    """`means` completes "errcode N, …"; `todo` is the hint."""

    means: str
    todo: str


_WAIT = "run it again in a moment; it is safe to repeat"
_SECRET = (
    "check WECHAT_APPID and WECHAT_APPSECRET; the console shows a secret once, and a new one kills the old"
)
_TOKEN = "set a fresh WECHAT_ACCESS_TOKEN, or unset it and set WECHAT_APPID and WECHAT_APPSECRET"
NEW_TOKEN_REFUSED = (
    "this is the token that WeChat has just given for WECHAT_APPID and WECHAT_APPSECRET: does another "
    "program ask for tokens all the time, or is --endpoint another API's?"
)
_RIGHTS = (
    "check in the console that this account may use the API; for a platform, that the merchant granted it"
)
_RETIRED = "this API was retired by WeChat for this account; today's is subscription messages"
_BANNED = "read the notice in the account's console; nothing can be done from here"

_MEANINGS = {
    -1: Meaning("the system is busy", _WAIT),
    20001: Meaning("the system is busy", _WAIT),
    200001: Meaning("the system is busy", _WAIT),
    40001: Meaning("the access_token is invalid or not the latest", _TOKEN),
    40014: Meaning("the access_token is invalid", _TOKEN),
    42001: Meaning("the access_token has expired", _TOKEN),
    41001: Meaning("the access_token is missing", _TOKEN),
    40013: Meaning("the appid is invalid", "check WECHAT_APPID: wx and 16 characters, small letters"),
    40125: Meaning("the appsecret is wrong", _SECRET),
    40243: Meaning("the appsecret is frozen", "unfreeze it in the console"),
    41002: Meaning("the appid is missing", _SECRET),
    41004: Meaning("the appsecret is missing", _SECRET),
    40164: Meaning(
        "this machine's address is not on the account's allow list",
        "add the address to the IP allow list in the console, or run from one that is on it",
    ),
    48001: Meaning("the account may not use this API", _RIGHTS),
    50001: Meaning("the account may not use this API", _RIGHTS),
    61003: Meaning("the account has not granted this to the platform", _RIGHTS),
    61007: Meaning("the account has not granted this API to the platform", _RIGHTS),
    45103: Meaning("this API was retired", _RETIRED),
    46101: Meaning("this API was retired", _RETIRED),
    45109: Meaning("this API was retired", _RETIRED),
    43106: Meaning("the account is punished for violations", _BANNED),
    200011: Meaning("the account is banned from subscription messages", _BANNED),
    200013: Meaning("the template is banned", _BANNED),
    45009: Meaning(
        "the daily quota of this call is used up", "it resets at midnight, Beijing time: run it again then"
    ),
    45011: Meaning("the quota of this minute is used up", "wait a minute and run it again"),
    45026: Meaning(
        "the account holds as many templates as it may",
        "delete templates in the console, then run it again: adds come before deletes",
    ),
    40037: Meaning("the id is not known", "run plan: it shows what is on the account"),
    45075: Meaning(
        "the title or a keyword is refused", "run plan: it checks titles and keywords with the library"
    ),
    45100: Meaning(
        "the title or a keyword is refused", "run plan: it checks titles and keywords with the library"
    ),
    40066: Meaning("no such address", "is --endpoint the API's own address?"),
    43002: Meaning("it must be a POST", "is --endpoint the API's own address?"),
    47001: Meaning("the request's JSON is refused", "is there a gateway between that rewrites bodies?"),
}

_UNKNOWN = Meaning("", "look the code up in WeChat's documentation; its support asks for the rid")


def explain(errcode: int) -> Meaning:
    """What a code means; of an unknown one, where to ask."""
    return _MEANINGS.get(errcode, _UNKNOWN)
