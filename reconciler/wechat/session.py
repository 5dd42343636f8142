"""The only room that opens a socket: token, limits, and errors that never show a secret."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from math import inf
from types import TracebackType
from typing import Any, TypeVar

import httpx

from .. import __version__
from ..errors import CallError, Problem
from . import errcodes, tokens
from .hosts import is_loopback
from .retry import Patience
from .tokens import Wallet
from .wire import MAX_REPLY, Reply, Request, bad_reply, read

# httpx logs whole URLs at INFO, and a URL holds the token.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


T = TypeVar("T")


@dataclass(frozen=True)
class Connection:
    """How to reach the API: the options of the command line. Times in seconds."""

    endpoint: str = "https://api.weixin.qq.com"
    dialect: str = "wxopen"
    parallelism: int = 8
    timeout: float = 10.0
    deadline: float | None = None
    """for all calls of a session together"""
    retries: int = 4
    """of one call that may go well in a moment"""
    token_api: str = "stable"
    force_refresh: bool = False
    transport: Callable[[], httpx.AsyncBaseTransport] | None = None
    """None for the network; the sandbox makes its app here, and a session closes what it has made"""


@dataclass(frozen=True)
class Call:
    """A call that has ended, for progress and --verbose. Seconds; `error` is None where it went well."""

    name: str
    seconds: float
    error: str | None


class Session:
    """Connections to one API and the token for one account, from the first call of a run to its last.

    Use it as an async context manager, in one event loop.
    """

    def __init__(
        self,
        connection: Connection,
        wallet: Wallet,
        *,
        on_call: Callable[[Call], None] = lambda _: None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.connection = connection
        self._wallet = wallet
        self._on_call = on_call
        self._stopping = asyncio.Event()
        self._patience = Patience(connection.retries, left=self._left, rest=self._rest, tell=tell)
        self._token_lock = asyncio.Lock()
        self._given: dict[str | None, str | CallError] = {}
        self._proven: set[str] = set()
        self._slots = asyncio.Semaphore(connection.parallelism)
        self._ends: float | None = None
        self._lanes = _Lanes(connection)

    async def __aenter__(self) -> Session:
        if self.connection.deadline is not None:
            self._ends = asyncio.get_running_loop().time() + self.connection.deadline
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._lanes.close()

    def stop(self) -> None:
        """No more repetitions: somebody waits for the run to end."""
        self._stopping.set()

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
            token = await self._ask_for_token(force=force and self.connection.force_refresh)
        except CallError as error:
            return error
        self._wallet.keep(token)
        return token

    async def _ask_for_token(self, *, force: bool) -> str:
        if self.connection.token_api == "classic":
            request = tokens.classic(self._wallet.credentials)
        else:
            request = tokens.stable(self._wallet.credentials, force=force)
        return tokens.read_token(request, await self._patiently(request, None))

    async def _patiently(self, request: Request, token: str | None) -> dict[str, Any]:
        document: dict[str, Any] = await self._patience.trying(request)(self._exchange, request, token)
        return document

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def _left(self) -> float:
        """Seconds in which a call may still begin."""
        if self._stopping.is_set():
            return 0.0
        return inf if self._ends is None else self._ends - asyncio.get_running_loop().time()

    async def _exchange(self, request: Request, token: str | None) -> dict[str, Any]:
        """One request and its reply, without anything secret in what is told of it."""
        async with self._slots:
            loop = asyncio.get_running_loop()
            start = loop.time()
            told: str | None = None
            try:
                reply = await self._send(request, token)
                if request.token:
                    reply = replace(reply, content=self._wallet.redact_reply(reply.content))
                return read(request, reply, self._wallet.redact)
            except CallError as error:
                told = error.problems[0].message
                raise
            finally:
                self._on_call(Call(request.call, loop.time() - start, told))

    async def _send(self, request: Request, token: str | None) -> Reply:
        allowed = self._allowed(request)
        try:
            async with asyncio.timeout(allowed):
                return await self._bytes(request, token)
        except TimeoutError:
            what = f"no reply within {allowed:g} seconds"
            if allowed < self.connection.timeout:
                what = f"no reply before the deadline of {self.connection.deadline:g} seconds"
            raise _broken(request, what, executed=None) from None
        except (httpx.ConnectError, httpx.UnsupportedProtocol) as error:
            host = httpx.URL(self.connection.endpoint).netloc.decode("ascii", "replace")
            what = f"can't connect to {host} ({self._wallet.redact(str(error))})"
            raise _broken(request, what, executed=False) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            what = self._wallet.redact(str(error)) or type(error).__name__
            raise _broken(request, f"the connection broke ({what})", executed=None) from None

    def _allowed(self, request: Request) -> float:
        """Seconds for this call: --timeout, or what --deadline leaves."""
        if self._ends is None:
            return self.connection.timeout
        left = self._ends - asyncio.get_running_loop().time()
        if left <= 0:
            message = (
                f"{request.call}: not made, the deadline of {self.connection.deadline:g} seconds has passed"
            )
            raise CallError(Problem("deadline", message, None, "run it again, or with a longer --deadline"))
        return min(self.connection.timeout, left)

    async def _bytes(self, request: Request, token: str | None) -> Reply:
        query = {**({"access_token": token} if request.token and token else {}), **request.query}
        with self._lanes.one() as http:
            return await self._over(http, request, query)

    async def _over(self, http: httpx.AsyncClient, request: Request, query: dict[str, str]) -> Reply:
        async with http.stream(
            request.method,
            self.connection.endpoint.rstrip("/") + request.path,
            params=query,
            content=request.content(),
            headers={"Content-Type": request.content_type} if request.content_type else {},
        ) as response:
            content = b""
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > MAX_REPLY:
                    raise bad_reply(request, f"a reply of more than {MAX_REPLY >> 20} MiB")
            return Reply(response.status_code, content, response.headers.get("content-type", ""))


class _Lanes:
    """HTTP clients, one for each call that is under way, each with a connection of its own.

    httpx's pool looks at all of its connections before and after every call: one pool of eight costs twice
    the time of eight pools of one. The lane that was used last is taken first.
    """

    def __init__(self, connection: Connection) -> None:
        self._transport = connection.transport() if connection.transport else None
        self._trust = _checked(lambda: _trust(connection.endpoint))
        self._local = is_loopback(httpx.URL(connection.endpoint).host)
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
        for lane in self._all:
            await lane.aclose()
        if self._transport is not None:
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
                headers={"User-Agent": f"reconciler/{__version__}"},
            )
        )
        self._all.append(lane)
        return lane


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
