"""The `official` dialect: template messages of service accounts (wechat-api.md §3). Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.model import Live, Message, Spec, Title, bare
from ..errcodes import OF_MINIPROGRAM
from ..wire import Request
from .limits import NAMELESS
from .shared import replies
from .shared.content import parse

_PHANTOM = ("订阅模板消息", "{{content.DATA}}")

PAGE: int | None = None
"""The list comes as a whole."""

_PREFIX = "/cgi-bin/template"
PATHS: Sequence[str] = tuple(
    f"{_PREFIX}/{call}" for call in ("get_all_private_template", "api_add_template", "del_private_template")
)


def list_page(offset: int) -> Request:
    """The account's templates, all of them."""
    return Request("GET", f"{_PREFIX}/get_all_private_template")


def read_page(request: Request, document: dict[str, Any]) -> tuple[Live, ...]:
    """The templates of the account, without the row that is none. The reply has no errcode."""
    listed = (
        replies.fields(request, row, "template_list")
        for row in replies.listed(request, document, "template_list")
    )
    return tuple(_live(request, row) for row in listed if not _is_phantom(row))


def look_up(id: str) -> None:  # noqa: A002
    """No request: no call tells a title's keywords, and an add refuses those that are unknown."""
    return


def read_title(id: str, request: Request, document: dict[str, Any]) -> Title:  # noqa: A002
    """Never called: there is no such request."""
    raise AssertionError(f"{request.call} is no look-up")


def categories() -> None:
    """No request: no call lists the library."""
    return


def read_categories(request: Request, document: dict[str, Any]) -> str:
    """Never called: there is no such request."""
    raise AssertionError(f"{request.call} tells no categories")


def titles_page(categories: str, offset: int) -> None:
    """No request: no call lists the library."""
    return


def read_titles(request: Request, document: dict[str, Any]) -> replies.TitlesPage:
    """Never called: there is no such request."""
    raise AssertionError(f"{request.call} lists no titles")


def add(spec: Spec) -> Request:
    """Add a title with chosen keywords, by their names and in order."""
    body = {"template_id_short": spec.id, "keyword_name_list": [bare(one.name) for one in spec.keywords]}
    return Request("POST", f"{_PREFIX}/api_add_template", body, writes=True)


def read_added(request: Request, document: dict[str, Any]) -> str:
    """The new template_id."""
    return replies.identifier(request, document, "template_id")


def expected_keys(count: int) -> None:
    """None: only the account's list tells them."""
    return


def delete(template_id: str) -> Request:
    """Delete a template of the account."""
    return Request("POST", f"{_PREFIX}/del_private_template", {"template_id": template_id}, writes=True)


def send(message: Message) -> Request:
    """A template message. It links to a page of a mini program, or to an address."""
    extras = message.extras
    body: dict[str, Any] = {"touser": message.to, "template_id": message.template_id}
    if "url" in extras:
        body["url"] = extras["url"]
    if "miniprogram" in extras:
        page = {"pagepath": extras["page"]} if "page" in extras else {}
        body["miniprogram"] = {"appid": extras["miniprogram"], **page}
    body["data"] = replies.data(message.data)
    meanings = OF_MINIPROGRAM if "miniprogram" in extras else {}
    return Request("POST", "/cgi-bin/message/template/send", body, writes=True, meanings=meanings)


def expected_pages(templates: int) -> Sequence[int]:
    """The one offset, 0: the list comes as a whole."""
    return (0,)


def _is_phantom(row: dict[str, Any]) -> bool:
    """A row that many accounts list, nobody has added, and nothing can be sent with (wechat-api.md §7)."""
    title, content = (str(row.get(field) or "").strip() for field in ("title", "content"))
    industries = (row.get(field) for field in ("primary_industry", "deputy_industry"))
    return (title, content) == _PHANTOM and not any(str(one or "").strip() for one in industries)


def _live(request: Request, row: dict[str, Any]) -> Live:
    slots = replies.ruled(parse(row.get("content"), nameless=NAMELESS))
    return replies.live(request, row, "template_id", slots)
