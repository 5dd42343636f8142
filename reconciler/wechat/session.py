"""One account's calls: its token, the repetitions, and errors that never show a secret."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ..errors import CallError
from . import errcodes, tokens
from .network import Network
from .retry import Patience
from .tokens import Wallet
from .wire import Request, read


@dataclass(frozen=True)
class Call:
    """A call that has ended, for progress and --verbose. Seconds; `error` is None where it went well."""

    name: str
    seconds: float
    error: str | None


class Session:
    """One account on the network. Sessions are cheap: a fleet has thousands."""

    def __init__(
        self,
        network: Network,
        wallet: Wallet,
        *,
        on_call: Callable[[Call], None] = lambda _: None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._network = network
        self._connection = network.connection
        self._wallet = wallet
        self._on_call = on_call
        self._patience = Patience(self._connection.retries, left=network.left, rest=network.rest, tell=tell)
        self._token_lock = asyncio.Lock()
        self._given: dict[str | None, str | CallError] = {}
        self._proven: set[str] = set()

    async def call(self, request: Request) -> dict[str, Any]:
        """A call with a token: the JSON object of a reply that reports success.

        A refused token is replaced once; then it fails (wechat-api.md §4). Raises CallError.
        """
        token = self._wallet.token or await self._newer(None)
        try:
            return await self._with_token(request, token)
        except CallError as error:
            if error.errcode not in errcodes.TOKEN or not self._may_be_replaced(token):
                raise
        newer = await self._newer(token)
        try:
            return await self._with_token(request, newer)
        except CallError as error:
            if error.errcode in errcodes.TOKEN:
                raise error.reworded(hint=errcodes.NEW_TOKEN_REFUSED) from None
            raise

    async def _with_token(self, request: Request, token: str) -> dict[str, Any]:
        document = await self._patiently(request, token)
        self._proven.add(token)
        return document

    def _may_be_replaced(self, token: str) -> bool:
        """Not where there is no secret to ask with, nor a replacement that has never been good for a call."""
        replacement = any(given == token for refused, given in self._given.items() if refused is not None)
        return self._wallet.credentials.secret is not None and (token in self._proven or not replacement)

    async def _newer(self, refused: str | None) -> str:
        """What the token server gives in place of a refused token, or at first.

        It is asked once for each, however many calls wait, and whatever it says. Raises CallError.
        """
        async with self._token_lock:
            if refused not in self._given:
                self._given[refused] = await self._asked_for_token(force=refused is None)
        given = self._given[refused]
        if isinstance(given, CallError):
            raise given
        return given

    async def _asked_for_token(self, *, force: bool) -> str | CallError:
        try:
            token = await self._ask_for_token(force=force and self._connection.force_refresh)
        except CallError as error:
            return error
        self._wallet.keep(token)
        return token

    async def _ask_for_token(self, *, force: bool) -> str:
        if self._connection.token_api == "classic":
            request = tokens.classic(self._wallet.credentials)
        else:
            request = tokens.stable(self._wallet.credentials, force=force)
        return tokens.read_token(request, await self._patiently(request, None))

    async def _patiently(self, request: Request, token: str | None) -> dict[str, Any]:
        document: dict[str, Any] = await self._patience.trying(request)(self._exchange, request, token)
        return document

    async def _exchange(self, request: Request, token: str | None) -> dict[str, Any]:
        """One request and its reply, without anything secret in what is told of it."""
        async with self._network.turn(request):
            loop = asyncio.get_running_loop()
            start = loop.time()
            told: str | None = None
            query = {**({"access_token": token} if request.token and token else {}), **request.query}
            try:
                reply = await self._network.exchange(request, query, hide=self._wallet.redact)
                if request.token:
                    reply = replace(reply, content=self._wallet.redact_reply(reply.content))
                return read(request, reply, self._wallet.redact)
            except CallError as error:
                told = error.problems[0].message
                raise
            finally:
                self._on_call(Call(request.call, loop.time() - start, told))
