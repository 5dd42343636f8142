"""Where an organisation's own tokens come from: its token server, or a command (wechat-api.md §4). Pure.

All that is said of them may hold a secret, but the name of the server.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from ...core.errors import CallError, InputError, Problem
from ..wire import Elsewhere, Reply, Request, may_pass

PLACEHOLDERS = re.compile(r"\{(appid|account)\}")
MOST = 64 << 10
"""Bytes of an answer that are read; a token has some hundred"""

_TOKEN = re.compile("[!-~]{1,4096}")
_NO_TOKEN = ("{", "[", "<", '"', "'")
"""What JSON, HTML and quoted text begin with, and no token"""

SERVER_HINT = (
    "a token server answers with JSON that has access_token, or with the token alone: check --token-url, "
    "--token-refresh-url and RECONCILER_TOKEN_HEADER"
)


COMMAND_HINT = (
    "run the command by hand to see what it prints: that is not shown here, since it may hold secrets"
)


@dataclass(frozen=True)
class TokenServer:
    """A central token server. `refresh` is where it is told that a token was refused, if it can be told.

    `secrets` are those parts of its addresses and headers that look like one.
    """

    hands_out: Elsewhere
    refresh: Elsewhere | None = None
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def personal(self) -> bool:
        """Whether it is told whose token is asked for."""
        return PLACEHOLDERS.search(self.hands_out.target) is not None

    def of(self, appid: str | None, account: str | None) -> TokenServer:
        """The same, asked for one account's token. Raises InputError where that is not known."""

        def filled(at: Elsewhere, option: str) -> Elsewhere:
            return replace(at, target=_filled(at.target, option, appid, account, _encoded))

        refresh = self.refresh and filled(self.refresh, "--token-refresh-url")
        return replace(self, hands_out=filled(self.hands_out, "--token-url"), refresh=refresh)


@dataclass(frozen=True)
class TokenCommand:
    """A program that prints the token, and its arguments."""

    words: tuple[str, ...] = field(repr=False)

    @property
    def personal(self) -> bool:
        """Whether it is told whose token is asked for."""
        return any(map(PLACEHOLDERS.search, self.words))

    @property
    def secrets(self) -> frozenset[str]:
        """None that would be known: its words go to nobody else."""
        return frozenset()

    def of(self, appid: str | None, account: str | None) -> TokenCommand:
        """The same, asked for one account's token. Raises InputError where that is not known."""
        return TokenCommand(
            tuple(_filled(word, "--token-command", appid, account, _no_option) for word in self.words)
        )


Issuer = TokenServer | TokenCommand


def token_server(url: str, refresh_url: str | None, header: tuple[str, str] | None) -> TokenServer:
    """The server at these addresses, which are known to be good. `header` is sent to both."""
    headers = {} if header is None else {header[0].lower(): header[1]}
    urls = [url] if refresh_url is None else [url, refresh_url]
    secrets = {*headers.values(), *(word for value in headers.values() for word in value.split()[1:])}
    return TokenServer(
        _at(url, headers),
        None if refresh_url is None else _at(refresh_url, headers),
        frozenset(secrets.union(*map(_secrets, urls))),
    )


def _at(url: str, headers: Mapping[str, str]) -> Elsewhere:
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    # The user of an address is asked for as browsers do; a header that is set by hand says it better.
    own = {"authorization": f"Basic {_basic(user)}"} if user else {}
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Elsewhere(f"token server {host}", f"{parts.scheme}://{host}", target, {**own, **headers})


def _basic(user: str) -> str:
    name, _, password = user.partition(":")
    return b64encode(f"{unquote(name)}:{unquote(password)}".encode()).decode()


def _secrets(url: str) -> set[str]:
    """User and password, and what in path and query is too long and too odd for a word."""
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    name, _, password = user.partition(":")
    found = {unquote(user), unquote(password), _basic(user)} if user else set()
    found |= {unquote(name)} if len(name) >= 4 else set()  # shorter, it would be found in every other word
    pieces = re.split(r"[/?&=;,]|\{\w+\}", f"{parts.path}?{parts.query}")
    odd = (piece for piece in pieces if len(piece) >= 16 and re.search("[0-9]", piece))
    return {*found, *map(unquote, odd)}


def _filled(text: str, option: str, appid: str | None, account: str | None, fit: Callable[[str], str]) -> str:
    known = {"appid": appid, "account": account}

    def value(match: re.Match[str]) -> str:
        found = known[match[1]]
        if found is None:
            raise InputError(_unknown(match[1], option))
        return fit(found)

    return PLACEHOLDERS.sub(value, text)


