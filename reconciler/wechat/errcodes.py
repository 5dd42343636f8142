"""WeChat's error codes: of each the reason that it is, what it means, and what to do about it. Data.

Nobody above `wechat` knows a code: a failed call tells its `reason`.

Source: wechat-api.md §4, §6 and §7, and the table of return codes on the original page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ..core.errors import Reason
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
    """`means` completes "errcode N, …"; `todo` is the hint, in which `{token}` and the like are
    CredentialNames."""

    reason: Reason
    means: str
    todo: str

    def of(self, names: CredentialNames) -> Meaning:
        """The same for one account."""
        return self._replace(todo=self.todo.format(**names._asdict()))


_WAIT = "run it again in a moment; it is safe to repeat"
_SECRET = "check {wrong}; the console shows a secret once, and a new one kills the old"
_TOKEN = "set a fresh {token}, or unset it and set {secret}"
NEW_TOKEN_REFUSED = (
    "this is the token that WeChat has just given for {secret}: does another "
    "program ask for tokens all the time, or is --endpoint another API's?"
)
_KIND = (
    "is `dialect:` right for this kind of account? wxopen and subscribe are a mini program's, official and "
    "notify a service account's"
)
_RIGHTS = (
    f"{_KIND}; if so, check in the console that the account may use the API (a platform: that the merchant "
    "granted it)"
)
_GRANTED = "have the merchant grant it to the platform, then run it again"
_AUTHORISE = "have the merchant authorise the platform again, then set a fresh {token}"
_ADDRESS = "add the address to the IP allow list in the console, or run from one that is on it"
_CONFIRM = "he got a message: have him confirm it, then run it again; or put it on the IP allow list"
_RETIRED = "WeChat has retired this API for this account; today's is `dialect: subscribe`"
_CONTENT = "correct the id or the keywords in templates.yaml: names as the library spells them"
_BODY = "look for control characters and odd signs in templates.yaml; does a gateway rewrite bodies?"
_NO_CATEGORY = "give the account a service category (类目) in the console: titles are listed by category"
_TITLES = "report it: reconciler asks for titles with all three, as wechat-api.md §2 says"
_GATEWAY = "is --endpoint the API's own address, and `dialect:` the right one?"
_BANNED = "read the notice in the account's console; nothing can be done from here"

CODES: Mapping[int, Meaning] = {
    -1: Meaning(Reason.BUSY, "the system is busy", _WAIT),
    20001: Meaning(Reason.BUSY, "the system is busy", _WAIT),
    200001: Meaning(Reason.BUSY, "the system is busy", _WAIT),
    40001: Meaning(Reason.TOKEN, "the access_token is invalid or not the latest", _TOKEN),
    40014: Meaning(Reason.TOKEN, "the access_token is invalid", _TOKEN),
    42001: Meaning(Reason.TOKEN, "the access_token has expired", _TOKEN),
    41001: Meaning(Reason.TOKEN, "the access_token is missing", _TOKEN),
    40013: Meaning(
        Reason.TOKEN, "the appid is invalid", "check {appid}: wx and 16 characters, small letters"
    ),
    40125: Meaning(Reason.TOKEN, "the appsecret is wrong", _SECRET),
    40243: Meaning(Reason.TOKEN, "the appsecret is frozen", "unfreeze it in the console"),
    41002: Meaning(Reason.TOKEN, "the appid is missing", _SECRET),
    41004: Meaning(Reason.TOKEN, "the appsecret is missing", _SECRET),
    40164: Meaning(Reason.ADDRESS, "this machine's address is not on the account's allow list", _ADDRESS),
    61004: Meaning(Reason.ADDRESS, "this machine's address is not on the platform's allow list", _ADDRESS),
    89501: Meaning(
        Reason.ADDRESS, "this machine's address waits for the administrator's confirmation", _CONFIRM
    ),
    89503: Meaning(
        Reason.ADDRESS, "this machine's address waits for the administrator's confirmation", _CONFIRM
    ),
    89506: Meaning(
        Reason.ADDRESS,
        "the administrator has refused this machine's address twice",
        "it can't be asked for again within 24 hours: have it put on the IP allow list in the console",
    ),
    89507: Meaning(
        Reason.ADDRESS,
        "the administrator has refused this machine's address",
        "it can't be asked for again within an hour: have it put on the IP allow list in the console",
    ),
    40234: Meaning(
        Reason.PERMISSION,
        "the account wants signed calls, and this was a plain one",
        "switch the API signature off in the console (API 安全), or give a gateway that signs as --endpoint",
    ),
    48001: Meaning(Reason.PERMISSION, "the account may not use this API", _RIGHTS),
    48009: Meaning(Reason.PERMISSION, "this call is not for this kind of account", _KIND),
    200100: Meaning(Reason.PERMISSION, "this call is not for this kind of account", _KIND),
    50001: Meaning(Reason.PERMISSION, "the account may not use this API", _RIGHTS),
    61003: Meaning(Reason.PERMISSION, "the account has not granted this to the platform", _GRANTED),
    61007: Meaning(Reason.PERMISSION, "the account has not granted this API to the platform", _GRANTED),
    42007: Meaning(Reason.TOKEN, "the authorisation of the third-party platform is gone", _AUTHORISE),
    61023: Meaning(Reason.TOKEN, "the authorisation of the third-party platform is gone", _AUTHORISE),
    50002: Meaning(Reason.BANNED, "the account is frozen or blocked", _BANNED),
    50007: Meaning(Reason.BANNED, "the account is frozen or blocked", _BANNED),
    1700: Meaning(Reason.BUSY, "an undocumented code that WeChat answers to reads now and then", _WAIT),
    45103: Meaning(Reason.RETIRED, "this API was retired", _RETIRED),
    46101: Meaning(Reason.RETIRED, "this API was retired", _RETIRED),
    45109: Meaning(Reason.RETIRED, "this API was retired", _RETIRED),
    43106: Meaning(Reason.BANNED, "the account is punished for violations", _BANNED),
    48004: Meaning(Reason.BANNED, "the interface is blocked for violations", _BANNED),
    200011: Meaning(Reason.BANNED, "the account is banned from subscription messages", _BANNED),
    200013: Meaning(Reason.BANNED, "the template is banned", _BANNED),
    45009: Meaning(
        Reason.QUOTA,
        "the daily quota of this call is used up",
        "it resets at midnight, Beijing time: run it again then",
    ),
    45011: Meaning(Reason.QUOTA, "the quota of this minute is used up", "wait a minute and run it again"),
    45026: Meaning(
        Reason.FULL,
        "the account holds as many templates as it may",
        "delete templates in the console, then run it again: adds come before deletes",
    ),
    40037: Meaning(Reason.GONE, "the id is not known", "run plan: it shows what is on the account"),
    40003: Meaning(
        Reason.CONTENT, "the openid is not one of this account's users", "an openid belongs to one account"
    ),
    41028: Meaning(
        Reason.CONTENT,
        "the form_id is wrong, of another user, or older than seven days",
        "a submitted form gives one, and a payment a prepay_id; the developer tools give none that counts",
    ),
    41029: Meaning(
        Reason.CONTENT,
        "the form_id is used up",
        "a form allows one message, a payment three: take another form_id",
    ),
    41030: Meaning(
        Reason.CONTENT, "the page is none of the mini program's", "write a path that is released: pages/index"
    ),
    43101: Meaning(
        Reason.CONTENT,
        "the user has not agreed to it, or the consent is used up",
        "have the app call wx.requestSubscribeMessage; one consent allows one message",
    ),
    43107: Meaning(Reason.BANNED, "the account is banned from sending", _BANNED),
    43108: Meaning(Reason.CONTENT, "another message to this user is under way", "send it again in a moment"),
    45168: Meaning(Reason.CONTENT, "there is a sensitive word in a value", "write it otherwise"),
    47003: Meaning(
        Reason.CONTENT,
        "a value or a key is refused",
        "errmsg says which; run plan: are the lock's keys the live ones?",
    ),
    45075: Meaning(
        Reason.CONTENT,
        "the title or a keyword is refused",
        "run plan: it checks titles and keywords with the library",
    ),
    45100: Meaning(
        Reason.CONTENT,
        "the title or a keyword is refused",
        "run plan: it checks titles and keywords with the library",
    ),
    200012: Meaning(
        Reason.FULL,
        "the account holds as many templates as it may",
        "delete templates in the console, then run it again: adds come before deletes",
    ),
    200014: Meaning(Reason.CONTENT, "a parameter is missing, or an id is not known", _CONTENT),
    200016: Meaning(Reason.CONTENT, "start is missing or bad", _TITLES),
    200017: Meaning(Reason.CONTENT, "limit is missing or bad", _TITLES),
    200018: Meaning(Reason.CONTENT, "the ids of categories are missing", _NO_CATEGORY),
    200019: Meaning(Reason.CONTENT, "the ids are none of the account's categories", _NO_CATEGORY),
    200020: Meaning(Reason.CONTENT, "the keywords are refused", _CONTENT),
    200021: Meaning(Reason.CONTENT, "the scene is refused", "change `scene:` in templates.yaml"),
    200022: Meaning(Reason.CONTENT, "it was added just before", "run plan: it shows what is on the account"),
    40246: Meaning(Reason.CONTENT, "a keyword's name is not known", _CONTENT),
    40247: Meaning(
        Reason.CONTENT, "the old library is closed", "use the id of a category's title: digits, such as 47123"
    ),
    45027: Meaning(
        Reason.CONTENT, "the title is not one of the account's industries", "choose a title of its industries"
    ),
    43100: Meaning(
        Reason.CONTENT,
        "it was changed too often, or is gone from the library",
        "wait for the next month, or choose another title",
    ),
    404: Meaning(Reason.RETIRED, "no such call, or the wrong method", _GATEWAY),
    40066: Meaning(Reason.RETIRED, "no such address", _GATEWAY),
    43001: Meaning(Reason.RETIRED, "it must be a GET", _GATEWAY),
    43002: Meaning(Reason.RETIRED, "it must be a POST", _GATEWAY),
    47001: Meaning(
        Reason.MALFORMED, "the request's JSON is refused", "is there a gateway between that rewrites bodies?"
    ),
    40033: Meaning(Reason.MALFORMED, "the body holds characters that are refused", _BODY),
    47002: Meaning(Reason.MALFORMED, "the body holds characters that are refused", _BODY),
    43004: Meaning(Reason.CONTENT, "the user does not follow the account", "send it to one who does"),
    43019: Meaning(
        Reason.CONTENT, "the user has blocked the account", "send it to another user: only he can change that"
    ),
    43104: Meaning(
        Reason.PERMISSION, "the account may not send this", _RIGHTS
    ),  # a guess: no page says what it is
    43116: Meaning(Reason.BANNED, "the template was limited for abuse", _BANNED),
    43117: Meaning(
        Reason.CONTENT, "too many messages to this user in a short time", "send it later, or to another user"
    ),
    40241: Meaning(
        Reason.CONTENT,
        "the same message went to this user within 60 seconds",
        "wait a minute, or change a value",
    ),
    45047: Meaning(
        Reason.CONTENT,
        "the user has got as many messages as he may",
        "wait until he has written to the account",
    ),
    40165: Meaning(
        Reason.CONTENT,
        "the page is none of the mini program's",
        "write a path that is released: --page pages/index",
    ),
}

OF_TOKEN = {40001: CODES[40125]}
"""where a token is asked for (wechat-api.md §4)"""

OF_ADD = {
    200014: Meaning(
        Reason.CONTENT,
        "the account's service categories (类目) lack this title",
        "add its category in the console, or choose a title of the account's: reconciler library search; "
        "with --refresh the title is looked up anew",
    )
}
"""where a title is added whose keywords have been told (wechat-api.md §7)"""

OF_MINIPROGRAM = {
    40013: Meaning(
        Reason.CONTENT,
        "the mini program that the message leads to is not bound to the account",
        "bind it in the account's console, correct --miniprogram, or leave it out",
    )
}
"""where a service account's message names a mini program (wechat-api.md §7)"""

_UNSEEN = Meaning(
    Reason.CONTENT, "a parameter was not seen", "is there a gateway between that rewrites bodies?"
)

_SAYS_MISSING = re.compile(r"\s*missing parameter\b", re.IGNORECASE)
_UNKNOWN = Meaning(
    Reason.UNKNOWN, "", "look the code up in WeChat's documentation; its support asks for the rid"
)


def explain(errcode: int, errmsg: str = "", own: Mapping[int, Meaning] = MappingProxyType({})) -> Meaning:
    """What a code means, in a call where some mean something of its own; of an unknown one, where to ask."""
    if lacks_parameter(errcode, errmsg):
        return _UNSEEN
    return own.get(errcode) or CODES.get(errcode, _UNKNOWN)


def lacks_parameter(errcode: int | None, errmsg: object) -> bool:
    """Whether a parameter was not seen at all. Of one that names what is not there WeChat says the same code
    in other words (wechat-api.md §7): that is the one thing for which an errmsg is read."""
    return errcode in MISSING and isinstance(errmsg, str) and _SAYS_MISSING.match(errmsg) is not None
