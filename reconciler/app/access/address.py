"""Addresses that options name: what is one, and to which a secret may be sent. No message shows one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...core.errors import Problem, UsageError

if TYPE_CHECKING:
    import httpx

PRINTABLE = re.compile("[!-~]+")


def check_endpoint(endpoint: str, *, insecure: bool) -> str:
    """The endpoint, if it is one, and one to which a secret may be sent. Raises UsageError."""
    parts = _parts(endpoint)
    if parts is None or parts.userinfo or parts.query or parts.fragment:
        hint = "an address like https://api.weixin.qq.com, without user, query or fragment"
        raise UsageError(Problem("usage", "--endpoint is no http or https address", None, hint))
    _check_tls(parts, "--endpoint", insecure=insecure)
    return endpoint


def check_token_url(url: str, option: str, *, insecure: bool) -> str:
    """The address of a token server, the same; user, path and query are its own. Raises UsageError.

    {appid} and {account} may stand in path and query. In a host they would let templates.yaml choose where
    secrets go (contract, "templates.yaml").
    """
    from ...wechat.auth.token_server import PLACEHOLDERS

    parts = _parts(PLACEHOLDERS.sub("x", url))
    if parts is None or parts.fragment:
        hint = "an address like https://tokens.example.com/token?appid={appid}, without fragment"
        raise UsageError(Problem("usage", f"{option} is no http or https address", None, hint))
    if PLACEHOLDERS.search(urlsplit(url).netloc):
        message = f"{option} has {{appid}} or {{account}} before its path: a file would choose the server"
        raise UsageError(Problem("usage", message, None, "put it into the path or the query"))
    if re.search("[{}]", PLACEHOLDERS.sub("", url)):
        message = f"{option} has a brace that is neither {{appid}}'s nor {{account}}'s"
        raise UsageError(Problem("usage", message, None, "correct it; a brace of the address's own is %7B"))
    _check_tls(parts, option, insecure=insecure)
    return url


def _parts(address: str) -> httpx.URL | None:
    """A http or https address, taken apart; None for what is none."""
    import httpx

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
        message = f"{option} has no TLS: token and secret would travel in the open"
        raise UsageError(Problem("usage", message, None, "use https, or --insecure if the network is yours"))
