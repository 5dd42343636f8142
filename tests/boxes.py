"""A sandbox to ask, in process and over real HTTP: the fixture `box`, and what it is made of."""

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.sandbox import library as libraries
from reconciler.sandbox import server as servers
from reconciler.sandbox.accounts import APPID, SECRET
from reconciler.sandbox.routes import create_app
from reconciler.sandbox.state.store import Store

LIBRARY = libraries.load()
START = 1_480_000_000.0
DAY = 86_400
CREDENTIALS = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
OK = {"errcode": 0, "errmsg": "ok"}
RID = re.compile(r" rid: ([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})$")


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body.decode("utf-8"))


Transport = Callable[[ASGIApp, httpx.Request], httpx.Response]


@dataclass
class Box:
    """A sandbox and a client that speaks to it."""

    transport: Transport
    app: ASGIApp
    store: Store

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        request = httpx.Request(method, f"http://sandbox{path}", params=query, content=body, headers=headers)
        response = self.transport(self.app, request)
        return Answer(response.status_code, response.headers.get("content-type", ""), response.content)

    def post(self, path: str, body: object, token: str | None = None) -> Any:
        query = None if token is None else {"access_token": token}
        answer = self.ask("POST", path, json.dumps(body, ensure_ascii=False).encode(), query)
        assert (answer.status, answer.content_type) == (200, "application/json; encoding=utf-8")
        return answer.json

    def token(self) -> str:
        return str(self.ask("GET", "/cgi-bin/token", query=CREDENTIALS).json["access_token"])

    def stable(self, **more: object) -> Any:
        return self.post("/cgi-bin/stable_token", {**CREDENTIALS, **more})

    def advance(self, seconds: float) -> None:
        assert self.post("/_sandbox/clock", {"advance": seconds})["errcode"] == 0

    def account(self) -> Any:
        return self.ask("GET", f"/_sandbox/accounts/{APPID}").json


def refused(reply: dict[str, Any]) -> tuple[int, str]:
    """The code and the message of an error, whose suffix varies; sometimes it has a key of its own, too."""
    assert set(reply) - {"rid"} == {"errcode", "errmsg"}
    suffix = RID.search(reply["errmsg"])
    assert suffix
    assert reply.get("rid", suffix[1]) == suffix[1]
    return reply["errcode"], RID.sub("", reply["errmsg"])


class Swap:
    """Lets one HTTP server serve a new app for each test."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def over_http() -> Iterator[Transport]:
    swap, up = Swap(), threading.Event()
    with servers.bind("127.0.0.1", 0) as listener:
        server = servers.Server(swap, up.set)
        thread = threading.Thread(target=lambda: server.run(sockets=[listener]))
        thread.start()
        assert up.wait(5)
        base = httpx.URL(servers.url_of(listener))
        with httpx.Client(trust_env=False) as client:

            def transport(app: ASGIApp, request: httpx.Request) -> httpx.Response:
                swap.app = app
                request.url = request.url.copy_with(host=base.host, port=base.port)
                request.headers["host"] = base.netloc.decode()
                return client.send(request)

            yield transport
        server.should_exit = True
        thread.join(5)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def in_process() -> Iterator[Transport]:
    with asyncio.Runner() as runner:

        async def ask(app: ASGIApp, request: httpx.Request) -> httpx.Response:
            response = await httpx.ASGITransport(app=app).handle_async_request(request)
            await response.aread()
            return response

        yield lambda app, request: runner.run(ask(app, request))


@pytest.fixture(params=["in-process", "http"])
def transport(request: pytest.FixtureRequest, in_process: Transport, over_http: Transport) -> Transport:
    return in_process if request.param == "in-process" else over_http


@pytest.fixture
def box(transport: Transport) -> Iterator[Box]:
    store = Store.memory()
    yield Box(transport, create_app(store, LIBRARY, clock=lambda: START), store)
    store.close()
