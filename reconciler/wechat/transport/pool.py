"""Connections to one server: the only module that knows the HTTP libraries' transports.

Requests go to the transports themselves: an HTTP client would log URLs, and keep cookies.
"""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.request import getproxies

from ...core.errors import CallError, Problem
from ...core.messages import Text
from . import proxies, trust
from .hosts import is_loopback
from .http import httpx

# They log whole URLs and headers, and a URL holds the token.
for _name in ("httpx", "httpcore", "aiohttp"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

MOST_HEADER = 64 << 10
"""Bytes of a header line, as httpx's own transport takes them"""


class Pool:
    """Transports to one server, one for each call that is under way, each with a connection of its own.

    httpx's pool looks at all of its connections before and after every call: one pool of eight costs twice
    the time of eight pools of one. The transport that was used last is taken first. With `many` calls,
    aiohttp's pool takes less than these; not every proxy is known to it, so that where there is one it is not
    used.
    """

    def __init__(
        self, origin: str, transport: httpx.AsyncBaseTransport | None, *, many: bool = False
    ) -> None:
        """Make the pool of one `origin` (scheme, host and port); `transport` is used instead, if given.

        Raises CallError where the environment's proxies or certificates can't be used."""
        url = httpx.URL(origin)
        self.host = url.netloc.decode("ascii", "replace")
        self._proxy = None if transport is not None else _proxy(url)
        secured = url.scheme == "https" or (self._proxy is not None and self._proxy.url.scheme == "https")
        self._trust = trust.context(os.environ) if secured else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._fast = transport is None and many and self._proxy is None
        self._shared = _fast_transport(self._trust) if self._fast else transport
        self._own: list[httpx.AsyncBaseTransport] = []
        self._free: list[httpx.AsyncBaseTransport] = []

    @property
    def proxy(self) -> str | None:
        """Host and port of the proxy on the way; None without one."""
        return None if self._proxy is None else self._proxy.url.netloc.decode("ascii", "replace")

    @contextmanager
    def one(self) -> Iterator[httpx.AsyncBaseTransport]:
        """A transport that no other call uses, unless all share one."""
        if self._shared is not None:
            yield self._shared
            return
        transport = self._free.pop() if self._free else self._new()
        try:
            yield transport
        finally:
            self._free.append(transport)

    async def close(self) -> None:
        """Close all connections; errors on the way are ignored."""
        for transport in [*self._own, *([self._shared] if self._fast and self._shared is not None else [])]:
            with suppress(Exception):
                await transport.aclose()

    def _new(self) -> httpx.AsyncBaseTransport:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        transport = httpx.AsyncHTTPTransport(verify=self._trust, limits=limits, proxy=self._proxy)
        self._own.append(transport)
        return transport


def _proxy(url: httpx.URL) -> httpx.Proxy | None:
    """The proxy on the way, as the environment names it; none for this machine's own addresses, since it
    would see token and secret. Raises CallError."""
    if is_loopback(url.host):
        return None
    found = proxies.proxy_of(url.scheme, url.host, url.port, getproxies())
    if found is None:
        return None
    name, address = found
    try:
        proxy = httpx.Proxy(address)
        if not proxy.url.host:
            raise ValueError(address)
    except (ValueError, httpx.InvalidURL):
        text = Text("wechat.no-proxy-address", variable=name)
        raise CallError(Problem("environment", text, None, Text("wechat.proxy-address-todo"))) from None
    return proxy


def _fast_transport(trusted: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    """aiohttp's pool, which bounds nothing: `Network` bounds the calls."""
    import aiohttp  # noqa: PLC0415  (100 ms that only a fleet gets back)
    import httpx_aiohttp  # noqa: PLC0415

    class Transport(httpx_aiohttp.AiohttpTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            """Tell a connection that was never made from a time-out of a call: then nothing was carried
            out."""
            try:
                return await super().handle_async_request(request)
            except httpx.ConnectTimeout as error:
                if isinstance(error.__cause__, aiohttp.ClientConnectorError):
                    raise httpx.ConnectError("") from error.__cause__
                raise

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=trusted),
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=MOST_HEADER,
            max_field_size=MOST_HEADER,
        )

    return Transport(client=session)
