"""The only room that opens a socket: token, paging, and errors that never show a secret."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx

from .. import __version__
from ..errors import CallError, Problem
from ..model import Live, Spec, Title
from . import DIALECTS, errcodes, tokens
from .tokens import Wallet
from .wire import MAX_REPLY, Reply, Request, bad_reply, read

# httpx logs whole URLs at INFO, and a URL holds the token.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


class WriteForbiddenError(AssertionError):
    """A plan tried to change the account: a bug in reconciler, never the user's."""


@dataclass(frozen=True)
class Connection:
    """How to reach the API: the options of the command line. Times in seconds."""

    endpoint: str = "https://api.weixin.qq.com"
    dialect: str = "wxopen"
    parallelism: int = 8
    timeout: float = 10.0
    deadline: float | None = None
    """for all calls of this connection together"""
    token_api: str = "stable"
    force_refresh: bool = False
    transport: httpx.AsyncBaseTransport | None = None
    """None for the network; the sandbox hands in its app"""


@dataclass(frozen=True)
class Call:
    """A call that has ended, for progress and --verbose. Seconds; `error` is None where it went well."""

    name: str
    seconds: float
    error: str | None


class Client:
    """An account of WeChat's: a Reader, and a Remote if it was opened with `writes`.

    Use it as an async context manager. Every method raises CallError; a write through a client that was
    opened without `writes` raises WriteForbiddenError before anything is sent.
    """

    def __init__(
        self,
        connection: Connection,
        wallet: Wallet,
        *,
        writes: bool = False,
        on_call: Callable[[Call], None] = lambda _: None,
    ) -> None:
        self._connection = connection
        self._dialect = DIALECTS[connection.dialect]
        self._wallet = wallet
        self._writes = writes
        self._on_call = on_call
        self._token_lock = asyncio.Lock()
        self._slots = asyncio.Semaphore(connection.parallelism)
        self._ends: float | None = None
        self._http = httpx.AsyncClient(
            transport=connection.transport,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=connection.parallelism),
            timeout=None,
            headers={"User-Agent": f"reconciler/{__version__}"},
        )

    async def __aenter__(self) -> Client:
        if self._connection.deadline is not None:
            self._ends = asyncio.get_running_loop().time() + self._connection.deadline
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    # ------------------------------------------------------------------ what an account can be asked

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

    # ------------------------------------------------------------------ token

    async def _call(self, request: Request) -> dict[str, Any]:
        """A call with a token. A refused one is replaced once; then it fails (wechat-api.md §4)."""
        if request.writes and not self._writes:
            raise WriteForbiddenError(f"{request.call} through a client that only reads")
        token = self._wallet.token or await self._newer(None)
        try:
            return await self._exchange(request, token)
        except CallError as error:
            if error.errcode not in errcodes.TOKEN or self._wallet.credentials.secret is None:
                raise
        return await self._exchange(request, await self._newer(token))

    async def _newer(self, refused: str | None) -> str:
        """A token other than the refused one, if there is one. One refresh, however many wait for it."""
        async with self._token_lock:
            if self._wallet.token is None or self._wallet.token == refused:
                force = self._connection.force_refresh and refused is None
                self._wallet.keep(await self._ask_for_token(force=force))
            return self._wallet.token or ""

    async def _ask_for_token(self, *, force: bool) -> str:
        if self._connection.token_api == "classic":
            request = tokens.classic(self._wallet.credentials)
        else:
            request = tokens.stable(self._wallet.credentials, force=force)
        return tokens.read_token(request, await self._exchange(request, None))

    # ------------------------------------------------------------------ the wire

    async def _exchange(self, request: Request, token: str | None) -> dict[str, Any]:
        """One request and its reply, without anything secret in what is told of it."""
        async with self._slots:
            loop = asyncio.get_running_loop()
            start = loop.time()
            told: str | None = None
            try:
                return read(request, await self._send(request, token), self._wallet.redact)
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
            raise _broken(request, f"no reply within {allowed:g} seconds", executed=None) from None
        except (httpx.ConnectError, httpx.UnsupportedProtocol) as error:
            host = httpx.URL(self._connection.endpoint).netloc.decode("ascii", "replace")
            what = f"can't connect to {host} ({self._wallet.redact(str(error))})"
            raise _broken(request, what, executed=False) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            what = self._wallet.redact(str(error)) or type(error).__name__
            raise _broken(request, f"the connection broke ({what})", executed=None) from None

    def _allowed(self, request: Request) -> float:
        """Seconds for this call: --timeout, or what --deadline leaves."""
        if self._ends is None:
            return self._connection.timeout
        left = self._ends - asyncio.get_running_loop().time()
        if left <= 0:
            message = (
                f"{request.call}: not made, the deadline of {self._connection.deadline:g} seconds has passed"
            )
            raise CallError(Problem("deadline", message, None, "run it again, or with a longer --deadline"))
        return min(self._connection.timeout, left)

    async def _bytes(self, request: Request, token: str | None) -> Reply:
        query = {**({"access_token": token} if request.token and token else {}), **request.query}
        async with self._http.stream(
            request.method,
            self._connection.endpoint.rstrip("/") + request.path,
            params=query,
            content=request.content(),
            headers={"Content-Type": "application/json"} if request.body is not None else {},
        ) as response:
            content = b""
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > MAX_REPLY:
                    raise bad_reply(request, f"a reply of more than {MAX_REPLY >> 20} MiB")
            return Reply(response.status_code, content, response.headers.get("content-type", ""))


def _broken(request: Request, what: str, *, executed: bool | None) -> CallError:
    hint = "check the network and --endpoint, then run it again; it is safe to repeat"
    return CallError(Problem("no reply", f"{request.call}: {what}", None, hint), executed=executed)
