"""The `wxopen` dialect: template messages of mini programs (wechat-api.md §1). Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.messages import Text
from ...core.model import Live, Message, Spec, Title
from ..wire import Request, bad_reply
from .shared import replies
from .shared.content import parse

_PAGE = 20
"""The largest `count` of template/list; an account can need more than one page."""

PAGE: int | None = _PAGE

_PREFIX = "/cgi-bin/wxopen/template"
PATHS: Sequence[str] = tuple(f"{_PREFIX}/{call}" for call in ("list", "library/get", "add", "del"))


def list_page(offset: int) -> Request:
    """One page of the account's templates."""
    return Request("POST", f"{_PREFIX}/list", {"offset": offset, "count": _PAGE})


def read_page(request: Request, document: dict[str, Any]) -> tuple[Live, ...]:
    """The templates of a page. There is no total: a page shorter than PAGE is the last."""
    return tuple(_live(request, row) for row in replies.listed(request, document, "list"))


def look_up(id: str) -> Request:  # noqa: A002  (the API's own name for it)
    """A title of the library with its keywords."""
    return Request("POST", f"{_PREFIX}/library/get", {"id": id})


def read_title(id: str, request: Request, document: dict[str, Any]) -> Title:  # noqa: A002
    """The title that was asked for."""
    found, title = document.get("keyword_list"), document.get("title")
    if not isinstance(found, list) or not isinstance(title, str) or not title.strip():
        raise bad_reply(request, Text("wechat.lacks-title-or-keywords"))
    answered = document.get("id")
    if isinstance(answered, str) and answered.casefold() != id.casefold():
        raise bad_reply(request, Text("wechat.other-title", asked=id, answered=answered[:64]))
    return Title(id, title.strip(), replies.keywords(request, found, "keyword_id", "keyword_list"))


def categories() -> None:
    """No request: titles are listed without categories."""
    return


def read_categories(request: Request, document: dict[str, Any]) -> str:
    """Never called: there is no such request."""
    raise AssertionError(f"{request.call} tells no categories")


def titles_page(categories: str, offset: int) -> Request:
    """One page of the library's titles."""
    return Request("POST", f"{_PREFIX}/library/list", {"offset": offset, "count": _PAGE})


def read_titles(request: Request, document: dict[str, Any]) -> replies.TitlesPage:
    """The titles of a page, and how many there are in all."""
    return replies.titles_page(request, document, rows="list", id_field="id", total="total_count")


def add(spec: Spec) -> Request:
    """Add a title with chosen keywords; their order is the order in which they are shown."""
    ids = [keyword.keyword_id for keyword in spec.keywords]
    return Request("POST", f"{_PREFIX}/add", {"id": spec.id, "keyword_id_list": ids}, writes=True)


def read_added(request: Request, document: dict[str, Any]) -> str:
    """The new template_id."""
    return replies.identifier(request, document, "template_id")


def expected_keys(count: int) -> tuple[str, ...]:
    """What senders will use: keywordN, N the position (wechat-api.md §1, `content`)."""
    return tuple(f"keyword{position}" for position in range(1, count + 1))


def delete(template_id: str) -> Request:
    """Delete a template of the account."""
    return Request("POST", f"{_PREFIX}/del", {"template_id": template_id}, writes=True)


def send(message: Message) -> Request:
    """A template message (wechat-api.md §1, send). An extra that is not given is left out of the body."""
    body: dict[str, Any] = {"touser": message.to, "template_id": message.template_id}
    body |= {name: message.extras[name] for name in ("page", "form_id") if name in message.extras}
    body["data"] = replies.data(message.data)
    if message.emphasis is not None:
        body["emphasis_keyword"] = f"{message.emphasis}.DATA"
    return Request("POST", "/cgi-bin/message/wxopen/template/send", body, writes=True)


def expected_pages(templates: int) -> Sequence[int]:
    """The offsets of the pages that so many templates fill; the last page is shorter than PAGE."""
    return range(0, templates + 1, _PAGE)


def _live(request: Request, row: Any) -> Live:
    row = replies.fields(request, row, Text("wechat.the-list"))
    return replies.live(request, row, "template_id", parse(row.get("content")))
