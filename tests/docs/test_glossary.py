"""docs/glossary.md: one word for one thing in both languages, and what the program says is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reconciler.plan.actions import KINDS
from reconciler.wechat.dialects.limits import LIMITS

from .blocks import ROOT

DOCS = ROOT / "docs"
ROW = re.compile(r"^\| (?!word |术语 |-)([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)

OTHER_WORDS = {
    **dict.fromkeys(("守卫", "护栏"), "防护规则"),
    **dict.fromkeys(("采纳", "领养", "认领"), "接管（adopt）"),
    "沙盒": "沙箱",
    "控制台": "公众平台后台",
    "方言": "接口（dialect）",
    "锁文件": "lock 文件",
    "配额": "额度",
    "关键字": "关键词",
    "孪生": "重复模板",
}
"""Chinese words for what has another one here"""


def rows(page: str) -> list[tuple[str, str, str]]:
    return ROW.findall((DOCS / page).read_text("utf-8"))


ENGLISH, CHINESE = rows("glossary.md"), rows("glossary.zh.md")


def test_both_pages_have_the_same_words() -> None:
    assert len(ENGLISH) > 80
    assert [(word, chinese) for word, chinese, _ in ENGLISH] == [(word, ours) for ours, word, _ in CHINESE]


@pytest.mark.parametrize("page", ["glossary.md", "glossary.zh.md"])
def test_each_word_stands_there_once(page: str) -> None:
    words = [word for row in rows(page) for word in re.split(r", |、", row[0])]
    assert sorted(words) == sorted(set(words))


def test_what_a_plan_does_is_there() -> None:
    schema = json.loads((ROOT / "schemas" / "plan.schema.json").read_text("utf-8"))
    words = {part for word, _, _ in ENGLISH for part in word.split(", ")}
    reasons = schema["$defs"]["account"]["properties"]["retired"]["items"]["properties"]["reason"]["enum"]
    assert words >= {*KINDS, "keep", *reasons}


@pytest.mark.parametrize("page", ["glossary.md", "glossary.zh.md"])
def test_each_dialect_is_told(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    assert [name for name in LIMITS if f"`{name}`" not in text] == []


def test_the_words_in_place_of_others_are_the_glossarys() -> None:
    assert set(OTHER_WORDS.values()) <= {row[0] for row in CHINESE}


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.zh.md")), ids=lambda page: page.name)
def test_a_chinese_page_uses_the_glossarys_words(page: Path) -> None:
    text = page.read_text("utf-8")
    assert {word: ours for word, ours in OTHER_WORDS.items() if word in text} == {}
