"""Credentials, and the requests that turn a secret into a token (wechat-api.md §4). Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ..credential_names import PLAIN, CredentialNames
from ..errcodes import OF_TOKEN
from ..wire import Request, bad_reply
from .redact import hidden
from .token_server import Issuer

SHORTEST_SECRET = 16
"""Characters; a real appsecret has 32, a token more than 100."""


@dataclass(frozen=True)
class Credentials:
    """How an account is entered: with a token, with whoever gives us one, or with an appid and its secret.

    The first of `token`, `issuer` and `secret` that there is counts.
    """

    appid: str | None = None
    secret: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    issuer: Issuer | None = None
    names: CredentialNames = PLAIN
    """what hints call them"""


class Wallet:
    """Credentials and the token that they were turned into. In memory only.

    One wallet serves every client of an account, so that a run asks for one token.
    """

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials
        self.token = credentials.token
        more = credentials.issuer.secrets if credentials.issuer is not None else ()
        self._secrets = {text for text in (credentials.token, credentials.secret, *more) if text}

    def keep(self, token: str) -> None:
        """A newer token; the older ones stay secret."""
        self.token = token
        self._secrets.add(token)

    def secrets(self) -> frozenset[str]:
        """All that was ever secret of it, by now."""
        return frozenset(self._secrets)

    def redact(self, text: str) -> str:
        """The text without anything secret, as it is or escaped in any way."""
        return hidden(text, self._secrets)

    def redact_reply(self, content: bytes) -> bytes:
        """The bytes of a reply that has no business to hold a secret: a title that echoes one would get into
        plan and lock. What is shorter than any real secret may be a word of the reply's own."""
        if b"\\u00" in content:
            content = _ESCAPED.sub(_unescaped, content)
        for secret in sorted(self._secrets, key=len, reverse=True):
            # The part that is written the same in every shape is looked for first: a fleet has many secrets.
            if len(secret) >= SHORTEST_SECRET and _core(secret).encode() in content:
                content = re.sub(_shapes(secret).encode(), b"***", content)
        return content


_ESCAPED = re.compile(rb"(?<!\\)((?:\\\\)*)\\u00([2-7][0-9A-Fa-f])")


def _unescaped(match: re.Match[bytes]) -> bytes:
    """A letter or digit that JSON needs no escape for: so written, no secret would be found."""
    char = bytes([int(match[2], 16)])
    return match[1] + char if char.isalnum() else match[0]


def _core(secret: str) -> str:
    """The longest part of a secret that no escaping changes."""
    return max(re.split("[^A-Za-z0-9]+", secret), key=len)


def _shapes(secret: str) -> str:
    """A pattern for a secret, each of its signs as it is, or escaped as URLs and JSON escape it."""
    return "".join(char if char.isascii() and char.isalnum() else _shapes_of(char) for char in secret)


def _shapes_of(char: str) -> str:
    shapes = [char, json.dumps(char)[1:-1], f"\\u{ord(char):04x}", f"\\{char}", quote(char, safe="")]
    if char in "-._~":
        shapes.append(f"%{ord(char):02x}")
    if char == " ":
        shapes.append("+")
    return f"(?i:{'|'.join(re.escape(shape) for shape in shapes)})"


def stable(credentials: Credentials, *, force: bool) -> Request:
    """Ask for the stable token: idempotent, and no other program's token dies of it."""
    body = {
        "grant_type": "client_credential",
        "appid": credentials.appid,
        "secret": credentials.secret,
        "force_refresh": force,
    }
    return Request("POST", "/cgi-bin/stable_token", body, token=False, meanings=OF_TOKEN)


def classic(credentials: Credentials) -> Request:
    """Ask as the original page describes. Each call kills the token that other programs hold."""
    query = {
        "grant_type": "client_credential",
        "appid": credentials.appid or "",
        "secret": credentials.secret or "",
    }
    return Request("GET", "/cgi-bin/token", query=query, token=False, meanings=OF_TOKEN)


def read_token(request: Request, document: dict[str, Any]) -> str:
    """The token of either reply."""
    token = document.get("access_token")
    if not isinstance(token, str) or not token.strip():
        raise bad_reply(request, "the reply has no access_token")
    return token
