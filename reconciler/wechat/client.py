"""An account as the rest of the program sees it: what can be asked of it, and what can be done to it."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from ..core.errors import CallError, InputError, Problem
from ..core.messages import Said, Text
from ..core.model import Live, Message, Spec, Title
from . import dialects, errcodes
from .auth.session import Session
from .dialects.limits import LIMITS
from .dialects.shared import quotas
from .dialects.shared.quotas import Quota
from .dialects.shared.replies import TitlesPage
from .list_bounds import Bounds
from .wire import Request, bad_reply

T = TypeVar("T")

MAX_PAGES = 500
"""Pages of a list that are read: far more templates than any account may have."""

SIDE_BY_SIDE = 16
"""Pages of one list that are asked for at the same time"""

TRIES = 3
"""How often the library is listed again that changes while it is"""


class WriteForbiddenError(AssertionError):
    """A plan tried to change the account: a bug in reconciler, never the user's."""


class Client:
    """An account of WeChat's: a Reader, and a Remote if it was made with `writes`.

    Every method raises CallError; a write through a client that was made without `writes` raises
    WriteForbiddenError before anything is sent.
    """

    def __init__(
        self,
        session: Session,
        dialect: str = "wxopen",
        *,
        writes: bool = False,
        tell: Callable[[Said], None] = lambda _: None,
    ) -> None:
        """`tell` hears of what is odd and stops nothing."""
        self._session = session
        self._tell = tell
        self._dialect, self._limits = dialects.load(dialect), LIMITS[dialect]
        self._writes = writes
        self._takes_json = self._takes_forms = False
        self._looked_up = Bounds.of_library()

    async def list_templates(self, expect: Collection[str] = (), more: int = 0) -> tuple[Live, ...]:
        """List all templates, in pages if the dialect has pages; the pages that `expect` and `more` will fill
        are asked for side by side.

        There is no total, so a page that is not full is the last (wechat-api.md §1, list). But some gateways
        give less than was asked for: such a page is not the last while something expected is missing, or
        where a later page has rows.
        """
        count = len(expect) + more
        offsets = self._dialect.expected_pages(count)
        bounds = Bounds.of_list()
        found = await _side_by_side(lambda offset: self._page(offset, bounds), offsets)
        pages = dict(zip(offsets, found, strict=True))
        at = next((offset for offset, page in pages.items() if not self._full(page)), offsets[-1])
        last = pages[at]
        capped = any(page for offset, page in pages.items() if offset > at)
        paged = self._dialect.PAGE is not None
        while last and paged and (capped or self._full(last) or _lacks(_merged(pages), expect, count)):
            at += len(last)
            page = await self._page(at, bounds)
            if page == last:
                if self._full(page):
                    self._check_that_all_was_seen(at, _merged(pages), count)
                break
            pages[at] = last = page
            if len(pages) > MAX_PAGES:
                raise bad_reply(self._dialect.list_page(at), Text("wechat.endless-list", pages=len(pages)))
        return _merged(pages)

    def _check_that_all_was_seen(self, at: int, found: Sequence[Live], count: int) -> None:
        """Raise CallError where a gateway ignores the offset, so that it sends the same page for ever, and
        shows fewer templates than there should be: every run would add the others again."""
        if len(found) < count:
            what = Text("wechat.offset-ignored", expected=count, shown=len(found))
            raise bad_reply(self._dialect.list_page(at), what)

    def _full(self, page: Sequence[Live]) -> bool:
        return self._dialect.PAGE is not None and len(page) >= self._dialect.PAGE

    async def _page(self, offset: int, bounds: Bounds) -> tuple[Live, ...]:
        request = self._dialect.list_page(offset)
        page = self._dialect.read_page(request, await self._call(request))
        bounds.take(request, page)
        return page

    async def count(self) -> int:
        """Count the templates that one call lists: those of the first page, if there are pages."""
        return len(await self._page(0, Bounds.of_list()))

    async def title(self, id: str) -> Title:  # noqa: A002  (the field's own name)
        """Look up a title of the library, as far as the dialect can."""
        request = self._dialect.look_up(id)
        if request is None:
            return Title(id, None, () if self._limits.is_fixed(id) else None)
        self._looked_up.check(request)
        title = self._dialect.read_title(id, request, await self._call(request))
        self._looked_up.take(request, [title])
        return title

    async def titles(self) -> tuple[Title, ...]:
        """List all titles of the library, in its order and without keywords; its pages side by side
        (wechat-api.md §1, library/list; §2, getpubtemplatetitles).

        A library whose pages hold fewer titles than it counts, repeat some, or change meanwhile is listed
        again, and every title that was ever seen counts. Some titles no page ever shows (wechat-api.md §7):
        `tell` hears of that.

        Raises CallError also where there are none, and InputError where the dialect can't list them.
        """
        titles = await self._titles_as_listed()
        if not titles:
            raise CallError(
                Problem("no titles", Text("wechat.no-titles"), None, Text("wechat.no-titles-todo"))
            )
        return titles

    async def _titles_as_listed(self) -> tuple[Title, ...]:
        scope = ""
        if (asked := self._dialect.categories()) is not None:
            scope = self._dialect.read_categories(asked, await self._call(asked))
            if not scope:
                return ()
        found: dict[str, Title] = {}
        last: dict[str, Title] | None = None
        for _ in range(TRIES):
            total, listed, steady = await self._all_titles(scope)
            found |= listed
            if steady and len(found) >= total:
                return tuple(found.values())
            if listed == last:
                break
            last = listed
        else:
            self._tell(Text("wechat.library-changes"))
        if len(found) < total:
            self._tell(Text("wechat.titles-not-listed", total=total, listed=len(found)))
        return tuple(found.values())

    async def _all_titles(self, scope: str) -> tuple[int, dict[str, Title], bool]:
        """How many titles there are, those that are listed, by id, and whether the count was the same on all
        pages."""
        bounds = Bounds.of_library()
        request, first = await self._titles(scope, 0, bounds)
        size, total = len(first.titles), first.total
        if total > size * MAX_PAGES:
            raise bad_reply(request, Text("wechat.too-many-pages", total=total, size=size))
        rest = range(size, total, size) if size else ()
        others = await _side_by_side(lambda at: self._titles(scope, at, bounds), rest)
        pages = [first, *(page for _, page in others)]
        if any(page.titles == first.titles for page in pages[1:]):
            raise bad_reply(request, Text("wechat.titles-offset-ignored"))
        found = {title.id: title for page in pages for title in page.titles}
        return total, found, all(page.total == total for page in pages)

    async def _titles(self, scope: str, offset: int, bounds: Bounds) -> tuple[Request, TitlesPage]:
        request = self._dialect.titles_page(scope, offset)
        if request is None:
            text = Text("wechat.no-library")
            raise InputError(Problem("no library", text, None, Text("wechat.no-library-todo")))
        page = self._dialect.read_titles(request, await self._call(request))
        bounds.take(request, page.titles)
        return request, page

    async def add(self, spec: Spec) -> str:
        """Add a template; its template_id.

        Of one that was added just before it is the id that exists (wechat-api.md §2, 200022).
        """
        request = self._dialect.add(spec)
        try:
            return self._dialect.read_added(request, await self._write(request))
        except CallError as error:
            if error.errcode not in errcodes.THERE_ALREADY:
                raise
            return self._dialect.read_added(request, dict(error.document))

    async def delete(self, template_id: str) -> None:
        """Delete a template; one that is not there is no error (wechat-api.md §6)."""
        try:
            await self._write(self._dialect.delete(template_id))
        except CallError as error:
            if error.errcode not in errcodes.GONE:
                raise

    async def send(self, message: Message) -> Mapping[str, Any]:
        """Send a message to a user; the server's reply. Made again only where it was not carried out."""
        return await self._write(self._dialect.send(message))

    def expected_keys(self, count: int) -> Sequence[str] | None:
        """The keys by which senders will name a new template's keywords; None: the account's list tells
        them."""
        return self._dialect.expected_keys(count)

    async def ensure_token(self) -> None:
        """Get a token. Raises CallError where there is none."""
        await self._session.ensure_token()

    async def quota(self, path: str) -> Quota:
        """Ask how much of a call's quota is left today."""
        request = quotas.ask(path)
        return quotas.read(request, await self._call(request))

    @property
    def paths(self) -> Sequence[str]:
        """The calls that are made of this account."""
        return self._dialect.PATHS

    async def _write(self, request: Request) -> dict[str, Any]:
        """Make a write, as JSON; as a form where a gateway has shown that it takes nothing else.

        Such a gateway answers JSON with "missing parameter" (wechat-api.md §2); what is refused in other
        words is not sent twice, nor is anything once JSON has been taken."""
        if self._takes_forms and request.form_too:
            return await self._call(replace(request, form=True))
        try:
            document = await self._call(request)
            self._takes_json = True
            return document
        except CallError as error:
            unseen = errcodes.lacks_parameter(error.errcode, error.document.get("errmsg"))
            if not unseen or not request.form_too or self._takes_json:
                raise
            refused = error
        try:
            document = await self._call(replace(request, form=True))
        except CallError as error:
            raise refused if error.errcode in errcodes.NO_FORM else error from None
        self._takes_forms = True
        return document

    async def _call(self, request: Request) -> dict[str, Any]:
        if request.writes and not self._writes:
            raise WriteForbiddenError(f"{request.call} through a client that only reads")
        return await self._session.call(request)


async def _side_by_side(ask: Callable[[int], Awaitable[T]], offsets: Sequence[int]) -> list[T]:
    """Ask for several pages, `SIDE_BY_SIDE` at a time. Calls under way end before the first error is
    raised."""
    found: list[T] = []
    for begin in range(0, len(offsets), SIDE_BY_SIDE):
        asked = map(ask, offsets[begin : begin + SIDE_BY_SIDE])
        for answer in await gather(*asked, return_exceptions=True):
            if isinstance(answer, BaseException):
                raise answer
            found.append(answer)
    return found


def _lacks(found: Sequence[Live], expect: Collection[str], count: int) -> bool:
    return len(found) < count or not {one.template_id for one in found}.issuperset(expect)


def _merged(pages: Mapping[int, Sequence[Live]]) -> tuple[Live, ...]:
    """Join pages that may overlap, first listed first."""
    found: dict[str, Live] = {}
    for _, page in sorted(pages.items()):
        for one in page:
            found.setdefault(one.template_id, one)
    return tuple(found.values())
