"""Addresses that options name, checked: no secret is sent in the open, and no message shows an address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...core.errors import Problem, UsageError
from ...core.messages import Text

if TYPE_CHECKING:
    from ...wechat.transport.http import httpx

PRINTABLE = re.compile("[!-~]+")


def check_endpoint(endpoint: str, *, insecure: bool) -> str:
    """Check an address of the API, to which secrets are sent, and return it. Raises UsageError."""
    parts = _parts(endpoint)
    if parts is None or parts.userinfo or parts.query or parts.fragment:
        raise _wrong(Text("app.no-address", option="--endpoint"), Text("app.address-like"))
    _check_tls(parts, "--endpoint", insecure=insecure)
    return endpoint


def check_token_url(url: str, option: str, *, insecure: bool) -> str:
    """Check a token server's address, and return it; it may have user, path and query. Raises UsageError.

    {appid} and {account} may stand in path and query. In a host they would let templates.yaml choose where
    secrets go (contract, "templates.yaml").
    """
    from ...wechat.auth.token_server import PLACEHOLDERS

    parts = _parts(PLACEHOLDERS.sub("x", url))
    if parts is None or parts.fragment:
        raise _wrong(Text("app.no-address", option=option), Text("app.token-address-like"))
    if PLACEHOLDERS.search(urlsplit(url).netloc):
        raise _wrong(Text("app.account-before-path", option=option), Text("app.account-in-path"))
    if re.search("[{}]", PLACEHOLDERS.sub("", url)):
        raise _wrong(Text("app.odd-brace", option=option), Text("app.correct-brace"))
    _check_tls(parts, option, insecure=insecure)
    return url


def _parts(address: str) -> httpx.URL | None:
    """Parse a http or https address; None for what is none."""
    from ...wechat.transport.http import httpx

    try:
        parts = httpx.URL(address)
        good = (
            PRINTABLE.fullmatch(address) is not None
            and parts.scheme in ("http", "https")
            and parts.host != ""
            and (parts.port is None or 0 < parts.port < 65536)
            and urlsplit(address).hostname is not None
        )
    except (httpx.InvalidURL, ValueError):
        good = False
    return parts if good else None


def _check_tls(parts: httpx.URL, option: str, *, insecure: bool) -> None:
    from ...wechat.transport.hosts import is_loopback

    if parts.scheme == "http" and not insecure and not is_loopback(parts.host):
        raise _wrong(Text("app.no-tls", option=option), Text("app.use-tls"))


def _wrong(text: Text, advice: Text) -> UsageError:
    return UsageError(Problem("usage", text, None, advice))
