"""docs/plan.md has every action and every policy that there is."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from pathlib import Path

import pytest

from reconciler.plan.actions import KINDS
from reconciler.sandbox import library
from reconciler.sandbox.access import Doors
from reconciler.sandbox.accounts import APPID, SECRET
from reconciler.sandbox.routes import create_app
from reconciler.sandbox.state.store import Store

from ..conftest import Lend
from ..tools import CommandLine

ROOT = Path(__file__).parent.parent.parent
PAGES = ["plan.md", "plan.zh.md"]
ID = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


def section(page: str, id_: str) -> str:
    """What stands below the heading of this id."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    below = re.split(rf'^##+ .*<a id="{id_}"></a>$', text, flags=re.MULTILINE)[1]
    return re.split(r"^##", below, flags=re.MULTILINE)[0]


def rows(page: str, id_: str) -> list[list[str]]:
    """The rows of the section's table, without its head."""
    lines = re.findall(r"^\| (.*) \|$", section(page, id_), re.MULTILINE)
    return [line.split(" | ") for line in lines[1:]]


@pytest.mark.parametrize("page", PAGES)
def test_the_table_has_every_action(page: str) -> None:
    named = re.findall("`([a-z]+)`", " ".join(row[-1] for row in rows(page, "table")))
    assert {*named} - {"protect", "scene", "retired", "unlisted"} == {*KINDS, "keep", "restore"}


def test_the_table_has_the_rows_of_the_decision() -> None:
    """As many as its own table has."""
    decision = (ROOT / "reconciler" / "plan" / "decide.py").read_text("utf-8")
    theirs = [line for line in decision.splitlines() if re.match(r"\| (?:-|[a-z ]+) +\|", line)]
    assert len(rows("plan.md", "table")) == len(theirs) == len(rows("plan.zh.md", "table"))


@pytest.mark.parametrize("page", PAGES)
def test_every_policy_has_its_row(page: str) -> None:
    schema = json.loads((ROOT / "schemas" / "templates.schema.json").read_text("utf-8"))
    told = {re.findall("`([a-z]+)`", row[0])[0] for row in rows(page, "prune")}
    assert told == {*schema["properties"]["prune"]["enum"]}


def test_a_full_account_is_told_as_the_page_shows(
    reconciler: CommandLine, lend: Lend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(ROOT / "templates.yaml", tmp_path)
    monkeypatch.setenv("WECHAT_APPID", APPID)
    monkeypatch.setenv("WECHAT_APPSECRET", SECRET)
    with (
        contextlib.closing(Store.open(tmp_path / "served" / "sandbox.sqlite")) as store,
        lend(Doors(create_app(store, library.load(None), limit=5))) as url,
    ):
        assert reconciler("apply", "--yes", "--endpoint", url).code == 0
        file = tmp_path / "templates.yaml"
        text = file.read_text("utf-8")
        file.write_text(text.replace("失败原因, 付款金额, 支付截止时间", "付款金额, 失败原因"), "utf-8")
        result = reconciler("apply", "--yes", "--endpoint", url)
        assert result.code == 4
    for page in PAGES:
        (shown,) = re.findall(r"^```text\n(.*)\n```$", section(page, "full"), re.MULTILINE)
        assert ID.sub("ID", shown) in ID.sub("ID", result.err), page
