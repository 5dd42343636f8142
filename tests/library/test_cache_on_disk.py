"""Look-ups of `subscribe` are few a day (wechat-api.md §2): each answer is asked for once, and kept."""

from __future__ import annotations

import json
import os
import shutil
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox.accounts import APPID, SECRET

from ..tools import CommandLine

YAML = """\
version: 1
dialect: subscribe
templates:
  paid: {id: "2", title: 购买成功通知, keywords: [购买地点, 购买时间]}
"""
USED = "the library's answers of just now are used; --refresh asks it again\n"


@pytest.fixture(autouse=True)
def _entrance(sandbox: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_ENDPOINT", sandbox)
    monkeypatch.setenv("WECHAT_APPID", APPID)
    monkeypatch.setenv("WECHAT_APPSECRET", SECRET)
    Path("templates.yaml").write_text(YAML, "utf-8")


def look_ups(url: str, *appids: str) -> int:
    found = 0
    for appid in appids or (APPID,):
        with urllib.request.urlopen(f"{url}/_sandbox/accounts/{appid}") as reply:
            found += json.load(reply)["calls"].get("/wxaapi/newtmpl/getpubtemplatekeywords", 0)
    return found


def kept() -> list[Path]:
    return sorted(Path(os.environ["XDG_CACHE_HOME"], "reconciler").rglob("*.json"))


def test_an_answer_is_used_until_it_is_refreshed(reconciler: CommandLine, sandbox: str) -> None:
    assert (reconciler("plan").err, look_ups(sandbox)) == ("", 1)
    assert (reconciler("plan").err, look_ups(sandbox)) == (USED, 1)
    assert (reconciler("plan", "--refresh").err, look_ups(sandbox)) == ("", 2)
    assert (reconciler("apply", "--yes").err, look_ups(sandbox)) == (USED, 2)
    assert (reconciler("plan").err, look_ups(sandbox)) == ("", 2)


def test_an_answer_is_everybodys(
    reconciler: CommandLine, sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    appids = [f"wx000000000000000{number}" for number in range(3)]
    rows = "".join(f"  shop-{number}: {{appid: {appid}}}\n" for number, appid in enumerate(appids))
    Path("templates.yaml").write_text(f"{YAML}accounts:\n{rows}", "utf-8")
    monkeypatch.delenv("WECHAT_APPID")
    assert reconciler("apply", "--yes").code == 0
    assert look_ups(sandbox, *appids) == 1


def test_nothing_is_kept_where_look_ups_are_plenty(reconciler: CommandLine) -> None:
    assert reconciler("plan", "--sandbox").code == 0
    text = YAML.replace("dialect: subscribe\n", "").replace('"2"', "AT0002")
    Path("templates.yaml").write_text(text, "utf-8")
    assert reconciler("plan").code == 0
    assert kept() == []


def test_an_answer_that_an_add_has_shown_to_be_wrong_is_asked_for_again(
    reconciler: CommandLine, sandbox: str
) -> None:
    """The ids of two keywords have changed places since: what is added is not what was meant."""
    assert reconciler("plan").code == 0
    (file,) = kept()
    answer: Any = json.loads(file.read_text("utf-8"))
    first, second = answer["title"]["keywords"][:2]
    first["keyword_id"], second["keyword_id"] = second["keyword_id"], first["keyword_id"]
    file.write_text(json.dumps(answer), "utf-8")
    result = reconciler("apply", "--yes", "--settle", "0.1")
    assert result.code == 4
    assert " is there, but as 购买成功通知 [购买时间, 购买地点]" in result.err
    assert kept() == []
    lock = json.loads(Path("templates.lock.json").read_text("utf-8"))
    lock["templates"] = {}
    Path("templates.lock.json").write_text(json.dumps(lock), "utf-8")
    assert reconciler("apply", "--yes").code == 0
    assert look_ups(sandbox) == 2


# ---------------------------------------------------------------- whose answers are believed


def test_what_came_with_a_checkout_is_not_believed(
    reconciler: CommandLine, sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it lies where it once did, or where a CI keeps its caches."""
    assert (reconciler("plan").code, look_ups(sandbox)) == (0, 1)
    (answer,) = kept()
    shutil.copytree(answer.parent, f".reconciler/library-cache/{answer.parent.name}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(Path(".cache").absolute()))
    shutil.copytree(answer.parent, f".cache/reconciler/library/{answer.parent.name}")
    assert (reconciler("plan").err, look_ups(sandbox)) == ("", 2)
    monkeypatch.setenv("XDG_CACHE_HOME", ".cache")
    monkeypatch.setenv("HOME", str(Path.cwd()))
    assert (reconciler("plan").err, look_ups(sandbox)) == ("", 3)


def test_an_answer_is_of_its_account_and_of_its_server(
    reconciler: CommandLine, sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "wx0000000000000009"
    assert (reconciler("plan").err, look_ups(sandbox)) == ("", 1)
    monkeypatch.setenv("WECHAT_APPID", other)
    assert (reconciler("plan").err, look_ups(sandbox, other)) == ("", 1)
    assert (reconciler("plan").err, look_ups(sandbox, other)) == (USED, 1)
    monkeypatch.setenv("RECONCILER_ENDPOINT", sandbox + "/")
    assert len({answer.parent for answer in kept()}) == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_an_answer_that_is_somebody_elses_is_not_believed(reconciler: CommandLine, sandbox: str) -> None:
    assert reconciler("plan").code == 0
    (answer,) = kept()
    moved = answer.with_name("elsewhere")
    answer.rename(moved)
    answer.symlink_to(moved)
    os.chown(answer, 12345, 12345, follow_symlinks=False)
    assert (reconciler("plan").err, look_ups(sandbox)) == ("", 2)


def test_a_cache_that_can_not_be_written_is_no_error(
    reconciler: CommandLine, sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/x")
    for times in (1, 2):
        result = reconciler("plan")
        assert (result.code, result.err, look_ups(sandbox)) == (0, "", times)
