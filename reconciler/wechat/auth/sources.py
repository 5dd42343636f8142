"""Where an account's token comes from, and a newer one in place of a refused one (wechat-api.md §4).

`session` asks a source once for each token that was refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ...core.errors import CallError, Problem
from ...core.messages import Text
from .. import errcodes
from ..transport.calls import Calls
from ..wire import OtherServer, Reply, Request, read
from . import token_command, token_server
from .credentials import TokenStore, classic, read_token, stable
from .token_command import TokenCommand
from .token_server import TokenServer

_SERVER_ADVICE = {
    "no reply": Text("wechat.check-token-server"),
    "bad reply": Text("wechat.token-server-todo"),
}
_COMMAND_ADVICE = {"no reply": Text("wechat.slow-token-command-todo")}


class TokenSource(Protocol):
    """A source of one account's tokens. The coroutines raise CallError."""

    async def first(self) -> str:
        """Get the first token."""

    async def newer(self, refused: str) -> str | None:
        """Get a token in place of one that WeChat has refused; it may be the same. None: none can be asked
        for."""

    def refused(self, *, same: bool) -> Text | None:
        """Advise what to do where the newer token is refused, too (`same`: it is the refused one). None: what
        the refusal itself says."""


def source_of(store: TokenStore, calls: Calls) -> TokenSource:
    """Choose the source that the credentials name; the first of them counts (contract, "Commands")."""
    credentials = store.credentials
    if credentials.token is not None:
        return GivenToken(credentials.token)
    if isinstance(credentials.issuer, TokenServer):
        return ServerSource(credentials.issuer, credentials.appid, calls)
    if isinstance(credentials.issuer, TokenCommand):
        return CommandSource(credentials.issuer, calls)
    return WeChatSource(store, calls)


class GivenToken:
    """A token that was given as it is: no newer one can be asked for."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def first(self) -> str:
        return self._token

    async def newer(self, refused: str) -> None:
        return None

    def refused(self, *, same: bool) -> None:
        return None


class WeChatSource:
    """WeChat's own token for appid and secret; it may give the same one while that is valid."""

    def __init__(self, store: TokenStore, calls: Calls) -> None:
        self._credentials = store.credentials
        self._hide = store.redact
        self._calls = calls

    async def first(self) -> str:
        return await self._ask(force=self._calls.connection.force_refresh)

    async def newer(self, refused: str) -> str:
        return await self._ask(force=False)

    def refused(self, *, same: bool) -> Text:
        return errcodes.new_token_refused(self._credentials.names)

    async def _ask(self, *, force: bool) -> str:
        if self._calls.connection.token_api == "classic":
            request = classic(self._credentials)
        else:
            request = stable(self._credentials, force=force)
        names = self._credentials.names
        document = await self._calls.ask(request, lambda reply: read(request, reply, self._hide, names))
        return read_token(request, document)


class ServerSource:
    """A central token server, with or without a passive refresh."""

    def __init__(self, server: TokenServer, appid: str | None, calls: Calls) -> None:
        self._server = server
        self._appid = appid
        self._calls = calls

    async def first(self) -> str:
        return await self._ask(token_server.handing_out(self._server))

    async def newer(self, refused: str) -> str:
        if self._server.refresh is None:
            return await self.first()
        return await self._ask(token_server.refreshing(self._server.refresh, self._appid, refused))

    def refused(self, *, same: bool) -> Text:
        asked: OtherServer = self._server.refresh or self._server.hands_out
        if not same:
            return Text("wechat.served-token-refused", server=asked.name)
        if self._server.refresh:
            return Text("wechat.server-keeps-token", server=asked.name)
        return Text("wechat.server-keeps-token-name-refresh", server=asked.name)

    async def _ask(self, request: Request) -> str:
        def token(reply: Reply) -> str:
            return token_server.read_served(request, reply)

        try:
            return await self._calls.ask(request, token)
        except CallError as error:
            raise _advised(error, _SERVER_ADVICE) from None


class CommandSource:
    """A program that prints the token."""

    REQUEST = Request("", "", token=False, server=OtherServer(Text("wechat.token-command"), "", ""))

    def __init__(self, asked: TokenCommand, calls: Calls) -> None:
        self._words = asked.words
        self._calls = calls

    async def first(self) -> str:
        try:
            return await self._calls.do(self.REQUEST, Text("wechat.command-killed"), self._run)
        except CallError as error:
            raise _advised(error, _COMMAND_ADVICE) from None

    async def newer(self, refused: str) -> str:
        return await self.first()

    def refused(self, *, same: bool) -> Text:
        return Text("wechat.command-keeps-token") if same else Text("wechat.printed-token-refused")

    async def _run(self) -> str:
        try:
            ended = await token_command.run(self._words)
        except OSError as error:
            what = Text("wechat.command-not-started", why=error.strerror or type(error).__name__)
            text = Text("wechat.call-failed", call=self.REQUEST.call, what=what)
            raise CallError(
                Problem("no token", text, None, Text("wechat.command-not-started-todo"))
            ) from None
        return token_command.read_printed(self.REQUEST, ended)


def _advised(error: CallError, advice: Mapping[str, Text]) -> CallError:
    """The error with advice about the source: the network's own is about --endpoint."""
    found = advice.get(error.problems[0].code)
    return error if found is None else error.reworded(advice=found)
