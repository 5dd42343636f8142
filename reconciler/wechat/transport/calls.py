"""One account's calls, whatever they ask: each waits for its turn, is made again where that may help, and is
reported when it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from ...core.errors import CallError
from ...core.messages import Said, Text
from ..wire import Exchange, Record, Reply, Request
from .network import Connection, Network

if TYPE_CHECKING:
    from .retry import RetryPolicy

T = TypeVar("T")


class Call(Struct, frozen=True):
    """A call that has ended, for progress and --verbose. Seconds; `error` is None where it went well."""

    name: Said
    seconds: float
    error: Said | None


class Calls:
    """The calls of one account over the network."""

    def __init__(
        self,
        network: Network,
        *,
        on_call: Callable[[Call], None],
        tell: Callable[[Said], None],
        record: Record | None = None,
    ) -> None:
        """`record` is handed every exchange, also those that fail."""
        self._network = network
        self._record = record
        self._on_call = on_call
        self._tell = tell

    @property
    def connection(self) -> Connection:
        """The options by which the API is reached."""
        return self._network.connection

    async def ask(self, request: Request, read: Callable[[Reply], T], *, token: str | None = None) -> T:
        """Make a call, once more where that may help, and read its reply. Raises CallError."""
        try:
            return await self._once(request, read, token)
        except CallError as error:
            failed = [error]

        async def again() -> T:
            """The try that has failed, then others. (Most calls need no retry, whose machinery costs
            time.)"""
            if failed:
                raise failed.pop()
            return await self._once(request, read, token)

        found: T = await self._policy.trying(request)(again)
        return found

    @cached_property
    def _policy(self) -> RetryPolicy:
        from .retry import RetryPolicy  # noqa: PLC0415  (nor is it loaded where no call fails)

        network = self._network
        return RetryPolicy(network.connection.retries, left=network.left, rest=network.rest, tell=self._tell)

    async def _once(self, request: Request, read: Callable[[Reply], T], token: str | None) -> T:
        query = {**({"access_token": token} if token else {}), **request.query}

        async def exchange() -> T:
            try:
                return read(await self._exchanged(request, query))
            except CallError as error:
                raise _through(self._network.proxy_of(request), error) from None

        return await self._told(request, exchange)

    async def _exchanged(self, request: Request, query: dict[str, str]) -> Reply:
        """One request and its reply, recorded."""
        if self._record is None:
            return await self._network.exchange(request, query)
        loop = asyncio.get_running_loop()
        start, reply, error = loop.time(), None, None
        try:
            reply = await self._network.exchange(request, query)
            return reply
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._record(Exchange(request, reply, error, loop.time() - start))

    async def do(self, request: Request, late: Text, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work` that is no HTTP call in a call's turn, within --timeout. Raises CallError.

        `late` says what has become of work that took longer."""

        async def in_time() -> T:
            async with self._network.in_time(request, late):
                return await work()

        return await self._told(request, in_time)

    async def _told(self, request: Request, work: Callable[[], Awaitable[T]]) -> T:
        async with self._network.turn(request):
            loop = asyncio.get_running_loop()
            start = loop.time()
            told: Said | None = None
            try:
                return await work()
            except CallError as error:
                told = error.problems[0].text
                raise
            finally:
                self._on_call(Call(request.call, loop.time() - start, told))


def _through(proxy: str | None, error: CallError) -> CallError:
    """Name the proxy in an error that is no answer of WeChat's, unless the error names it already."""
    text = error.problems[0].text
    if proxy is None or error.errcode is not None or _names_proxy(text):
        return error
    return error.reworded(text=Text("wechat.through-proxy", problem=text, proxy=proxy))


def _names_proxy(said: Said | float | tuple[Said, ...]) -> bool:
    return isinstance(said, Text) and ("proxy" in said.fields or any(map(_names_proxy, said.fields.values())))
