"""Where an account's token comes from, and a newer one in place of a refused one (wechat-api.md §4).

A source is asked by session.py, which sees to it that it is asked once for each token that was refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ...core.errors import CallError, Problem
from .. import errcodes
from ..transport.calls import Line
from ..wire import Elsewhere, Reply, Request, read
from . import credentials as tokens
from . import token_command as command
from . import token_server as issuers
from .credentials import Wallet
from .token_server import TokenCommand, TokenServer

_WHOSE = ": is it this account's, and does no other program ask WeChat for tokens on its own?"
_SERVER_HINTS = {
    "no reply": "check the network and the address of the token server, then run it again",
    "bad reply": issuers.SERVER_HINT,
}


class TokenSource(Protocol):
    """A source of one account's tokens. The coroutines raise CallError."""

    async def first(self) -> str:
        """The token to begin with."""

    async def newer(self, refused: str) -> str | None:
        """A token in place of one that WeChat has refused; it may be the same. None: there is no asking."""

    def refused(self, *, same: bool) -> str | None:
        """What to do where the newer token is refused, too (`same`: it is the refused one). None: what the
        refusal itself says."""


def source_of(wallet: Wallet, line: Line) -> TokenSource:
    """The source that the credentials name; first found wins (contract, "Commands")."""
    entrance = wallet.credentials
    if entrance.token is not None:
        return Given(entrance.token)
    if isinstance(entrance.issuer, TokenServer):
        return FromServer(entrance.issuer, entrance.appid, line)
    if isinstance(entrance.issuer, TokenCommand):
        return FromCommand(entrance.issuer, line)
    return FromWeChat(wallet, line)


class Given:
    """A token that somebody has given us: no newer one can be asked for."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def first(self) -> str:
        return self._token

    async def newer(self, refused: str) -> None:
        return None

    def refused(self, *, same: bool) -> None:
        return None


class FromWeChat:
    """WeChat's own token for appid and secret; it may give the same one while that is valid."""

    def __init__(self, wallet: Wallet, line: Line) -> None:
        self._credentials = wallet.credentials
        self._hide = wallet.redact
        self._line = line

    async def first(self) -> str:
        return await self._ask(force=self._line.connection.force_refresh)

    async def newer(self, refused: str) -> str:
        return await self._ask(force=False)

    def refused(self, *, same: bool) -> str:
        return errcodes.NEW_TOKEN_REFUSED.format(**self._credentials.names._asdict())

    async def _ask(self, *, force: bool) -> str:
        if self._line.connection.token_api == "classic":
            request = tokens.classic(self._credentials)
        else:
            request = tokens.stable(self._credentials, force=force)
        names = self._credentials.names
        document = await self._line.ask(request, lambda reply: read(request, reply, self._hide, names))
        return tokens.read_token(request, document)


class FromServer:
    """A central token server, with or without a passive refresh."""

    def __init__(self, server: TokenServer, appid: str | None, line: Line) -> None:
        self._server = server
        self._appid = appid
        self._line = line

    async def first(self) -> str:
        return await self._ask(issuers.handing_out(self._server))

    async def newer(self, refused: str) -> str:
        if self._server.refresh is None:
            return await self.first()
        return await self._ask(issuers.refreshing(self._server.refresh, self._appid, refused))

    def refused(self, *, same: bool) -> str:
        asked: Elsewhere = self._server.refresh or self._server.hands_out
        if not same:
            return f"{asked.name} has just given this token{_WHOSE}"
        more = "" if self._server.refresh else ", or name its passive refresh with --token-refresh-url"
        return f"{asked.name} still hands out the token that WeChat refused: have it get a new one{more}"

    async def _ask(self, request: Request) -> str:
        def token(reply: Reply) -> str:
            return issuers.read_served(request, reply)

        try:
            return await self._line.ask(request, token)
        except CallError as error:
            raise _about(error, _SERVER_HINTS) from None


class FromCommand:
    """A program that prints the token."""

    REQUEST = Request("", "", token=False, elsewhere=Elsewhere("token command", "", ""))

    def __init__(self, asked: TokenCommand, line: Line) -> None:
        self._words = asked.words
        self._line = line

    async def first(self) -> str:
        try:
            return await self._line.do(self.REQUEST, "it was killed, since it had not ended", self._run)
        except CallError as error:
            raise _about(
                error, {"no reply": f"{issuers.COMMAND_HINT}; or give it a longer --timeout"}
            ) from None

    async def newer(self, refused: str) -> str:
        return await self.first()

    def refused(self, *, same: bool) -> str:
        if same:
            return "the token command still prints the token that WeChat refused: have it get a new one"
        return f"the token command has just printed this token{_WHOSE}"

    async def _run(self) -> str:
        try:
            ended = await command.run(self._words)
        except OSError as error:
            message = f"{self.REQUEST.call}: it can't be started ({error.strerror or type(error).__name__})"
            hint = "is the path of the program in --token-command right, and may it be executed?"
            raise CallError(Problem("no token", message, None, hint)) from None
        return issuers.read_printed(self.REQUEST, ended.status, ended.output, most=command.MOST)


def _about(error: CallError, hints: Mapping[str, str]) -> CallError:
    """The network's own hints are about --endpoint."""
    hint = hints.get(error.problems[0].code)
    return error if hint is None else error.reworded(advice=hint)
