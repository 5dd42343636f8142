"""Credentials, and the requests that turn a secret into a token (wechat-api.md §4). Pure."""

from __future__ import annotations

from typing import Any

from ...core.messages import Text
from ...core.values import Discreet
from ..credential_names import PLAIN, CredentialNames
from ..errcodes import OF_TOKEN
from ..wire import Request, bad_reply
from .redact import hidden, hidden_in_reply
from .token_command import TokenCommand
from .token_server import TokenServer

Issuer = TokenServer | TokenCommand
"""Who hands out an organisation's own tokens"""


class Credentials(Discreet, frozen=True):
    """What opens an account: a token, an issuer of tokens, or an appid and its secret.

    The first of `token`, `issuer` and `secret` that there is counts.
    """

    appid: str | None = None
    secret: str | None = None
    token: str | None = None
    issuer: Issuer | None = None
    names: CredentialNames = PLAIN
    """how hints call them"""


class TokenStore:
    """The token of an account, and the credentials that it comes from. In memory only.

    One serves every client of an account, so that a run asks for one token.
    """

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials
        self.token = credentials.token
        more = credentials.issuer.secrets if credentials.issuer is not None else ()
        self._secrets = {text for text in (credentials.token, credentials.secret, *more) if text}

    def keep(self, token: str) -> None:
        """Replace the token by a newer one; the older ones stay secret."""
        self.token = token
        self._secrets.add(token)

    def secrets(self) -> frozenset[str]:
        """List all that has been secret of the account so far."""
        return frozenset(self._secrets)

    def redact(self, text: str) -> str:
        """Take everything secret out of a text, however it is escaped."""
        return hidden(text, self._secrets)

    def redact_reply(self, content: bytes) -> bytes:
        """Take everything secret out of the bytes of a reply."""
        return hidden_in_reply(content, self._secrets)


def stable(credentials: Credentials, *, force: bool) -> Request:
    """Ask for the stable token: idempotent, and other programs' tokens stay valid."""
    body = {
        "grant_type": "client_credential",
        "appid": credentials.appid,
        "secret": credentials.secret,
        "force_refresh": force,
    }
    return Request("POST", "/cgi-bin/stable_token", body, token=False, meanings=OF_TOKEN)


def classic(credentials: Credentials) -> Request:
    """Ask for a token as the original page describes. Each call ends the token that other programs hold."""
    query = {
        "grant_type": "client_credential",
        "appid": credentials.appid or "",
        "secret": credentials.secret or "",
    }
    return Request("GET", "/cgi-bin/token", query=query, token=False, meanings=OF_TOKEN)


def read_token(request: Request, document: dict[str, Any]) -> str:
    """Read the token of either reply. Raises CallError."""
    token = document.get("access_token")
    if not isinstance(token, str) or not token.strip():
        raise bad_reply(request, Text("wechat.lacks-field", field="access_token"))
    return token
