"""The same calls in the same order by a client that does nothing else: what the emulator itself costs."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from queue import SimpleQueue
from urllib.parse import urlsplit

from reconciler.sandbox.library import Title

from . import samples

Call = tuple[str, Mapping[str, object]]


def put_up(url: str, token: str, *, templates: int, parallelism: int) -> None:
    """List, look up; add; list: on one kept connection a call under way, the answers dropped unread."""
    titles = samples.titles(templates)
    connections: SimpleQueue[http.client.HTTPConnection] = SimpleQueue()

    def call(one: Call) -> None:
        path, body = one
        connection = connections.get()
        connection.request(
            "POST", f"/cgi-bin/wxopen/template/{path}?access_token={token}", json.dumps(body).encode()
        )
        connection.getresponse().read()
        connections.put(connection)

    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(parallelism))
        for _ in range(parallelism):
            connections.put(stack.enter_context(closing(http.client.HTTPConnection(urlsplit(url).netloc))))
        for step in _steps(titles):
            list(pool.map(call, step))


def _steps(titles: Sequence[Title]) -> list[list[Call]]:
    """Calls that do not depend on each other, step by step."""
    return [
        [_page(0), *(("library/get", {"id": title.id}) for title in titles)],
        [("add", {"id": title.id, "keyword_id_list": samples.keyword_ids(title)}) for title in titles],
        [_page(0), _page(20)],
    ]


def _page(offset: int) -> Call:
    return "list", {"offset": offset, "count": 20}
