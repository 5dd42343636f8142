"""An organisation's token server: how it is asked, and what it answers (wechat-api.md §4). Pure.

All that is said of it may hold a secret, but its name.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from msgspec.structs import replace

from ...core.errors import CallError, InputError, Problem
from ...core.messages import Text
from ...core.values import Discreet
from ..wire import OtherServer, Reply, Request, may_pass

PLACEHOLDERS = re.compile(r"\{(appid|account)\}")
MOST = 64 << 10
"""Bytes of an answer that are read; a token has some hundred"""

_TOKEN = re.compile("[!-~]{1,4096}")
_NO_TOKEN = ("{", "[", "<", '"', "'")
"""What JSON, HTML and quoted text begin with, and no token"""


class TokenServer(Discreet, frozen=True):
    """A central token server. `refresh` is where it is told that a token was refused, if it can be told.

    `secrets` are those parts of its addresses and headers that look like one.
    """

    hands_out: OtherServer
    refresh: OtherServer | None = None
    secrets: frozenset[str] = frozenset()

    @property
    def personal(self) -> bool:
        """Whether it is told whose token is asked for."""
        return PLACEHOLDERS.search(self.hands_out.target) is not None

    def of(self, appid: str | None, account: str | None) -> TokenServer:
        """Fill in an account's appid and name. Raises InputError where one is needed and not known."""

        def filled(at: OtherServer, option: str) -> OtherServer:
            return replace(at, target=filled_in(at.target, option, appid, account, _encoded))

        refresh = self.refresh and filled(self.refresh, "--token-refresh-url")
        return replace(self, hands_out=filled(self.hands_out, "--token-url"), refresh=refresh)


def token_server(url: str, refresh_url: str | None, header: tuple[str, str] | None) -> TokenServer:
    """Make the server of these addresses, which were checked. `header` is sent to both."""
    headers = {} if header is None else {header[0].lower(): header[1]}
    urls = [url] if refresh_url is None else [url, refresh_url]
    secrets = {*headers.values(), *(word for value in headers.values() for word in value.split()[1:])}
    return TokenServer(
        _at(url, headers),
        None if refresh_url is None else _at(refresh_url, headers),
        frozenset(secrets.union(*map(_secrets, urls))),
    )


def _at(url: str, headers: Mapping[str, str]) -> OtherServer:
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    # The user of an address is asked for as browsers do; a header that is set by hand says it better.
    own = {"authorization": f"Basic {_basic(user)}"} if user else {}
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return OtherServer(
        Text("wechat.token-server", host=host), f"{parts.scheme}://{host}", target, {**own, **headers}
    )


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


def filled_in(
    text: str, option: str, appid: str | None, account: str | None, fit: Callable[[str], str]
) -> str:
    """Put an account's appid and name in the place of {appid} and {account}, each made to `fit`.

    Raises InputError for one that is not known; `option` is where it stands.
    """
    known = {"appid": appid, "account": account}

    def value(match: re.Match[str]) -> str:
        found = known[match[1]]
        if found is None:
            raise InputError(_unknown(match[1], option))
        return fit(found)

    return PLACEHOLDERS.sub(value, text)


def _unknown(name: str, option: str) -> Problem:
    if name == "appid":
        text = Text("wechat.no-appid-for", option=option)
        return Problem("no appid", text, None, Text("wechat.no-appid-for-todo"))
    text = Text("wechat.no-account-for", option=option)
    return Problem("no account", text, None, Text("wechat.no-account-for-todo"))


def _encoded(value: str) -> str:
    if not value.strip("."):
        text = Text("wechat.appid-is-path", appid=value)
        raise InputError(Problem("bad appid", text, None, Text("wechat.correct-appid")))
    return quote(value, safe="")


# ------------------------------------------------------------------ what is asked


def handing_out(server: TokenServer) -> Request:
    """Ask for the account's token."""
    return Request("GET", "", token=False, server=server.hands_out, most=MOST)


def refreshing(at: OtherServer, appid: str | None, refused: str) -> Request:
    """Tell that a token was refused, and ask for a newer one. It counts as a write, so that it is made once:
    some servers would refresh twice."""
    body = {"appid": appid, "access_token": refused}
    return Request("POST", "", body, token=False, writes=True, server=at, most=MOST)


# ------------------------------------------------------------------ what is answered


def read_served(request: Request, reply: Reply) -> str:
    """Read the token: `access_token` of a JSON object, a JSON string, or the whole text. Raises CallError."""
    if not 200 <= reply.status < 300:
        if 300 <= reply.status < 400:
            what = Text("wechat.redirect", status=reply.status)
        else:
            what = Text("wechat.status", status=reply.status)
        raise _unusable(request, what, passing=may_pass(reply))
    text = reply.content.decode("utf-8-sig", "replace").strip()
    if not text:
        raise _unusable(request, Text("wechat.empty-reply"), passing=may_pass(reply))
    if text.startswith("<"):  # whatever its content type: many servers call all that they send HTML
        raise _unusable(request, Text("wechat.html-token"), passing=may_pass(reply))
    if text.startswith(("{", "[", '"')):
        return _of_json(request, reply, text)
    if not is_token(text):
        raise _unusable(request, Text("wechat.text-no-token"))
    return text


def _of_json(request: Request, reply: Reply, text: str) -> str:
    try:
        document = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        raise _unusable(request, Text("wechat.damaged-json"), passing=may_pass(reply)) from None
    token = document.get("access_token") if isinstance(document, dict) else document
    if token is None or isinstance(token, list):
        raise _unusable(request, _without_token(document))
    if not isinstance(token, str) or not is_token(token.strip()):
        raise _unusable(request, Text("wechat.json-no-token"))
    return token.strip()


def _without_token(document: Any) -> Text:
    """The number of an error that WeChat may have told the server, and no word of it."""
    errcode = document.get("errcode") if isinstance(document, dict) else None
    if isinstance(errcode, int) and not isinstance(errcode, bool):
        return Text("wechat.json-without-token-errcode", errcode=errcode)
    return Text("wechat.json-without-token")


def is_token(text: str) -> bool:
    """Whether a text can be a token: no blanks, and nothing that begins like JSON or HTML."""
    return _TOKEN.fullmatch(text) is not None and not text.startswith(_NO_TOKEN)


def _unusable(request: Request, what: Text, *, passing: bool = False) -> CallError:
    """An answer without a token."""
    text = Text("wechat.call-failed", call=request.call, what=what)
    problem = Problem("no token", text, None, Text("wechat.token-server-todo"))
    return CallError(problem, executed=None, passing=passing)
