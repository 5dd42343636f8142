"""WeChat's own words for its errcodes, as live replies and its table of return codes have them.

Rules say theirs where they refuse; here stands what an injected fault says (`breakage`).
"""

from collections.abc import Mapping
from typing import Final

NO_WORDS: Final = "unknown error"  # a guess: for a code whose words nobody has told

_BUSY = "system error"
_NOT_LATEST = "invalid credential, access_token is invalid or not latest"
_UNAUTHORIZED = "api unauthorized"
_UNCONFIRMED = "not confirm ip by admin"
_FULL = "template num exceeds limit"

TEXTS: Final[Mapping[int, str]] = {
    0: "ok",
    -1: _BUSY,
    20001: _BUSY,
    200001: _BUSY,
    404: "not found",
    1700: _BUSY,
    40001: _NOT_LATEST,
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40014: "invalid access_token",
    40029: "invalid code",
    40033: "invalid charset",
    40037: "invalid template_id",
    40066: "invalid url",
    40097: "invalid args",
    40125: "invalid appsecret",
    40164: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist",
    40165: "invalid weapp pagepath",
    40234: "signature required",
    40241: "duplicate message",
    40243: "appsecret is frozen",
    40246: "invalid keyword_name_list",
    40247: "the template library is closed, use a category template",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41028: "invalid form id",
    41029: "form id used count reach limit",
    41030: "invalid page",
    42001: "access_token expired",
    42007: "access_token and refresh_token exception",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    43019: "require remove blacklist",
    43100: "template not in library",
    43101: "user refuse to accept the msg",
    43104: "this appid does not have permission",
    43106: "account is punished",
    43107: "subscribe message capability is banned",
    43108: "concurrent sending to one user",
    43116: "this template is limited because of abuse",
    43117: "too many messages to one user in a short time",
    44002: "empty post data",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit  must slower  retry next minute",
    45026: _FULL,
    45027: "template conflict with industry",
    45047: "out of response count limit",
    45075: "invalid keyword_id",
    45100: "template title not exist",
    45103: "api is offline",
    45109: "api is offline",
    45168: "contain sensitive word",
    46101: "api is offline",
    47001: "data format error",
    47002: "data format error",
    47003: "argument invalid! data.thing1.value invalid",
    48001: _UNAUTHORIZED,
    48004: "api forbidden for irregularities",
    48006: "forbid to clear quota because of reaching the limit",
    48009: _UNAUTHORIZED,
    50001: "user unauthorized",
    50002: "user limited",
    50007: "account is frozen",
    61003: "component is not authorized by this account",
    61004: "access clientip is not registered",
    61007: "api is unauthorized to component",
    61023: "refresh_token is invalid",
    76021: "cgi_path not found, please check",
    89501: _UNCONFIRMED,
    89503: _UNCONFIRMED,
    89506: "admin has refused this ip twice in 24 hours",
    89507: "admin has refused this ip in 1 hour",
    200011: "account is banned",
    200012: _FULL,
    200013: "template is banned",
    200014: "tid does not exist",
    200016: "invalid start",
    200017: "invalid limit",
    200018: "missing ids",
    200019: "invalid ids",
    200020: "invalid kidList",
    200021: "invalid sceneDesc",
    200022: "template has added already",
    200100: _UNAUTHORIZED,
}
"""What the codes mean is known. The words of 40234, 40241, 40243, 43108, 43116, 43117, 45103, 45168, 50007,
61003, 89501, 89506, 89507 and 200016 to 200019 are guesses."""


def text_of(errcode: int) -> str:
    """What WeChat says with a code."""
    return TEXTS.get(errcode, NO_WORDS)
