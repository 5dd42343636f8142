"""The content of a live template, in every shape that was seen (wechat-api.md §1 and §5, captures)."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from reconciler.model import Slot, bare
from reconciler.wechat.content import parse

PLAIN = [Slot("购买地点", "keyword1"), Slot("购买时间", "keyword2")]
CAPTURE = (
    "单号{{keyword1.DATA}}\n金额{{keyword2.DATA}}\n下单时间{{keyword3.DATA}}\n物品名称{{keyword4.DATA}}\n"
    "订单号码{{keyword5.DATA}}\n"
)


@pytest.mark.parametrize(
    "content",
    [
        "购买地点{{keyword1.DATA}}\n购买时间{{keyword2.DATA}}\n",
        "购买地点{{keyword1.DATA}}\n购买时间{{keyword2.DATA}}",
        "购买地点: {{keyword1.DATA}}\r\n购买时间： {{keyword2.DATA}}\r\n",
        "购买地点 {{ keyword1.DATA }}\n\n  \n购买时间\u3000{{keyword2 . DATA}} \n",
    ],
)
def test_the_same_template_in_many_shapes(content: str) -> None:
    assert [Slot(bare(slot.name), slot.key) for slot in parse(content) or ()] == PLAIN


@pytest.mark.parametrize(
    ("line", "slot"),
    [
        ("比分{{主:客}}{{keyword1.DATA}}", Slot("比分{{主:客}}", "keyword1")),
        ("{备注}:{{keyword1.DATA}}", Slot("{备注}:", "keyword1")),
        ("时间::{{keyword1.DATA}}", Slot("时间::", "keyword1")),
        ("到期日{{short_thing2.DATA|date}}", Slot("到期日", "short_thing2")),
        ("甲{{thing1 (限20字).DATA}}", Slot("甲", "thing1 (限20字)")),
    ],
)
def test_odd_names_and_keys(line: str, slot: Slot) -> None:
    assert parse(line + "\n") == (slot,)


@pytest.mark.parametrize(
    "content",
    [None, 7, "", "\n \n", "购买地点", "{{keyword1.DATA}}", "甲{{keyword1.DATA}} 元", "甲{{keyword1}}"],
)
def test_what_cannot_be_read(content: object) -> None:
    assert parse(content) is None


def test_a_line_made_to_waste_time_is_given_up() -> None:
    start = time.process_time()
    assert parse("{{" * 500_000 + ".DATA" * 500_000) is None
    assert time.process_time() - start < 5


def test_the_captures() -> None:
    """Replies pasted into public code, said to be real; kept as samples."""
    assert [slot.name for slot in parse(CAPTURE) or ()] == [
        "单号",
        "金额",
        "下单时间",
        "物品名称",
        "订单号码",
    ]
    sample = json.loads((Path(__file__).parent / "samples" / "wxopen-template-list.json").read_text("utf-8"))
    slots = parse(sample["list"][0]["content"])
    assert slots is not None
    assert [slot.key for slot in slots] == [f"keyword{n}" for n in range(1, 11)]
