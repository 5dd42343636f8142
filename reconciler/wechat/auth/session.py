"""One account's calls with its token: a refused one is replaced once, however many calls are in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from ...core.errors import CallError
from ...core.messages import Said
from .. import errcodes
from ..transport.calls import Call, Calls
from ..transport.network import Network
from ..wire import Record, Reply, Request, read
from .credentials import TokenStore
from .sources import source_of

__all__ = ["Call", "Session"]


class Session:
    """Calls of one account, each with its token. Cheap to make: a fleet has thousands."""

    def __init__(
        self,
        network: Network,
        store: TokenStore,
        *,
        on_call: Callable[[Call], None] = lambda _: None,
        tell: Callable[[Said], None] = lambda _: None,
        record: Record | None = None,
    ) -> None:
        self._store = store
        self._calls = Calls(network, on_call=on_call, tell=tell, record=record)
        self._source = source_of(store, self._calls)
        self._token_lock = asyncio.Lock()
        self._given: dict[str | None, str | CallError | None] = {}
        self._proven: set[str] = set()

    async def ensure_token(self) -> None:
        """Get a token, if there is none yet, and make no call with it. Raises CallError."""
        if self._store.token is None:
            await self._newer(None)

    async def call(self, request: Request) -> dict[str, Any]:
        """Make a call with a token; the JSON object of a reply that reports success.

        A refused token is replaced once; then it fails (wechat-api.md §4). Raises CallError.
        """
        token = self._store.token or await self._newer(None)
        assert token is not None, "a source has a token to begin with"
        try:
            return await self._with_token(request, token)
        except CallError as error:
            if error.errcode not in errcodes.TOKEN:
                raise
            newer = await self._newer(token) if self._may_be_replaced(token) else None
            if newer is None:
                raise self._explained(error, token) from None
        try:
            return await self._with_token(request, newer)
        except CallError as error:
            if error.errcode in errcodes.TOKEN:
                raise self._explained(error, newer) from None
            raise

    async def _with_token(self, request: Request, token: str) -> dict[str, Any]:
        def document(reply: Reply) -> dict[str, Any]:
            hidden = replace(reply, content=self._store.redact_reply(reply.content))
            return read(request, hidden, self._store.redact, self._store.credentials.names)

        found = await self._calls.ask(request, document, token=token)
        self._proven.add(token)
        return found

    def _may_be_replaced(self, token: str) -> bool:
        """Whether a refused token may be replaced: not one that is a replacement and was never accepted."""
        return token in self._proven or not self._is_replacement(token)

    def _is_replacement(self, token: str) -> bool:
        return any(given == token for refused, given in self._given.items() if refused is not None)

    def _explained(self, error: CallError, token: str) -> CallError:
        """The error, with what to do about the token's source where a replacement is refused, too."""
        hint = self._source.refused(same=self._given.get(token) == token)
        return error if hint is None or not self._is_replacement(token) else error.reworded(advice=hint)

    async def _newer(self, refused: str | None) -> str | None:
        """Ask the source for a token in place of a refused one, or for the first; None where it can't be
        asked.

        It is asked once for each, however many calls wait, and whatever it says. Raises CallError.
        """
        async with self._token_lock:
            if refused not in self._given:
                self._given[refused] = await self._asked_for_token(refused)
        given = self._given[refused]
        if isinstance(given, CallError):
            raise given
        return given

    async def _asked_for_token(self, refused: str | None) -> str | CallError | None:
        try:
            token = await (self._source.first() if refused is None else self._source.newer(refused))
        except CallError as error:
            # Whatever became of it: the call that waits for the token was not carried out.
            return error.before_the_call()
        if token is not None:
            self._store.keep(token)
        return token
