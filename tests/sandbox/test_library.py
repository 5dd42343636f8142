"""A library that `library pull` has written, as the sandbox's own: what was pulled from one is another's."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import library as libraries
from reconciler.sandbox.library import Keyword, Library, Title
from reconciler.sandbox.routes import create_app
from reconciler.sandbox.state.store import Store

from ..boxes import LIBRARY, OK, START, Box, Transport, refused
from ..tools import CommandLine

PULLED = Path("library.json")
Serve = Callable[[Any], str]


def write(*titles: dict[str, Any], dialect: str = "wxopen") -> Library:
    """A pulled library of these titles, loaded."""
    head = {"version": 1, "dialect": dialect, "pulled": "2026-11-23T10:00:00Z"}
    PULLED.write_text(json.dumps({**head, "titles": titles}, ensure_ascii=False), "utf-8")
    return libraries.load(PULLED)


@contextlib.contextmanager
def boxed(transport: Transport, library: Library) -> Any:
    with contextlib.closing(Store.memory()) as store:
        yield Box(transport, create_app(store, library, clock=lambda: START), store)


def served(serve: Serve, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator with the pulled library in place of the one that was pulled from."""
    monkeypatch.setenv("RECONCILER_ENDPOINT", serve(create_app(store, libraries.load(PULLED))))


def test_what_was_pulled_is_the_same_library(
    entrance: str, reconciler: CommandLine, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reconciler("library", "pull").out == "library.json: 599 titles with their keywords\n"
    assert libraries.load(PULLED).titles == LIBRARY.titles
    first = json.loads(PULLED.read_text("utf-8"))["titles"]
    with contextlib.closing(Store.memory()) as store:
        served(serve, store, monkeypatch)
        reconciler("library", "pull", "--out", "again.json", "--refresh")
    assert json.loads(Path("again.json").read_text("utf-8"))["titles"] == first


def test_a_pulled_library_of_subscription_messages_keeps_its_tids(
    entrance: str, reconciler: CommandLine, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those beyond six digits, whose keywords are fixed (wechat-api.md §2)."""
    assert reconciler("library", "pull", "--dialect", "subscribe", "--titles-only").code == 0
    pulled = json.loads(PULLED.read_text("utf-8"))
    pulled["titles"] = [one for one in pulled["titles"] if one["id"] in ("2", "10000001")]
    for title in pulled["titles"]:
        shown = reconciler("library", "show", title["id"], "--dialect", "subscribe", "--format", "json")
        title["keywords"] = shown.json["titles"][0]["keywords"]
    PULLED.write_text(json.dumps(pulled, ensure_ascii=False), "utf-8")
    names = [one["name"] for one in pulled["titles"][0]["keywords"][:2]]
    text = f"version: 1\ndialect: subscribe\ntemplates:\n  one: {{id: '2', keywords: [{', '.join(names)}]}}\n"
    Path("templates.yaml").write_text(text, "utf-8")
    with contextlib.closing(Store.memory()) as store:
        served(serve, store, monkeypatch)
        reconciler("library", "pull", "--out", "again.json", "--titles-only")
        listed = json.loads(Path("again.json").read_text("utf-8"))["titles"]
        assert [one["id"] for one in listed] == ["2", "10000001"]
        assert reconciler("apply", "--yes").code == 0
        assert reconciler("plan", "--detailed-exitcode").code == 0


def test_a_tid_that_is_fixed_is_added_with_all_its_keywords(in_process: Transport) -> None:
    keywords = [{"keyword_id": 1, "name": "服务名称"}, {"keyword_id": 2, "name": "温馨提示", "rule": "thing"}]
    title = {"id": "19999999", "title": "服务进度提醒", "type": 2, "keywords": keywords}
    with boxed(in_process, write(title, dialect="subscribe")) as box:
        body = json.dumps({"tid": "19999999", "kidList": [], "sceneDesc": "预约"}).encode()
        query, kind = {"access_token": box.token()}, {"Content-Type": "application/json"}
        assert box.ask("POST", "/wxaapi/newtmpl/addtemplate", body, query, kind).json["errcode"] == 0
        (row,) = box.ask("GET", "/wxaapi/newtmpl/gettemplate", query=query).json["data"]
        assert (row["title"], row["content"]) == ("服务进度提醒", ""), "wechat-api.md §7"
        (kept,) = box.account()["templates"]
        assert [one["name"] for one in kept["keywords"]] == ["服务名称", "温馨提示"]


def test_a_keyword_without_an_example(transport: Transport) -> None:
    keywords = [{"keyword_id": 3, "name": "购买地点"}, {"keyword_id": 5, "name": "物品名称", "example": ""}]
    library = write({"id": "AT0002", "title": "购买成功通知", "keywords": keywords})
    title = Title("AT0002", "购买成功通知", (Keyword(3, "购买地点", ""), Keyword(5, "物品名称", "")))
    assert library == Library((title,), {"AT0002": title}, "wxopen")
    with boxed(transport, library) as box:
        token = box.token()
        body = {"id": "AT0002", "keyword_id_list": [5, 3]}
        assert box.post("/cgi-bin/wxopen/template/add", body, token)["errcode"] == 0
        page = {"offset": 0, "count": 20}
        (row,) = box.post("/cgi-bin/wxopen/template/list", page, token)["list"]
        assert row["example"] == "物品名称:\n购买地点:\n"


def test_a_title_that_could_not_be_looked_up_has_no_keywords_to_choose(transport: Transport) -> None:
    with boxed(transport, write({"id": "AT1", "title": "购买成功通知", "keywords": []})) as box:
        token = box.token()
        got = box.post("/cgi-bin/wxopen/template/library/get", {"id": "AT1"}, token)
        assert got == {**OK, "id": "AT1", "title": "购买成功通知", "keyword_list": []}
        body = {"id": "AT1", "keyword_id_list": [3]}
        reply = box.post("/cgi-bin/wxopen/template/add", body, token)
        assert refused(reply) == (45075, "invalid keyword_id 3: not a keyword of AT1")


def test_titles_alone_are_refused_before_anything_is_served(entrance: str, reconciler: CommandLine) -> None:
    assert reconciler("library", "pull", "--titles-only").code == 0
    missing = "has no title with keywords: pull the library without --titles-only"
    result = reconciler("sandbox", "serve", "--port", "0", "--library", "library.json")
    assert result == (1, "", f"error: library.json: {missing}\n")
    assert not Path(".reconciler/sandbox.sqlite").exists()
