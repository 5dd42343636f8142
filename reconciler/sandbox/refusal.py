"""WeChat's error replies: HTTP 200, an errcode, an errmsg with a varying suffix (wechat-api.md, "Common to
all")."""

import secrets
from collections.abc import Mapping


class Refusal(Exception):
    """A call that WeChat would refuse."""

    def __init__(self, code: int, message: str, more: Mapping[str, object] | None = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.more = more or {}


def reply(refusal: Refusal, now: float, *, newer: bool = False) -> dict[str, object]:
    """The body, with a request id such as `rid: 627a1a88-48da1f89-0f95f8d5`; the first part is the time.

    It stands behind the errmsg, and sometimes in a key of its own, too (wechat-api.md, "Common to
    all"; §7 has one of a call of the newer APIs): here with all of these.
    """
    rid = f"{int(now) & 0xFFFFFFFF:08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
    own = {"rid": rid} if newer else {}
    return {"errcode": refusal.code, "errmsg": f"{refusal.message} rid: {rid}", **refusal.more, **own}


def invalid_args(what: str) -> Refusal:
    return Refusal(40097, f"invalid args: {what}")


def bad_format(what: str = "") -> Refusal:
    return Refusal(47001, f"data format error: {what}" if what else "data format error")