def _unknown(name: str, option: str) -> Problem:
    if name == "appid":
        message, hint = "no appid is known", "set WECHAT_APPID; it names the account"
    else:
        message, hint = "the file names no accounts", "add accounts: to it, or use {appid} with WECHAT_APPID"
    return Problem(f"no {name}", f"{option} is to hold {{{name}}}, and {message}", None, hint)


def _encoded(value: str) -> str:
    if not value.strip("."):
        message = f"the appid {value} would change the path of the token server's address"
        raise InputError(Problem("bad appid", message, None, "correct the appid"))
    return quote(value, safe="")


def _no_option(value: str) -> str:
    if value.startswith("-"):
        message = f"the token command would take the appid {value} for an option"
        raise InputError(Problem("bad appid", message, None, "correct the appid"))
    return value


# ------------------------------------------------------------------ what is asked


def handing_out(server: TokenServer) -> Request:
    """Ask for the account's token."""
    return Request("GET", "", token=False, elsewhere=server.hands_out, most=MOST)


def refreshing(at: Elsewhere, appid: str | None, refused: str) -> Request:
    """Tell that a token was refused, and ask for a newer one. Asked twice, some servers would refresh twice:
    what became of it is not known, so it is not asked again."""
    body = {"appid": appid, "access_token": refused}
    return Request("POST", "", body, token=False, writes=True, elsewhere=at, most=MOST)


# ------------------------------------------------------------------ what is answered


def read_served(request: Request, reply: Reply) -> str:
    """The token: `access_token` of a JSON object, a JSON string, or the whole text. Raises CallError."""
    if not 200 <= reply.status < 300:
        redirect = ", a redirect, which is not followed" if 300 <= reply.status < 400 else ""
        raise unusable(request, f"HTTP status {reply.status}{redirect}", passing=may_pass(reply))
    text = reply.content.decode("utf-8-sig", "replace").strip()
    if not text:
        raise unusable(request, "an empty reply", passing=may_pass(reply))
    if text.startswith("<"):  # whatever its content type: many servers call all that they send HTML
        raise unusable(request, "an HTML page instead of a token", passing=may_pass(reply))
    if text.startswith(("{", "[", '"')):
        return _of_json(request, reply, text)
    if not is_token(text):
        raise unusable(request, "text that is no token")
    return text


def _of_json(request: Request, reply: Reply, text: str) -> str:
    try:
        document = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        what = "JSON that is cut short or damaged"
        raise unusable(request, what, passing=may_pass(reply)) from None
    token = document.get("access_token") if isinstance(document, dict) else document
    if token is None or isinstance(token, list):
        raise unusable(request, f"JSON without access_token{_errcode(document)}")
    if not isinstance(token, str) or not is_token(token.strip()):
        raise unusable(request, "JSON whose access_token is no token")
    return token.strip()


def _errcode(document: Any) -> str:
    """The number of an error that WeChat may have told the server, and no word of it."""
    errcode = document.get("errcode") if isinstance(document, dict) else None
    return f" (errcode {errcode})" if isinstance(errcode, int) and not isinstance(errcode, bool) else ""


def read_printed(request: Request, status: int | None, output: bytes, *, most: int) -> str:
    """The token that a command has printed, alone in its one line. Raises CallError."""
    lines = output.decode("utf-8", "replace").strip().splitlines()
    what = None
    if len(output) > most:
        what = f"it printed more than {most >> 10} KiB, and was killed"
    elif status:
        what = f"it ended with exit status {status}" if status > 0 else f"signal {-status} ended it"
    elif not lines:
        what = "it printed nothing"
    elif len(lines) > 1:
        what = f"it printed {len(lines)} lines, where the token should stand alone"
    elif lines[0].startswith("{") and "access_token" in lines[0]:
        what = "it printed the whole JSON of a token reply, not the value of access_token alone"
    elif not is_token(lines[0]):
        what = "it printed text that is no token"
    if what is not None:
        raise CallError(Problem("no token", f"{request.call}: {what}", None, COMMAND_HINT))
    return lines[0]


def is_token(text: str) -> bool:
    """Whether this can be one: no blanks, and nothing that begins like JSON or HTML."""
    return _TOKEN.fullmatch(text) is not None and not text.startswith(_NO_TOKEN)


def unusable(request: Request, what: str, *, passing: bool = False) -> CallError:
    """An answer without a token."""
    problem = Problem("no token", f"{request.call}: {what}", None, SERVER_HINT)
    return CallError(problem, executed=None, passing=passing)
