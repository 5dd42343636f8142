"""The `wxopen` dialect: template messages of mini programs (wechat-api.md §1). Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model import LibraryKeyword, Live, Spec, Title
from .content import parse
from .wire import Request, bad_reply

NAME = "wxopen"
PAGE = 20
"""The largest `count` of template/list; an account can need more than one page."""

_PREFIX = "/cgi-bin/wxopen/template"


def list_page(offset: int) -> Request:
    """One page of the account's templates."""
    return Request("POST", f"{_PREFIX}/list", {"offset": offset, "count": PAGE})


def read_page(request: Request, document: dict[str, Any]) -> tuple[Live, ...]:
    """The templates of a page. There is no total: a page shorter than PAGE is the last."""
    rows = document.get("list")
    if not isinstance(rows, list):
        raise bad_reply(request, "the reply has no list")
    return tuple(_live(request, row) for row in rows)


def look_up(id: str) -> Request:  # noqa: A002  (the API's own name for it)
    """A title of the library with its keywords."""
    return Request("POST", f"{_PREFIX}/library/get", {"id": id})


def read_title(request: Request, document: dict[str, Any]) -> Title:
    """The title that was asked for."""
    rows, title = document.get("keyword_list"), document.get("title")
    if not isinstance(rows, list) or not isinstance(title, str) or not title.strip():
        raise bad_reply(request, "the reply has no title or no keyword_list")
    asked, answered = str((request.body or {})["id"]), document.get("id")
    if isinstance(answered, str) and answered.casefold() != asked.casefold():
        raise bad_reply(request, f"{asked} was asked for, and the reply is about {answered}")
    return Title(asked, title.strip(), tuple(_keyword(request, row) for row in rows))


def add(spec: Spec) -> Request:
    """Add a title with chosen keywords; their order is the order in which they are shown."""
    ids = [keyword.keyword_id for keyword in spec.keywords]
    return Request("POST", f"{_PREFIX}/add", {"id": spec.id, "keyword_id_list": ids}, writes=True)


def read_added(request: Request, document: dict[str, Any]) -> str:
    """The new template_id."""
    template_id = document.get("template_id")
    if not isinstance(template_id, str) or not template_id.strip():
        raise bad_reply(request, "the reply has no template_id")
    return template_id


def expected_keys(count: int) -> tuple[str, ...]:
    """What senders will use: keywordN, N the position (wechat-api.md §1, `content`)."""
    return tuple(f"keyword{position}" for position in range(1, count + 1))


def delete(template_id: str) -> Request:
    """Delete a template of the account."""
    return Request("POST", f"{_PREFIX}/del", {"template_id": template_id}, writes=True)


def expected_pages(templates: int) -> Sequence[int]:
    """The offsets that a listing of so many templates asks for; the last page is shorter than PAGE."""
    return range(0, templates + 1, PAGE)


def _live(request: Request, row: Any) -> Live:
    if not isinstance(row, dict):
        raise bad_reply(request, "a row of the list is no object")
    template_id, title = row.get("template_id"), row.get("title")
    if not isinstance(template_id, str) or not template_id or not isinstance(title, str):
        raise bad_reply(request, "a row of the list has no template_id or no title")
    return Live(template_id, title.strip(), parse(row.get("content")))


def _keyword(request: Request, row: Any) -> LibraryKeyword:
    if not isinstance(row, dict):
        raise bad_reply(request, "a row of keyword_list is no object")
    keyword_id, name, example = row.get("keyword_id"), row.get("name"), row.get("example")
    if isinstance(keyword_id, str) and keyword_id.isascii() and keyword_id.isdigit() and len(keyword_id) < 19:
        keyword_id = int(keyword_id)
    if not isinstance(keyword_id, int) or isinstance(keyword_id, bool) or not isinstance(name, str):
        raise bad_reply(request, "a row of keyword_list has no keyword_id or no name")
    return LibraryKeyword(keyword_id, name, example if isinstance(example, str) else "")
