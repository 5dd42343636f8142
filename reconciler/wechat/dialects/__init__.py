"""WeChat's APIs for templates: a dialect is a module of pure functions that satisfies `Dialect`.

A new dialect is such a module, a case of `load`, and a line in LIMITS, which says what it can't do
(`limits`); how replies are read alike stands in `shared`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...core.model import Live, Message, Spec, Title
    from ..wire import Request
    from .shared.replies import TitlesPage


class Dialect(Protocol):
    """What the program needs of a dialect; `read_*` raise CallError for a reply of the wrong shape.

    `PATHS` are all calls that it makes, for their daily quotas. `PAGE` is how many templates a page of the
    list holds, None where the list comes as a whole. There is no `look_up` where the library can't be asked,
    no `titles_page` where it can't be listed, and there are no `expected_keys` where nobody can tell.
    `categories` is what must be asked before the titles, if anything.
    """

    PAGE: int | None
    PATHS: Sequence[str]

    def list_page(self, offset: int) -> Request: ...
    def read_page(self, request: Request, document: dict[str, Any]) -> tuple[Live, ...]: ...
    def look_up(self, id: str) -> Request | None: ...  # noqa: A002
    def read_title(self, id: str, request: Request, document: dict[str, Any]) -> Title: ...  # noqa: A002
    def categories(self) -> Request | None: ...
    def read_categories(self, request: Request, document: dict[str, Any]) -> str: ...
    def titles_page(self, categories: str, offset: int) -> Request | None: ...
    def read_titles(self, request: Request, document: dict[str, Any]) -> TitlesPage: ...
    def add(self, spec: Spec) -> Request: ...
    def read_added(self, request: Request, document: dict[str, Any]) -> str: ...
    def expected_keys(self, count: int) -> Sequence[str] | None: ...
    def expected_pages(self, templates: int) -> Sequence[int]: ...
    def delete(self, template_id: str) -> Request: ...
    def send(self, message: Message) -> Request: ...


def load(name: str) -> Dialect:
    """Load the dialect of this name: a run needs one, and a check of a file none. Raises KeyError."""
    match name:
        case "wxopen":
            from . import wxopen

            return wxopen
        case "subscribe":
            from . import subscribe

            return subscribe
        case "official":
            from . import official

            return official
        case "notify":
            from . import notify

            return notify
    raise KeyError(name)
