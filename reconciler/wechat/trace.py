"""What `--trace` keeps of a request and its reply: a JSON object without anything secret. Pure.

Of those that ask for a token nothing is kept but that they were made: the answer is a secret, and what is
sent may be one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..core.errors import CallError
from ..core.messages import words
from ..core.values import Discreet
from .auth.redact import Secrets, issued
from .wire import Exchange, Hide

VERSION = 1
BEGIN = b'{"trace":1,'
"""How every line begins"""


class Whose(Discreet, frozen=True):
    """The account that an exchange is about. `secrets` are what is known of it by now."""

    account: str | None
    appid: str | None
    secrets: Callable[[], Iterable[str]]


class Redactor:
    """Takes out of each exchange what is secret to any account of the run: gateways mix them up."""

    def __init__(self) -> None:
        self._known: list[Callable[[], Iterable[str]]] = []
        self._issued: frozenset[str] = frozenset()
        self._last = self._issued, Secrets(())

    def learn(self, secrets: Callable[[], Iterable[str]]) -> None:
        """What is asked for an account's secrets from now on: they grow with every token."""
        self._known.append(secrets)

    def line(self, exchange: Exchange, whose: Whose, time: str) -> str:
        """An exchange as a line of the trace, with its line break; `time` is when it ended."""
        content = "" if exchange.reply is None else exchange.reply.content.decode("utf-8", "backslashreplace")
        self._issued |= issued(content)
        hide = self._secrets().hide
        head = {"trace": VERSION, "time": time, "account": whose.account, "appid": whose.appid}
        text = _line(
            {**head, **_silent(exchange), **(_told(exchange, hide) if exchange.request.token else {})}
        )
        if hide(text) != text:  # no part of it was secret, and together they are
            text = _line({**head, **_silent(exchange)})
        return text + "\n"

    def _secrets(self) -> Secrets:
        """All that is secret by now."""
        known = self._issued.union(*(known() for known in self._known))
        if known != self._last[0]:
            self._last = known, Secrets(known)
        return self._last[1]


def _told(exchange: Exchange, hide: Hide) -> dict[str, Any]:
    """What is told of an exchange that asks for no token."""
    request, reply, error = exchange.request, exchange.reply, exchange.error
    body = request.content()
    return {
        "query": {name: hide(value) for name, value in request.query.items()},
        "body": None if body is None else _value(hide(body.decode())),
        "reply": None if reply is None else _value(hide(reply.content.decode("utf-8", "backslashreplace"))),
        "content_type": None if reply is None else hide(reply.content_type),
        "error": None if error is None else hide(_words(error)),
        "hidden": False,
    }


def _silent(exchange: Exchange) -> dict[str, Any]:
    """That an exchange was made, without a word of it."""
    request, reply, error = exchange.request, exchange.reply, exchange.error
    own = request.server is None
    return {
        "call": words(request.call),
        "method": request.method if own else None,
        "path": request.path if own else None,
        "query": {},
        "body": None,
        "status": None if reply is None else reply.status,
        "reply": None,
        "content_type": None,
        "ms": round(exchange.seconds * 1000, 1),
        "error": None if error is None else _code(error),
        "hidden": True,
    }


def _code(error: BaseException) -> str:
    return error.problems[0].code if isinstance(error, CallError) else "cut off"


def _words(error: BaseException) -> str:
    return error.problems[0].message if isinstance(error, CallError) else "cut off"


def _value(text: str) -> Any:
    """A JSON object as itself, so that a trace can be asked with jq; all else as text. What would not be the
    same once it is written again is text, too."""
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refused)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, dict) else text


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _refused(name: str) -> Any:
    raise ValueError(name)


def _line(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
