"""WeChat's error codes: what each means and what to do about it. Data.

Source: wechat-api.md §4 and §6, and the table of return codes on the original page.
"""

from __future__ import annotations

from typing import NamedTuple

BUSY = frozenset({-1, 20001, 200001})
"""the system is busy; nobody knows whether the call was carried out"""

TOKEN = frozenset({40001, 40014, 42001})
"""the token is refused: a newer one may do"""

ADDRESS = frozenset({40164})
"""this machine's address is not on the account's allow list"""

RIGHTS = frozenset({48001, 50001, 61003, 61007})
CREDENTIALS = frozenset({40013, 40125, 41001, 41002, 41004, 40243}) | ADDRESS | RIGHTS
RETIRED_API = frozenset({45103, 46101, 45109})
BANNED = frozenset({43106, 48004, 200011, 200013})
MINUTE = frozenset({45011})
"""too many calls in this minute: not carried out, and the next minute is another one"""

LOAD = frozenset({45009}) | MINUTE
FULL = frozenset({45026, 200012})

MISSING = frozenset({200014})
"""a parameter is missing: a gateway that takes forms does not see what JSON says"""

GONE = frozenset({40037}) | MISSING
"""of a delete: there is no such template; the list tells"""

THERE_ALREADY = frozenset({200022})
"""of an add: it was added just before, and the reply says under which id"""

WAY = frozenset({404, 40066, 43001, 43002})
"""the address or the method is none that the server knows"""

NO_FORM = frozenset({47001, 44002, 40097}) | WAY
"""of a form where JSON is meant: it says nothing about what was asked for"""

NOT_ABOUT_CONTENT = BUSY | TOKEN | CREDENTIALS | RETIRED_API | BANNED | LOAD | WAY
"""Codes that say nothing about what was asked for. Any other one from a look-up means that the title is
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
_RETIRED = "WeChat has retired this API for this account; today's is `dialect: subscribe`"
_CONTENT = "correct the id or the keywords in templates.yaml: names as the library spells them"
_GATEWAY = "is --endpoint the API's own address, and `dialect:` the right one?"
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
    48004: Meaning("the interface is blocked for violations", _BANNED),
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
    40003: Meaning("the openid is not one of this account's users", "an openid belongs to one account"),
    41028: Meaning(
        "the form_id is wrong, of another user, or older than seven days",
        "a submitted form gives one, and a payment a prepay_id; the developer tools give none that counts",
    ),
    41029: Meaning(
        "the form_id is used up", "a form allows one message, a payment three: take another form_id"
    ),
    41030: Meaning("the page is none of the mini program's", "write a path that is released: pages/index"),
    43101: Meaning(
        "the user has not agreed to it, or the consent is used up",
        "have the app call wx.requestSubscribeMessage; one consent allows one message",
    ),
    43107: Meaning("the account is banned from sending", _BANNED),
    43108: Meaning("another message to this user is under way", "send it again in a moment"),
    45168: Meaning("there is a sensitive word in a value", "write it otherwise"),
    47003: Meaning(
        "a value or a key is refused", "errmsg says which; run plan: are the lock's keys the live ones?"
    ),
    45075: Meaning(
        "the title or a keyword is refused", "run plan: it checks titles and keywords with the library"
    ),
    45100: Meaning(
        "the title or a keyword is refused", "run plan: it checks titles and keywords with the library"
    ),
    200012: Meaning(
        "the account holds as many templates as it may",
        "delete templates in the console, then run it again: adds come before deletes",
    ),
    200014: Meaning("a parameter is missing, or an id is not known", _CONTENT),
    200020: Meaning("the keywords are refused", _CONTENT),
    200021: Meaning("the scene is refused", "change `scene:` in templates.yaml"),
    200022: Meaning("it was added just before", "run plan: it shows what is on the account"),
    40246: Meaning("a keyword's name is not known", _CONTENT),
    40247: Meaning("the old library is closed", "use the id of a category's title: digits, such as 47123"),
    45027: Meaning("the title is not one of the account's industries", "choose a title of its industries"),
    43100: Meaning(
        "it was changed too often, or is gone from the library",
        "wait for the next month, or choose another title",
    ),
    404: Meaning("no such call, or the wrong method", _GATEWAY),
    40066: Meaning("no such address", _GATEWAY),
    43001: Meaning("it must be a GET", _GATEWAY),
    43002: Meaning("it must be a POST", _GATEWAY),
    47001: Meaning("the request's JSON is refused", "is there a gateway between that rewrites bodies?"),
}

_UNKNOWN = Meaning("", "look the code up in WeChat's documentation; its support asks for the rid")


def explain(errcode: int) -> Meaning:
    """What a code means; of an unknown one, where to ask."""
    return _MEANINGS.get(errcode, _UNKNOWN)
