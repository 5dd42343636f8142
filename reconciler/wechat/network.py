"""The only room that opens a socket. One network serves all accounts of a run, and bounds what they do.

It carries requests as bytes and replies as bytes; what they mean is session.py's.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from math import inf
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlencode
from urllib.request import getproxies

import httpx
from aiolimiter import AsyncLimiter

from .. import __version__
from ..errors import CallError, Problem
from .hosts import is_loopback
from .wire import Hide, Reply, Request, bad_reply

# httpx logs whole URLs at INFO, and a URL holds the token.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


T = TypeVar("T")
HEADERS = {"User-Agent": f"reconciler/{__version__}", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}


@dataclass(frozen=True)
class Connection:
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
        self._pace = AsyncLimiter(1, 1 / connection.rate) if connection.rate else None
        self._ends: float | None = None
        self._transport = connection.transport() if connection.transport else None
        self._lanes: dict[str, Lanes] = {}
        self._lanes_to(connection.endpoint)

    async def __aenter__(self) -> Network:
        if self.connection.deadline is not None:
            self._ends = asyncio.get_running_loop().time() + self.connection.deadline
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for lanes in self._lanes.values():
            await lanes.close()
        if self._transport is not None:
            await self._transport.aclose()

    def stop(self) -> None:
        """No more repetitions: somebody waits for the run to end."""
        self._stopping.set()

    async def rest(self, seconds: float) -> None:
        """Wait, unless the run is to end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def left(self) -> float:
        """Seconds in which a call may still begin."""
        if self._stopping.is_set():
            return 0.0
        return inf if self._ends is None else self._ends - asyncio.get_running_loop().time()

    @asynccontextmanager
    async def turn(self, request: Request) -> AsyncIterator[None]:
        """Wait until one more call may be made, and be the one who makes it.

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
    async def in_time(self, request: Request, late: str = "no reply") -> AsyncIterator[None]:
        """Give up after --timeout, or at the deadline; `late` says of what. Raises CallError."""
        allowed = self._allowed(request)
        try:
            async with asyncio.timeout(allowed):
                yield
        except TimeoutError:
            what = f"{late} within {allowed:g} seconds"
            if allowed < self.connection.timeout:
                what = f"{late} before the deadline of {self.connection.deadline:g} seconds"
            raise _broken(request, what, executed=None) from None

    async def exchange(self, request: Request, query: dict[str, str], *, hide: Hide) -> Reply:
        """One request and its reply, in the caller's `turn`.

        Raises CallError, in whose words `hide` has hidden what is secret.
        """
        base = self.connection.endpoint if request.elsewhere is None else request.elsewhere.origin
        try:
            async with self.in_time(request):
                with self._lanes_to(base).one() as http:
                    return await _over(http, base, request, query)
        except (httpx.ConnectError, httpx.UnsupportedProtocol) as error:
            host = httpx.URL(base).netloc.decode("ascii", "replace")
            what = f"can't connect to {host} ({hide(str(error))})"
            raise _broken(request, what, executed=False) from None
        except UnicodeEncodeError:
            what = "there is text in it that no request can hold: half of a surrogate pair"
            raise _broken(request, what, executed=False) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            what = hide(str(error)) or type(error).__name__
            raise _broken(request, f"the connection broke ({what})", executed=None) from None

    def _lanes_to(self, origin: str) -> Lanes:
        if origin not in self._lanes:
            own = self._transport if origin == self.connection.endpoint else None
            self._lanes[origin] = Lanes(origin, own, many=self.connection.many)
        return self._lanes[origin]

    def _allowed(self, request: Request) -> float:
        """Seconds for this call: --timeout, or what --deadline leaves."""
        if self._ends is None:
            return self.connection.timeout
        left = self._ends - asyncio.get_running_loop().time()
        if left <= 0:
            raise self._too_late(request)
        return min(self.connection.timeout, left)

    def _too_late(self, request: Request) -> CallError:
        message = f"{request.call}: not made, the deadline of {self.connection.deadline:g} seconds has passed"
        return CallError(Problem("deadline", message, None, "run it again, or with a longer --deadline"))


async def _over(http: httpx.AsyncClient, base: str, request: Request, query: dict[str, str]) -> Reply:
    if (elsewhere := request.elsewhere) is not None:
        url, headers = elsewhere.origin + elsewhere.target, {**HEADERS, **elsewhere.headers}
    else:
        url, headers = base.rstrip("/") + request.path, HEADERS
    # Made by hand: http.stream() would take the address apart three times more.
    asked = httpx.Request(
        request.method,
        url + (f"?{urlencode(query)}" if query else ""),
        content=request.content(),
        headers={**headers, **({"Content-Type": request.content_type} if request.content_type else {})},
    )
    response = await http.send(asked, stream=True)
    try:
        content = b""
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > request.most:
                raise bad_reply(request, f"a reply of more than {_size(request.most)}")
        return Reply(response.status_code, content, response.headers.get("content-type", ""))
    finally:
        await response.aclose()


def _size(limit: int) -> str:
    return f"{limit >> 20} MiB" if limit >> 20 else f"{limit >> 10} KiB"


class Lanes:
    """HTTP clients to one server, one for each call that is under way, each with a connection of its own.

    httpx's pool looks at all of its connections before and after every call: one pool of eight costs twice
    the time of eight pools of one. The lane that was used last is taken first. With `many` calls, aiohttp's
    pool takes less than these; it knows no proxies of ours, so that where there are any it is not used.
    """

    def __init__(
        self, origin: str, transport: httpx.AsyncBaseTransport | None, *, many: bool = False
    ) -> None:
        self._trust = _checked(lambda: _trust(origin))
        self._local = is_loopback(httpx.URL(origin).host)
        self._fast = transport is None and many and (self._local or not getproxies())
        self._transport = _fast_transport(self._trust) if self._fast else transport
        self._all: list[httpx.AsyncClient] = []
        self._free = [self._new()]

    @contextmanager
    def one(self) -> Iterator[httpx.AsyncClient]:
        """A lane that nobody else is on."""
        lane = self._free.pop() if self._free else self._new()
        try:
            yield lane
        finally:
            self._free.append(lane)

    async def close(self) -> None:
        """Hang up."""
        for lane in self._all:
            await lane.aclose()
        if self._fast and self._transport is not None:
            await self._transport.aclose()

    def _new(self) -> httpx.AsyncClient:
        """A client, with proxy and certificates as the environment names them; no proxy for this machine's
        own addresses, since it would see token and secret."""
        lane = _checked(
            lambda: httpx.AsyncClient(
                transport=self._transport,
                verify=self._trust,
                trust_env=not self._local,
                limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
                timeout=None,
            )
        )
        self._all.append(lane)
        return lane


def _fast_transport(trust: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    """One pool for all lanes: they bound the calls, and it need not."""
    import aiohttp  # noqa: PLC0415  (100 ms that only a fleet gets back)
    import httpx_aiohttp  # noqa: PLC0415

    class Transport(httpx_aiohttp.AiohttpTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            """It calls a connection that was never made a time-out: but then nothing was carried out."""
            try:
                return await super().handle_async_request(request)
            except httpx.ConnectTimeout as error:
                if isinstance(error.__cause__, aiohttp.ClientConnectorError):
                    raise httpx.ConnectError(str(error)) from None
                raise

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=trust), cookie_jar=aiohttp.DummyCookieJar()
        )

    return Transport(client=session)


def _trust(endpoint: str) -> ssl.SSLContext:
    """The usual authorities. An endpoint without TLS needs none, and loading them takes 40 ms."""
    if endpoint.startswith("http://"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.create_ssl_context()


def _checked(make: Callable[[], T]) -> T:
    """Make what depends on the environment. Raises CallError."""
    try:
        return make()
    except (ValueError, httpx.InvalidURL, OSError) as error:
        message = f"the environment's proxy or certificate settings can't be used: {error}"
        hint = "look at HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR"
        raise CallError(Problem("environment", message, None, hint)) from None


def _broken(request: Request, what: str, *, executed: bool | None) -> CallError:
    hint = "check the network and --endpoint, then run it again; it is safe to repeat"
    problem = Problem("no reply", f"{request.call}: {what}", None, hint)
    return CallError(problem, executed=executed, passing=True)
