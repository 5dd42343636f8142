"""An account behind a scripted server, and runs of real processes that call it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .tools import ScriptedServer

LIST, GET = "/cgi-bin/wxopen/template/list", "/cgi-bin/wxopen/template/library/get"
ADD, DEL = "/cgi-bin/wxopen/template/add", "/cgi-bin/wxopen/template/del"
LOCK, MARK = Path("templates.lock.json"), Path(".reconciler/templates.lock.json.run")
ONE = "version: 1\ntemplates: {a: {id: AT1, keywords: [甲]}}\n"
TWO = "version: 1\ntemplates: {a: {id: AT1, keywords: [甲]}, b: {id: AT2, keywords: [甲]}}\n"


class Account:
    """An account behind a scripted server. A call to a path in `held` is carried out, and answered later."""

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        self.templates: list[dict[str, str]] = []
        self.held: set[str] = set()
        self.made = 0
        self.late = 0
        """lists that still lag behind the adds"""
        for path, handle in {LIST: self._list, GET: self._get, ADD: self._add, DEL: self._delete}.items():
            server.on(path, self._held(path, handle))

    def _held(self, path: str, handle: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
        async def answer(reply: dict[str, Any]) -> dict[str, Any]:
            while path in self.held:
                await asyncio.sleep(0.01)
            return reply

        return lambda _method, body: answer(handle(body))

    def _list(self, _: dict[str, Any]) -> dict[str, Any]:
        if self.late:
            self.late -= 1
            return {"list": []}
        return {"list": list(self.templates)}

    def _get(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"title": body["id"], "keyword_list": [{"keyword_id": 1, "name": "甲"}]}

    def _add(self, body: dict[str, Any]) -> dict[str, Any]:
        template_id = f"T{self.made}"
        self.made += 1
        row = {"template_id": template_id, "title": body["id"], "content": "甲{{keyword1.DATA}}\n"}
        self.templates.append(row)
        return {"template_id": template_id}

    def _delete(self, body: dict[str, Any]) -> dict[str, Any]:
        self.templates = [one for one in self.templates if one["template_id"] != body["template_id"]]
        return {}

    def asked(self, path: str) -> int:
        return sum(one[1] == path for one in self.server.requests)


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A real process, ended with the test."""
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def held(account: Account, path: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """An apply whose call of this path was carried out and is not answered yet."""
    account.held = {path}
    before = account.asked(path)
    with started("apply", "--yes", *words) as process:
        while process.poll() is None and account.asked(path) == before:
            time.sleep(0.01)
        yield process


def ids() -> dict[str, str]:
    templates = json.loads(LOCK.read_text("utf-8"))["templates"]
    return {name: one["template_id"] for name, one in templates.items()}
