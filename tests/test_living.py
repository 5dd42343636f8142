"""Templates as they live: accounts as people have them, and what comes of them (wechat-api.md §7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .tools import CommandLine, ScriptedServer

OLD = "/cgi-bin/template"
OK = {"errcode": 0, "errmsg": "ok"}
PHANTOM = {
    "template_id": "P",
    "title": "订阅模板消息",
    "primary_industry": "",
    "deputy_industry": "",
    "content": "{{content.DATA}}",
    "example": "",
}


@pytest.fixture
def account(scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> ScriptedServer:
    """A server that the environment's token is for."""
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", "T")
    monkeypatch.setenv("RECONCILER_SETTLE", "0")
    return scripted


def yaml(text: str, dialect: str) -> None:
    Path("templates.yaml").write_text(f"version: 1\ndialect: {dialect}\n{text}", "utf-8")


def service_row(template_id: str, title: str, content: str) -> dict[str, Any]:
    industries = {"primary_industry": "IT科技", "deputy_industry": "互联网|电子商务"}
    return {"template_id": template_id, "title": title, **industries, "content": content, "example": ""}


def test_the_row_that_nobody_has_added_holds_no_guard_back(
    reconciler: CommandLine, account: ScriptedServer
) -> None:
    yaml('templates:\n  paid: {id: "47123", title: 付款, keywords: [金额]}\n', "official")
    rows = [PHANTOM, service_row("A", "付款", "金额：{{amount1.DATA}}")]
    account.on(f"{OLD}/get_all_private_template", {"template_list": rows})
    assert reconciler("apply", "--yes").code == 0
    yaml("templates: {}\nprune: all\n", "official")
    emptied = reconciler("apply", "--yes", "--format", "json")
    assert (emptied.code, [one["guard"] for one in emptied.json["accounts"][0]["refused"]]) == (
        3,
        ["no templates left"],
    )
    assert "订阅模板消息" not in emptied.out + reconciler("import", "--dry-run").out
    assert account.calls("del_private_template") == []


def test_a_keyword_is_what_stands_between_two_placeholders(
    reconciler: CommandLine, account: ScriptedServer
) -> None:
    yaml('templates:\n  meet: {id: "47123", title: 会面, keywords: [kind, 地点, 号]}\n', "official")
    content = "您好\n{{kind.DATA}}地点：{{place.DATA}}\n号：{{no.DATA}}\n{{Remark.DATA}}"
    account.on(f"{OLD}/get_all_private_template", {"template_list": [service_row("A", "会面", content)]})
    assert reconciler("apply", "--yes").code == 0
    account.on("/cgi-bin/message/template/send", {**OK, "msgid": 1})
    words = ("--set", "kind=面谈", "--set", "地点=上海", "--set", "号=7", "--set", "Remark=请准时")
    assert reconciler("send", "meet", "--to", "U", *words).code == 0
    assert [{key: one["value"] for key, one in body["data"].items()} for body in account.calls("/send")] == [
        {"kind": "面谈", "place": "上海", "no": "7", "Remark": "请准时"}
    ]
