"""What several test files build with: values in one line, a scripted server, a command line in-process."""

from __future__ import annotations

import inspect
import json
import os
import urllib.parse
import urllib.request
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from reconciler.cli import main
from reconciler.cli.errors import wants_json
from reconciler.cli.options import command_of
from reconciler.core.errors import Problem
from reconciler.core.model import (
    Desired,
    Entry,
    KeywordRef,
    LibraryKeyword,
    Live,
    Lock,
    LockedKeyword,
    Retired,
    Slot,
    Title,
    Wanted,
)
from reconciler.sandbox.accounts import APPID

from .shapes import fits

SPOKEN = ["wxopen"]
"""The dialect of what is built here; a fixture may change it for a test."""

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TOKEN = "TOKEN-5f0a&/%+secret"
LIBRARY = {
    "AT1": Title(
        "AT1", "购买成功通知", tuple(LibraryKeyword(10 + n, name) for n, name in enumerate("甲乙丙丁"))
    ),
    "AT2": Title(
        "AT2", "购买失败通知", tuple(LibraryKeyword(20 + n, name) for n, name in enumerate("甲乙丙丁"))
    ),
    "AT3": Title(
        "AT3",
        "预约提醒",
        (
            LibraryKeyword(7, "时间", "10:00"),
            LibraryKeyword(8, "时间", "2016年6月6日"),
            LibraryKeyword(9, "地点"),
        ),
    ),
}


def answer(id: str) -> Title | None:  # noqa: A002
    """What a look-up tells of a title, in the dialect that is spoken."""
    title = LIBRARY.get(id)
    if title is None or SPOKEN[-1] == "wxopen":
        return title
    return replace(title, title=None, keywords=title.keywords if SPOKEN[-1] == "subscribe" else None)


def wanted(name: str, id: str, names: str, **more: Any) -> Wanted:  # noqa: A002
    """A wanted template whose keywords are the characters of `names`; with its title where no look-up can
    tell it."""
    if SPOKEN[-1] != "wxopen" and id in LIBRARY:
        more.setdefault("title", LIBRARY[id].title)
    return Wanted(name, id, tuple(KeywordRef(one) for one in names), **more)


def entry(template_id: str, id: str, names: str, *, protect: bool = False) -> Entry:  # noqa: A002
    """The lock's entry for such a template, as an apply would have left it."""
    title = LIBRARY[id]
    ids = {keyword.name: keyword.keyword_id for keyword in title.keywords or ()}
    if SPOKEN[-1] == "official":
        ids = {}
    keywords = tuple(LockedKeyword(one, ids.get(one), f"keyword{n}") for n, one in enumerate(names, 1))
    return Entry(template_id, id, title.title or "", keywords, protect)


def live(template_id: str, id: str, names: str | None) -> Live:  # noqa: A002
    """A live template; `names` None for content that can't be read."""
    slots = None if names is None else tuple(Slot(one, f"keyword{n}") for n, one in enumerate(names, 1))
    return Live(template_id, LIBRARY[id].title or "", slots)


def desired(*templates: Wanted, **policy: Any) -> Desired:
    return Desired(templates, **{"dialect": SPOKEN[-1], **policy})


def lock(*retired: Retired, appid: str | None = None, **templates: Entry) -> Lock:
    return Lock(SPOKEN[-1], appid, dict(sorted(templates.items())), retired)


def retired(name: str, of: Entry, reason: str = "removed", since: str = "2026-11-20T10:00:00Z") -> Retired:
    return Retired(name, of, reason, since)


class Result(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class CommandLine:
    """Runs the command line in this process. What it prints as JSON fits its schema."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str) -> Result:
        self._capsys.readouterr()
        code = main(words)
        captured = self._capsys.readouterr()
        if captured.out and wants_json(words, os.environ) and not {"--help", "--version"} & {*words}:
            fits(command_of(words), captured.out)
        return Result(code, captured.out, captured.err)


Handler = Callable[[str, dict[str, Any]], Any]


def _always(reply: Any) -> Handler:
    return lambda _method, _body: reply


def _not_found(_method: str, _body: dict[str, Any]) -> tuple[int, bytes, str]:
    return 404, b"not found", "text/plain"


class ScriptedServer:
    """An ASGI app: path -> a reply, or a function of the method and body. It keeps what it was asked.

    A handler gives a dict (sent as JSON) or (status, bytes, content type), now or as an awaitable.
    """

    def __init__(self) -> None:
        self.url = ""
        self.handlers: dict[str, Handler] = {}
        self.requests: list[tuple[str, str, dict[str, list[str]], bytes]] = []
        self.headers: list[dict[str, str]] = []

    def on(self, path: str, reply: Any) -> None:
        """Answer this path; a function is called with the method and the JSON body."""
        self.handlers[path] = reply if callable(reply) else _always(reply)

    def calls(self, tail: str) -> list[dict[str, Any]]:
        """The bodies of the requests whose path ends so."""
        return [json.loads(body or b"{}") for _, path, _, body in self.requests if path.endswith(tail)]

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        query = urllib.parse.parse_qs(scope["query_string"].decode())
        self.requests.append((scope["method"], scope["path"], query, body))
        self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
        handler: Handler = self.handlers.get(scope["path"], _not_found)
        answer = handler(scope["method"], json.loads(body) if body[:1] == b"{" else {})
        if inspect.isawaitable(answer):
            answer = await answer
        if isinstance(answer, dict):
            answer = (
                200,
                json.dumps(answer, ensure_ascii=False).encode(),
                "application/json; encoding=utf-8",
            )
        status, content, kind = answer
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(content)).encode())]
        if 300 <= status < 400:
            headers.append((b"location", content))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def inspected(url: str, appid: str = APPID) -> Any:
    """An account of the sandbox at this address, with what the API never shows."""
    with urllib.request.urlopen(f"{url}/_sandbox/accounts/{appid}") as reply:
        return json.load(reply)


def told(url: str, path: str, body: dict[str, Any]) -> Any:
    """What the sandbox answers to a call of its own."""
    request = urllib.request.Request(f"{url}/_sandbox/{path}", json.dumps(body).encode())
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def in_words(problem: Problem) -> Problem:
    """The problem as people read it."""
    return problem._replace(text=problem.message, advice=problem.hint)
