"""A trace in the emulator's place: what WeChat has answered once is answered again, to the same requests.

A trace (`--trace FILE`, schemas/trace.schema.json) holds no tokens: any secret and any token is taken here,
as long as it is clear whose it is.
"""

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .faults import breakage
from .faults.schedule import parse

VERSION: Final = 1
MOST_BYTES: Final = 256 << 20
MOST_BODY: Final = 1 << 20
NOT_RECORDED: Final = 99404  # no code of WeChat's: whoever sees it has left the trace
TOKEN_BEGIN: Final = "replay-of-"
_HUNG_UP: Final = parse("*=drop")


class ReplayError(ValueError):
    """A trace that can't be used; the message names the file and the line."""


@dataclass(frozen=True)
class Asked:
    """A request, as far as it must be the same: JSON bodies by what they say."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: str


@dataclass(frozen=True)
class Answer:
    """What was answered; `status` None where no reply came."""

    status: int | None
    content: bytes = field(repr=False)
    content_type: str | None


Left = Mapping[Asked, deque[Answer]]


@dataclass(frozen=True)
class Trace:
    """What was recorded, by appid (None: of an account of which only a token was known)."""

    accounts: Mapping[str | None, Left]
    damaged: int
    """lines that are not whole, as a killed run leaves them"""

    @property
    def count(self) -> int:
        """Replies that can be given."""
        return sum(len(answers) for left in self.accounts.values() for answers in left.values())


def load(path: Path) -> Trace:
    """Read a trace. Raises ReplayError and OSError."""
    if path.stat().st_size > MOST_BYTES:
        raise ReplayError(f"{path}: a trace of more than {MOST_BYTES >> 20} MiB")
    with path.open("rb") as lines:
        return read(lines, str(path))


def read(lines: Iterable[bytes], name: str) -> Trace:
    """A trace from its lines. Raises ReplayError."""
    accounts: defaultdict[str | None, defaultdict[Asked, deque[Answer]]]
    accounts = defaultdict(lambda: defaultdict(deque))
    damaged = 0
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            damaged += bool(line.strip())
            continue
        if not isinstance(row, dict) or "trace" not in row:
            raise ReplayError(f"{name}:{number}: it is no line of a trace")
        if row["trace"] != VERSION:
            raise ReplayError(f"{name}:{number}: a trace of version {row['trace']!r:.20}; known is {VERSION}")
        try:
            appid, asked, answer = _parsed(row)
        except (KeyError, TypeError, AttributeError, UnicodeError):
            raise ReplayError(f"{name}:{number}: a field is missing, or of the wrong type") from None
        left = accounts[appid]
        if asked is not None:
            left[asked].append(answer)
    if not accounts:
        raise ReplayError(f"{name}: there is no whole line of a trace in it")
    return Trace({appid: dict(left) for appid, left in accounts.items()}, damaged)


def _parsed(row: Mapping[str, Any]) -> tuple[str | None, Asked | None, Answer]:
    """Whose exchange a line is; the request, but for one that asks for a token; and the reply."""
    appid, status, kind = row["appid"], row["status"], row["content_type"]
    right = (
        isinstance(appid, str | None)
        and isinstance(kind, str | None)
        and (status is None or (isinstance(status, int) and 200 <= status <= 599))
    )
    if not right:
        raise TypeError
    answer = Answer(status, _text(row["reply"]).encode(), kind)
    if row["hidden"]:
        return appid, None, answer
    query = tuple(sorted((str(name), str(value)) for name, value in row["query"].items()))
    return appid, Asked(row["method"] + "", row["path"] + "", query, _same(_text(row["body"]))), answer


def _text(value: object) -> str:
    """A body as it was sent, or as good as that."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _same(body: str) -> str:
    """A body in one way of writing it, so that two that say the same are equal."""
    try:
        return json.dumps(json.loads(body), sort_keys=True)
    except (ValueError, RecursionError):
        return body


class Replay:
    """An ASGI app that gives the replies of a trace, each once: of equal requests of an account the first one
    gets the first. What was not recorded is refused, and says so."""

    def __init__(self, trace: Trace) -> None:
        self._left = trace.accounts
        self._tokens = {token_of(appid): appid for appid in trace.accounts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            body = await _body(request)
        except ClientDisconnect:
            return
        answer = self._answer(request.method, request.url.path, dict(_pairs(request.url.query)), body)
        if answer.status is None:
            await breakage.send_reply(b"", _HUNG_UP, scope, receive, send)
        else:
            kind = answer.content_type or breakage.CONTENT_TYPE
            await Response(answer.content, answer.status, {"content-type": kind})(scope, receive, send)

    def _answer(self, method: str, path: str, query: dict[str, str], body: str) -> Answer:
        if path == "/cgi-bin/token":
            return self._token(query.get("appid"))
        if path == "/cgi-bin/stable_token":
            return self._token(_field(body, "appid"))
        token = query.pop("access_token", "")
        if token in self._tokens:
            appid = self._tokens[token]
        elif len(self._left) == 1:
            (appid,) = self._left
        else:
            return _refused("this token is no account's of the trace: enter with its appid and any secret")
        return self._recorded(appid, Asked(method, path, tuple(sorted(query.items())), _same(body)))

    def _recorded(self, appid: str | None, asked: Asked) -> Answer:
        left = self._left[appid]
        if answers := left.get(asked):
            return answers.popleft()
        what = f"{asked.method} {asked.path}"
        if asked in left:
            return _refused(f"{what}: the trace has no further reply to this request")
        if any((one.method, one.path) == (asked.method, asked.path) for one in left):
            return _refused(f"{what}: not in the trace with this body: {asked.body:.200}")
        return _refused(f"{what}: not in the trace")

    def _token(self, appid: str | None) -> Answer:
        """A token whose account is known by it."""
        if appid not in self._left:
            if set(self._left) != {None}:
                known = ", ".join(filter(None, self._left))
                return _refused(f"the trace is not about this appid: it is about {known:.200}")
            appid = None
        return _json({"access_token": token_of(appid), "expires_in": 7200})


def token_of(appid: str | None) -> str:
    """The token that a replay gives an account."""
    return f"{TOKEN_BEGIN}{appid or 'the-only-account'}"


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


async def _body(request: Request) -> str:
    body = b""
    async for chunk in request.stream():
        body = (body + chunk)[:MOST_BODY]
    return body.decode("utf-8", "replace")


def _field(body: str, name: str) -> str | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, str) else None


def _refused(what: str) -> Answer:
    return _json({"errcode": NOT_RECORDED, "errmsg": what})


def _json(document: Mapping[str, object]) -> Answer:
    return Answer(200, json.dumps(document, ensure_ascii=False).encode(), breakage.CONTENT_TYPE)
