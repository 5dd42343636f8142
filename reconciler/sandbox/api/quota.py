"""How often a call may be made in a day (wechat-api.md §2 and §4)."""

from collections.abc import Container, Mapping
from typing import Final

from ..context import Body, Emulator, Reply, ok
from ..fields import text
from ..refusal import Refusal, invalid_args

GET = "/cgi-bin/openapi/quota/get"
KEYWORDS = "/wxaapi/newtmpl/getpubtemplatekeywords"

USUAL: Final = 100_000
"""for calls whose quota nobody has told: a guess"""

DAILY: Final[Mapping[str, int]] = {
    KEYWORDS: 300,
    "/wxaapi/newtmpl/gettemplate": 5_000,  # a guess: only that there is one is known
    "/cgi-bin/message/wxopen/template/send": 1_000_000,
}


def limit(path: str) -> int:
    return DAILY.get(path, USUAL)


def get(emulator: Emulator, appid: str, body: Body, known: Container[str]) -> Reply:
    """What is left of a call's quota. The path is without a host; the first / may be missing."""
    path = text(body, "cgi_path")
    if path is None:
        raise invalid_args("cgi_path must be a string")
    path = "/" + path.lstrip("/")
    if path not in known:
        raise Refusal(76021, "cgi_path not found, please check")
    used = min(emulator.store.calls_on(appid, path, emulator.day()), limit(path))
    return ok(quota={"daily_limit": limit(path), "used": used, "remain": limit(path) - used})
