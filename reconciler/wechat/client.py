"""An account as the rest of the program sees it: what can be asked of it, and what can be done to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from ..errors import CallError
from ..model import Live, Spec, Title
from . import DIALECTS
from .session import Session
from .wire import Request


class WriteForbiddenError(AssertionError):
    """A plan tried to change the account: a bug in reconciler, never the user's."""


class Client:
    """An account of WeChat's: a Reader, and a Remote if it was made with `writes`.

    Every method raises CallError; a write through a client that was made without `writes` raises
    WriteForbiddenError before anything is sent.
    """

    def __init__(self, session: Session, *, writes: bool = False) -> None:
        self._session = session
        self._dialect = DIALECTS[session.connection.dialect]
        self._writes = writes

    async def list_templates(self, expect: int = 0) -> tuple[Live, ...]:
        """All templates, page after page; the pages that `expect` templates fill side by side."""
        offsets = self._dialect.expected_pages(expect)
        pages = await asyncio.gather(*(self._page(offset) for offset in offsets))
        found = {one.template_id: one for page in reversed(pages) for one in reversed(page)}
        found = {one.template_id: found[one.template_id] for page in pages for one in page}
        last, offset = pages[-1], offsets[-1]
        while len(last) >= self._dialect.PAGE:
            offset += len(last)
            last = await self._page(offset)
            fresh = {one.template_id: one for one in last if one.template_id not in found}
            if not fresh:
                break  # a gateway that ignores the offset would send the same page for ever
            found |= fresh
        return tuple(found.values())

    async def _page(self, offset: int) -> tuple[Live, ...]:
        request = self._dialect.list_page(offset)
        return self._dialect.read_page(request, await self._call(request))

    async def title(self, id: str) -> Title:  # noqa: A002  (the field's own name)
        """A title of the library."""
        request = self._dialect.look_up(id)
        return self._dialect.read_title(request, await self._call(request))

    async def add(self, spec: Spec) -> str:
        """Add a template; its template_id."""
        request = self._dialect.add(spec)
        return self._dialect.read_added(request, await self._call(request))

    async def delete(self, template_id: str) -> None:
        """Delete a template; one that is not there is no error (wechat-api.md §6)."""
        try:
            await self._call(self._dialect.delete(template_id))
        except CallError as error:
            if error.errcode != 40037:
                raise

    def expected_keys(self, count: int) -> Sequence[str]:
        """What senders will call the keywords of a template that was just added."""
        return self._dialect.expected_keys(count)

    async def _call(self, request: Request) -> dict[str, Any]:
        if request.writes and not self._writes:
            raise WriteForbiddenError(f"{request.call} through a client that only reads")
        return await self._session.call(request)
