"""The network: the only module that opens a socket. One serves all accounts of a run, and bounds what they
do.

It carries requests and replies as bytes, and knows nothing of what they mean.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from math import inf
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from msgspec import Struct

from ... import __version__
from ...core.errors import CallError, Problem
from ...core.messages import Text
from ..wire import Reply, Request
from . import failures
from .http import httpx
from .pool import Pool
from .reply_body import ASKED_FOR, Body

if TYPE_CHECKING:
    from aiolimiter import AsyncLimiter

HEADERS = {"User-Agent": f"reconciler/{__version__}", "Accept": "*/*", "Accept-Encoding": ASKED_FOR}


class Connection(Struct, frozen=True):
    """How to reach the API: the options of the command line. Times in seconds."""

    endpoint: str = "https://api.weixin.qq.com"
    parallelism: int = 8
    """calls at the same time, over all accounts"""
    rate: float | None = None
    """calls a second, over all accounts; None for as many as go"""
    timeout: float = 10.0
    deadline: float | None = None
    """for all calls of a run together"""
    retries: int = 4
    """of one call that may go well in a moment"""
    token_api: str = "stable"
    force_refresh: bool = False
    many: bool = False
    """there will be thousands of calls: a transport pays that takes longer to load and is faster then"""
    transport: Callable[[], httpx.AsyncBaseTransport] | None = None
    """None for the network; the sandbox makes its app here, and a network closes what it has made"""


class Network:
    """Connections to the API from the first call of a run to its last, and the bounds that all calls share.

    Use it as an async context manager, in one event loop.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._stopping = asyncio.Event()
        self._slots = asyncio.Semaphore(connection.parallelism)
        self._pace = _pace(connection.rate) if connection.rate else None
        self._ends: float | None = None
        self._transport = connection.transport() if connection.transport else None
        self._pools: dict[str, Pool] = {}
        self._pool_of(connection.endpoint)

    async def __aenter__(self) -> Network:
        if self.connection.deadline is not None:
            self._ends = asyncio.get_running_loop().time() + self.connection.deadline
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools.values():
            await pool.close()
        if self._transport is not None:
            await self._transport.aclose()

    def stop(self) -> None:
        """Make no call again from now on: the run is to end."""
        self._stopping.set()

    async def rest(self, seconds: float) -> None:
        """Wait for so many seconds, or until the run is to end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def left(self) -> float:
        """Seconds in which a call may still begin."""
        if self._stopping.is_set():
            return 0.0
        return inf if self._ends is None else self._ends - asyncio.get_running_loop().time()

    @asynccontextmanager
    async def turn(self, request: Request) -> AsyncIterator[None]:
        """Wait until one more call may be made, and take its place.

        Raises CallError at the deadline; `timeout` is for the call itself.
        """
        await self._before_the_end(self._slots.acquire(), request)
        try:
            if self._pace is not None:
                await self._before_the_end(self._pace.acquire(), request)
            yield
        finally:
            self._slots.release()

    async def _before_the_end(self, waiting: Coroutine[Any, Any, object], request: Request) -> None:
        try:
            async with asyncio.timeout_at(self._ends):
                await waiting
        except TimeoutError:
            raise self._too_late(request) from None

    @asynccontextmanager
    async def in_time(self, request: Request, late: Text | None = None) -> AsyncIterator[None]:
        """Give up after --timeout, or at the deadline; `late` says of what, if of no reply. Raises
        CallError."""
        allowed = self._allowed(request)
        try:
            async with asyncio.timeout(allowed):
                yield
        except TimeoutError:
            raise failures.late(request, self._too_slow(late or Text("wechat.no-reply"), allowed)) from None

    async def exchange(self, request: Request, query: dict[str, str]) -> Reply:
        """One request and its reply, in the caller's `turn`.

        Raises CallError, which holds no word of an exception's.
        """
        base = self._base(request)
        asked, pool = _request(base, request, query), self._pool_of(base)
        try:
            async with self.in_time(request):
                with pool.one() as transport:
                    return await _over(transport, request, asked)
        except CallError:
            raise
        except Exception as error:  # whatever a transport raises of whatever it was sent
            raise failures.broken(request, pool.host, error, pool.proxy) from None

    def proxy_of(self, request: Request) -> str | None:
        """Host and port of the proxy that a call goes through, if one does."""
        return self._pool_of(self._base(request)).proxy

    def _base(self, request: Request) -> str:
        return self.connection.endpoint if request.server is None else request.server.origin

    def _pool_of(self, origin: str) -> Pool:
        if origin not in self._pools:
            own = self._transport if origin == self.connection.endpoint else None
            self._pools[origin] = Pool(origin, own, many=self.connection.many)
        return self._pools[origin]

    def _allowed(self, request: Request) -> float:
        """Seconds for this call: --timeout, or what --deadline leaves."""
        if self._ends is None:
            return self.connection.timeout
        left = self._ends - asyncio.get_running_loop().time()
        if left <= 0:
            raise self._too_late(request)
        return min(self.connection.timeout, left)

    def _too_slow(self, late: Text, allowed: float) -> Text:
        deadline = self.connection.deadline
        if deadline is not None and allowed < self.connection.timeout:
            return Text("wechat.late-for-deadline", what=late, seconds=deadline)
        return Text("wechat.late", what=late, seconds=allowed)

    def _too_late(self, request: Request) -> CallError:
        assert self.connection.deadline is not None, "only a deadline passes"
        text = Text("wechat.deadline-passed", call=request.call, seconds=self.connection.deadline)
        return CallError(Problem("deadline", text, None, Text("wechat.deadline-todo")))


def _pace(rate: float) -> AsyncLimiter:
    """So many calls a second, evenly spaced."""
    from aiolimiter import AsyncLimiter  # noqa: PLC0415  (few give --rate)

    return AsyncLimiter(1, 1 / rate)


def _request(base: str, request: Request, query: dict[str, str]) -> httpx.Request:
    """Make the httpx request. Raises CallError."""
    if (server := request.server) is not None:
        url, headers = server.origin + server.target, {**HEADERS, **server.headers}
    else:
        url, headers = base.rstrip("/") + request.path, HEADERS
    try:
        return httpx.Request(
            request.method,
            url + (f"?{urlencode(query)}" if query else ""),
            content=request.content(),
            headers={**headers, **({"Content-Type": request.content_type} if request.content_type else {})},
        )
    except (ValueError, TypeError, httpx.InvalidURL) as error:
        raise failures.unsendable(request, error) from None


async def _over(transport: httpx.AsyncBaseTransport, request: Request, asked: httpx.Request) -> Reply:
    """Send a request and read its reply. Raises CallError for a body that is too large or can't be unpacked,
    and whatever the transport raises."""
    response = await transport.handle_async_request(asked)
    try:
        body = Body(request, response.headers.get("content-encoding", ""))
        async for piece in response.aiter_raw():
            body.take(piece)
        return Reply(response.status_code, body.content(), response.headers.get("content-type", ""))
    finally:
        await response.aclose()
