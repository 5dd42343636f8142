"""docs/dialects.md: all dialects and what they can, and one file that says the same on each."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reconciler.wechat.dialects.limits import LIMITS

from ..tools import CommandLine, told
from .blocks import blocks_of

ROOT = Path(__file__).parent.parent.parent
PAGES = ["dialects.md", "dialects.zh.md"]
RID = re.compile("rid: [0-9a-f-]+")
NOT = {"no", "没有", "不能", "–"}
"""What a cell says where there is no such thing"""


def table(page: str, first: str) -> list[list[str]]:
    """The rows, with the head, of the table whose head begins so."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    lines = next(part for part in text.split("\n\n") if part.startswith(first)).splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "---" not in line]


@pytest.mark.parametrize("page", PAGES)
def test_every_dialect_has_its_row(page: str) -> None:
    rows = table(page, "| `dialect:` ")[1:]
    assert sorted(row[0].strip("`") for row in rows) == sorted(LIMITS)


@pytest.mark.parametrize("page", PAGES)
def test_what_differs_is_what_the_limits_say(page: str) -> None:
    head, *rows = table(page, "| | `")
    dialects = [name.strip("`") for name in head[1:]]
    assert sorted(dialects) == sorted(LIMITS)
    cells = [dict(zip(dialects, row[1:], strict=True)) for row in rows]
    ids, keywords, keyword_ids, _, scene, groups, fixed, old, listed, _, daily, *_ = cells
    for name, limits in LIMITS.items():
        assert f"`{limits.id_example}`" in ids[name], name
        assert re.findall("[0-9]+", keywords[name]) == [str(one) for one in limits.keywords], name
        assert (keyword_ids[name] not in NOT) == limits.keyword_ids, name
        assert re.findall("[0-9]+", scene[name]) == ([str(limits.scene)] if limits.scene else []), name
        assert (groups[name] not in NOT) == limits.groups, name
        ends = [str(limits.fixed[0]), str(limits.fixed[-1])] if limits.fixed else []
        assert re.findall("[0-9]+", fixed[name]) == ends, name
        assert (old[name] not in NOT) == (limits.old_ids is not None), name
        assert (listed[name] not in NOT) == limits.listed, name
        assert (daily[name] in {"few", "很少"}) == limits.daily, name


@pytest.mark.parametrize("page", PAGES)
def test_one_file_says_the_same_on_each(
    page: str, reconciler: CommandLine, entrance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each on an account of its own, as each is of another kind."""
    keys = {}
    for number, block in enumerate(blocks_of(ROOT / "docs" / page)[:4]):
        assert block.title is not None
        Path(block.title).write_text(block.text, "utf-8")
        monkeypatch.setenv("WECHAT_APPID", f"wx{number:016d}")
        result = reconciler("apply", "--yes", "--file", block.title)
        assert (result.code, "done: 1 added" in result.out) == (0, True), result.err
        lock = json.loads(Path(block.title).with_suffix(".lock.json").read_text("utf-8"))
        entry = lock["templates"]["order_paid"]
        assert entry["title"] == "购买成功通知"
        assert [one["name"] for one in entry["keywords"]] == ["购买地点", "购买时间"]
        keys[lock["dialect"]] = [one["key"] for one in entry["keywords"]]
    assert keys == {
        "wxopen": ["keyword1", "keyword2"],
        "subscribe": ["thing3", "time4"],
        "official": ["thing3", "time2"],
        "notify": ["thing3", "time4"],
    }


FAULTS = {
    "add=200014": ("subscribe", ["apply", "--yes", "--settle", "0"]),
    "categories=200018": ("subscribe", ["library", "search", "付款"]),
    "list=48001": ("subscribe", ["plan"]),
    "list=45103": ("wxopen", ["plan"]),
}
"""What goes wrong in the order of the page, of which dialect, and what is run then"""


def test_the_errors_are_those_of_the_program(reconciler: CommandLine, entrance: str) -> None:
    said = []
    files = {block.title: block.text for block in blocks_of(ROOT / "docs" / "dialects.md") if block.title}
    for fault, (dialect, words) in FAULTS.items():
        file = f"templates.{dialect}.yaml"
        Path(file).write_text(files[file], "utf-8")
        told(entrance, "faults", {"faults": [fault]})
        result = reconciler(*words, "--file", file)
        assert result.code != 0
        said.append(RID.sub("rid", result.err))
    for page in PAGES:
        shown = [
            RID.sub("rid", block.text)
            for block in blocks_of(ROOT / "docs" / page)
            if block.language == "text"
        ]
        assert shown == said, page
