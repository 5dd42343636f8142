"""The `notify` dialect: subscription notices of service accounts (wechat-api.md §7). Pure functions.

They are managed by the calls of `subscribe`, and sent by one of their own.
"""

from __future__ import annotations

from typing import Any

from ...core.model import Message
from ..wire import Request
from .shared import replies
from .subscribe import (
    PAGE,
    PATHS,
    add,
    categories,
    delete,
    expected_keys,
    expected_pages,
    list_page,
    look_up,
    read_added,
    read_categories,
    read_page,
    read_title,
    read_titles,
    titles_page,
)

__all__ = [
    "PAGE",
    "PATHS",
    "add",
    "categories",
    "delete",
    "expected_keys",
    "expected_pages",
    "list_page",
    "look_up",
    "read_added",
    "read_categories",
    "read_page",
    "read_title",
    "read_titles",
    "send",
    "titles_page",
]


def send(message: Message) -> Request:
    """A subscription notice. It links to a web page, or to a page of a mini program (APPID:PATH)."""
    extras = message.extras
    body: dict[str, Any] = {"touser": message.to, "template_id": message.template_id}
    if "page" in extras:
        body["page"] = extras["page"]
    if "miniprogram" in extras:
        appid, _, path = extras["miniprogram"].partition(":")
        body["miniprogram"] = {"appid": appid, "pagepath": path}
    body["data"] = replies.data(message.data)
    return Request("POST", "/cgi-bin/message/subscribe/bizsend", body, writes=True)
