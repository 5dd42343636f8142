"""Clients that nobody here wrote drive the sandbox over real HTTP, each in a process of its own.

They are unchanged but for the address, and for the Content-Type that wechatpy leaves out (wechat-api.md §5);
wechatpy 2 is in test_wechatpy.py. `make unit` installs them under .venv/clients; the scenes that they play
are in tests/clients. The same is asked of all: of what the client got, and of what the sandbox then holds.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reconciler.sandbox.accounts import APPID, SECRET

from ..tools import inspected, told

ROOT = Path(__file__).parents[2]
INSTALLED = Path(sys.prefix) / "clients"
SECONDS = 60


class Client(NamedTuple):
    """Where one is installed, how it is started, and how it names itself."""

    folder: str
    command: tuple[str, ...]
    name: str

    def play(self, scene: str, url: str, secret: str = SECRET) -> Any:
        """What the client got of the sandbox at this address. What it needs must be there."""
        run = subprocess.run(
            [*self.command, url, APPID, secret, scene],
            env=self._environment(),
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        said = json.loads(run.stdout)
        assert said["client"].startswith(f"{self.name}.")  # wechatpy 2 has the import name of wechatpy 1
        return said["replies"]

    def _environment(self) -> dict[str, str]:
        """Its own packages, and nothing from outside that would change what it does, such as a proxy."""
        folder = INSTALLED / self.folder
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
        python = os.pathsep.join([str(folder), str(ROOT)])
        return {**kept, "PYTHONPATH": python, "PYTHONUTF8": "1", "NODE_PATH": str(folder / "node_modules")}


def node(script: str) -> tuple[str, ...]:
    return ("node", str(ROOT / "tests" / "clients" / script))


WECHATPY = Client("wechatpy1", (sys.executable, "-m", "tests.clients.wechatpy1"), "wechatpy 1")
EASYWECHAT = Client("node", node("easywechat.cjs"), "node-easywechat 3")
COWECHAT = Client("node", node("cowechat.cjs"), "co-wechat-api 3")


def there(client: Client) -> Client:
    """The client, or the test is skipped; on GitHub, where npm and its registry are in reach, it fails."""
    absent = [tool for tool in ("node", "npm") if client.folder == "node" and shutil.which(tool) is None]
    if absent:
        pytest.skip(f"{client.name} needs {' and '.join(absent)}, not found on PATH")
    if not (INSTALLED / client.folder / "ready").exists():
        lacking = f"{client.name} is not installed: `make clients` does it, with npm and Node 16 or newer"
        (pytest.fail if os.environ.get("GITHUB_ACTIONS") else pytest.skip)(lacking)
    return client


@pytest.fixture(params=[WECHATPY, EASYWECHAT, COWECHAT], ids=lambda client: client.name.split()[0])
def client(request: pytest.FixtureRequest) -> Client:
    return there(request.param)


OK = {"errcode": 0, "errmsg": "ok"}


def test_templates_of_the_original_api(client: Client, sandbox: str) -> None:
    got = client.play("wxopen", sandbox)
    titles = [{"id": "AT0002", "title": "购买成功通知"}, {"id": "AT0003", "title": "购买失败通知"}]
    assert got["titles"] == {**OK, "list": titles, "total_count": 599}
    place = {"keyword_id": 3, "name": "购买地点", "example": "TIT造舰厂"}
    assert {**got["title"], "keyword_list": got["title"]["keyword_list"][:1]} == {
        **OK,
        "id": "AT0002",
        "title": "购买成功通知",
        "keyword_list": [place],
    }
    kept, gone = got["added"]
    assert [(one["template_id"], one["title"], one["content"]) for one in got["listed"]] == [
        (kept, "购买成功通知", "购买地点{{keyword1.DATA}}\n购买时间{{keyword2.DATA}}\n"),
        (gone, "购买成功通知", "购买时间{{keyword1.DATA}}\n购买地点{{keyword2.DATA}}\n"),
    ]
    assert (got["deleted"], got["sent"], got["left"]) == (OK, OK, got["listed"][:1])
    assert held(sandbox) == [("wxopen", kept, "AT0002", ["购买地点", "购买时间"])]
    assert inspected(sandbox)["messages"] == [
        {
            "touser": "oUser",
            "template_id": kept,
            "title": "购买成功通知",
            "lines": [
                {"name": "购买地点", "value": "TIT造舰厂", "color": "#173177"},
                {"name": "购买时间", "value": "10:00", "color": "#000000"},
            ],
            "page": "index?foo=bar",
            "emphasis": "keyword1",
            "form_id": "form1",
        }
    ]


def test_subscription_messages(client: Client, sandbox: str) -> None:
    got = client.play("subscribe", sandbox)
    assert got["categories"][0] == {"id": 616, "name": "公交"}
    assert got["titles"] == {
        **OK,
        "count": 239,
        "data": [
            {"tid": 2, "title": "购买成功通知", "type": 2, "categoryId": "668"},
            {"tid": 5, "title": "付款成功通知", "type": 2, "categoryId": "616"},
        ],
    }
    place = {"kid": 3, "name": "购买地点", "example": "TIT造舰厂", "rule": "thing"}
    assert got["keywords"][0] == place
    kept, gone = got["added"]
    assert [(one["priTmplId"], one["title"], one["content"], one["type"]) for one in got["listed"]] == [
        (kept, "购买成功通知", "购买地点:{{thing3.DATA}}\n购买时间:{{time4.DATA}}\n", 2),
        (gone, "购买成功通知", "购买时间:{{time4.DATA}}\n购买地点:{{thing3.DATA}}\n", 2),
    ]
    assert (got["deleted"], got["sent"], got["left"]) == (OK, OK, got["listed"][:1])
    assert held(sandbox) == [("subscribe", kept, "2", ["购买地点", "购买时间"])]
    assert inspected(sandbox)["messages"] == [
        {
            "touser": "oUser",
            "template_id": kept,
            "title": "购买成功通知",
            "lines": [
                {"name": "购买地点", "key": "thing3", "value": "TIT造舰厂"},
                {"name": "购买时间", "key": "time4", "value": "10:00"},
            ],
            "page": "index?foo=bar",
            "miniprogram_state": "formal",
            "lang": "zh_CN",
        }
    ]


def test_template_messages_of_a_service_account(client: Client, sandbox: str) -> None:
    got = client.play("official", sandbox)
    kept, gone = got["added"]
    assert [(one["template_id"], one["content"]) for one in got["listed"]] == [
        (kept, "{{first.DATA}}\n购买时间：{{time3.DATA}}\n购买地点：{{thing2.DATA}}\n{{remark.DATA}}"),
        (gone, "{{first.DATA}}\n购买地点：{{thing3.DATA}}\n购买时间：{{time2.DATA}}\n{{remark.DATA}}"),
    ]
    assert got["listed"][0]["example"] == "购买时间：2016年6月6日\r\n购买地点：TIT造舰厂\r\n"
    assert (got["deleted"], got["sent"], got["left"]) == (OK, {**OK, "msgid": 1}, got["listed"][:1])
    assert held(sandbox) == [("official", kept, "40002", ["购买时间", "购买地点"])]
    assert inspected(sandbox)["messages"] == [
        {
            "touser": "oUser",
            "template_id": kept,
            "title": "购买成功通知",
            "lines": [
                {"name": "购买时间", "key": "time3", "value": "10:00"},
                {"name": "购买地点", "key": "thing2", "value": "TIT造舰厂"},
            ],
            "url": "https://example.com/",
            "msgid": 1,
        }
    ]


@pytest.mark.parametrize("fault", ["dead-token", "42001"])
def test_a_token_that_has_died_is_replaced(client: Client, sandbox: str, fault: str) -> None:
    """By the client itself, or, with node-easywechat, as its user must."""
    told(sandbox, "faults", {"faults": [f"list@2={fault}"]})
    assert client.play("tokens", sandbox) == {"before": [], "after": []}
    assert inspected(sandbox)["calls"]["/cgi-bin/token"] == 2


def test_what_is_refused_reaches_the_client(client: Client, sandbox: str) -> None:
    """Of the add, that it names no keywords: two of the clients have no way to say any."""
    assert client.play("refusals", sandbox) == {"add": 40246, "del": 40037, "send": 40037}
    assert (held(sandbox), inspected(sandbox)["messages"]) == ([], [])


def test_a_wrong_secret_reaches_the_client(client: Client, sandbox: str) -> None:
    assert client.play("credentials", sandbox, secret="0" * 32) == {"list": 40125}


def test_wechatpy_alone_sends_no_content_type(sandbox: str) -> None:
    """And is told what the live API tells it."""
    assert there(WECHATPY).play("untyped", sandbox) == {"add": 200014, "del": 200014}


def test_a_stable_token_is_the_same_for_whoever_asks(sandbox: str) -> None:
    assert there(EASYWECHAT).play("stable", sandbox) == {"same": True, "forced": True}
    assert inspected(sandbox)["calls"] == {"/cgi-bin/stable_token": 3}


def held(url: str) -> list[tuple[str, str, str, list[str]]]:
    """The templates that the sandbox holds: dialect, id, title, names of keywords."""
    return [
        (one["dialect"], one["template_id"], one["id"], [keyword["name"] for keyword in one["keywords"]])
        for one in inspected(url)["templates"]
    ]
