"""How often a call may still be made today (wechat-api.md §4, openapi/quota/get). Pure."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ....core.messages import Text
from ... import errcodes
from ...wire import Request, bad_reply

RESETS = errcodes.QUOTA_RESETS
"""What to do where a quota is used up"""


class Quota(Struct, frozen=True):
    """Calls a day: how many there may be, how many there were. A `limit` of 0 tells nothing."""

    limit: int
    used: int
    left: int


def ask(path: str) -> Request:
    """The quota of one call, by its path."""
    return Request("POST", "/cgi-bin/openapi/quota/get", {"cgi_path": path})


def read(request: Request, document: dict[str, Any]) -> Quota:
    """The quota that was asked for. Raises CallError for a reply of another shape."""
    found = document.get("quota")
    told = found if isinstance(found, dict) else {}
    limit, used, left = (told.get(name) for name in ("daily_limit", "used", "remain"))
    if not (type(limit) is type(used) is type(left) is int):
        raise bad_reply(request, Text("wechat.no-quota"))
    return Quota(limit, used, left)
