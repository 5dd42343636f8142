"""The `subscribe` dialect: subscription messages (wechat-api.md §2). Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from ...core.messages import Text
from ...core.model import Live, Message, Spec, Title
from ..errcodes import OF_ADD
from ..wire import Request, bad_reply
from .limits import SUBSCRIBE
from .shared import replies
from .shared.content import parse

PAGE: int | None = None
"""The list comes as a whole."""

_PREFIX = "/wxaapi/newtmpl"
PATHS: Sequence[str] = tuple(
    f"{_PREFIX}/{call}" for call in ("gettemplate", "getpubtemplatekeywords", "addtemplate", "deltemplate")
)
_TITLES = 30
"""The largest `limit` of getpubtemplatetitles"""


def list_page(offset: int) -> Request:
    """The account's templates, all of them."""
    return Request("GET", f"{_PREFIX}/gettemplate")


def read_page(request: Request, document: dict[str, Any]) -> tuple[Live, ...]:
    """The templates of the account."""
    return tuple(_live(request, row) for row in replies.listed(request, document, "data"))


def look_up(id: str) -> Request | None:  # noqa: A002  (the model's name for it; here it is the tid)
    """Ask for the keywords of a title (its name is not told). None for a title of fixed content, which has no
    keywords."""
    if SUBSCRIBE.is_fixed(id):
        return None
    return Request("GET", f"{_PREFIX}/getpubtemplatekeywords", query={"tid": id})


def read_title(id: str, request: Request, document: dict[str, Any]) -> Title:  # noqa: A002
    """The keywords of the title that was asked for."""
    return Title(
        id, None, replies.keywords(request, replies.listed(request, document, "data"), "kid", "data")
    )


def categories() -> Request:
    """Ask for the account's service categories: titles are listed by category only."""
    return Request("GET", f"{_PREFIX}/getcategory")


def read_categories(request: Request, document: dict[str, Any]) -> str:
    """Read the ids of categories, as a comma list without quotes (wechat-api.md §2)."""
    each = (replies.fields(request, row, "data") for row in replies.listed(request, document, "data"))
    ids = [row.get("id") for row in each]
    if not all(isinstance(one, int | str) and str(one).isdigit() for one in ids):
        raise bad_reply(request, Text("wechat.category-row-lacks-id"))
    return ",".join(map(str, ids))


def titles_page(categories: str, offset: int) -> Request:
    """One page of the titles of categories; all three parameters are required."""
    query = {"ids": categories, "start": str(offset), "limit": str(_TITLES)}
    return Request("GET", f"{_PREFIX}/getpubtemplatetitles", query=query)


def read_titles(request: Request, document: dict[str, Any]) -> replies.TitlesPage:
    """The titles of a page, and how many there are in all."""
    return replies.titles_page(request, document, rows="data", id_field="tid", total="count")


def add(spec: Spec) -> Request:
    """Add a title with chosen keywords; a scene must be given, and no call ever returns it."""
    kids = [] if SUBSCRIBE.is_fixed(spec.id) else [keyword.keyword_id for keyword in spec.keywords]
    body = {"tid": spec.id, "kidList": kids, "sceneDesc": spec.scene[: SUBSCRIBE.scene]}
    return Request("POST", f"{_PREFIX}/addtemplate", body, writes=True, form_too=True, meanings=OF_ADD)


def read_added(request: Request, document: dict[str, Any]) -> str:
    """Read the new template_id, or that of the same template added just before (errcode 200022)."""
    return replies.identifier(request, document, "priTmplId")


def expected_keys(count: int) -> None:
    """None: only the account's list tells them; the kid does not."""
    return


def delete(template_id: str) -> Request:
    """Delete a template of the account."""
    return Request("POST", f"{_PREFIX}/deltemplate", {"priTmplId": template_id}, writes=True, form_too=True)


def send(message: Message) -> Request:
    """A subscription message (wechat-api.md §2)."""
    extras = message.extras
    body: dict[str, Any] = {"touser": message.to, "template_id": message.template_id}
    for name, field in (("page", "page"), ("state", "miniprogram_state"), ("lang", "lang")):
        if name in extras:
            body[field] = extras[name]
    body["data"] = replies.data(message.data)
    return Request("POST", "/cgi-bin/message/subscribe/send", body, writes=True)


def expected_pages(templates: int) -> Sequence[int]:
    """The one offset, 0: the list comes as a whole."""
    return (0,)


def _live(request: Request, row: Any) -> Live:
    row = replies.fields(request, row, "data")
    content = row.get("content")
    slots = replies.ruled(parse(content), replies.enumerations(row))
    empty = isinstance(content, str) and not content.strip()
    return replace(replies.live(request, row, "priTmplId", slots), empty=empty)
