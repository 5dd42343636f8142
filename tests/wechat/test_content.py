"""The content of a live template, in every shape that was seen (wechat-api.md §1 and §7)."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.core.model import Slot, bare
from reconciler.wechat.dialects.shared.content import parse

PLAIN = [Slot("购买地点", "keyword1"), Slot("购买时间", "keyword2")]
CAPTURE = (
    "单号{{keyword1.DATA}}\n金额{{keyword2.DATA}}\n下单时间{{keyword3.DATA}}\n物品名称{{keyword4.DATA}}\n"
    "订单号码{{keyword5.DATA}}\n"
)

SAMPLES = Path(__file__).parents[1] / "samples"


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
    [
        None,
        7,
        "",
        "\n \n",
        "购买地点",
        "甲{{keyword1.DATA}} 元",
        "甲{{a.DATA}}乙{{b.DATA}} 元",
        "甲{{keyword1}}",
        "甲{{keyword1.DATA}}\n乙\n丙{{keyword2.DATA}}",
        "甲{{keyword1.DATA}}\n乙{{keyword2}}",
        "{{kind.DATA地点：{{place.DATA}}",
        "{{kind.data}}地点：{{place.DATA}}",
        "{kind.DATA}地点：{{place.DATA}}",
        "{{.DATA}}地点：{{place.DATA}}",
        "地点：{{place.DATA}}\n备注：{remark.DATA}",
    ],
)
def test_what_cannot_be_read(content: object) -> None:
    assert parse(content) is None


@pytest.mark.parametrize(
    ("content", "slots"),
    [
        (
            "{{kind.DATA}}地点：{{place.DATA}}\n号：{{no.DATA}}",
            [("kind", "kind"), ("地点", "place"), ("号", "no")],
        ),
        (
            "{{first.DATA}}商品：{{keyword1.DATA}} 价格：{{keyword2.DATA}}{{remark.DATA}}",
            [("商品", "keyword1"), ("价格", "keyword2")],
        ),
        ("{{first.DATA}}\n单号：{{orderno.DATA}}\n{{Remark.DATA}}", [("单号", "orderno")]),
        (
            "{{FIRST.DATA}}\n单号：{{orderno.DATA}}\n备注：{{remark.DATA}}",
            [("单号", "orderno"), ("备注", "remark")],
        ),
        ("您好，您的订单\n\n单号：{{orderno.DATA}}", [("单号", "orderno")]),
        ("单号：{{orderno.DATA}}\n{谢谢}\n再见", [("单号", "orderno")]),
        ("日期：{{date.DATA}} {{time.DATA}}", [("日期", "date"), ("time", "time")]),
        ("日期：{{date.DATA}}：{{time.DATA}}", [("日期", "date"), ("time", "time")]),
        ("{{{keyword1.DATA}}}", [("keyword1", "keyword1")]),
        ("比分{{主:客}}{{a.DATA}}{地点}：{{b.DATA}}", [("比分{{主:客}}", "a"), ("{地点}", "b")]),
        ("结果{{phrase1 5个以内汉字.DATA}}", [("结果", "phrase1 5个以内汉字")]),
    ],
)
def test_lines_of_several_placeholders_and_of_none(content: str, slots: list[tuple[str, str]]) -> None:
    """What live service accounts list (wechat-api.md §7, "Content, as captured")."""
    found = parse(content, nameless={"first", "remark"})
    assert [(bare(slot.name), slot.key) for slot in found or ()] == slots


NAMES = st.text("购买地点:：{} ,.（）A1", max_size=8).map(str.strip)
KEYS = st.from_regex(r"[A-Za-z_]{1,6}[0-9]{0,2}( [0-9]个)?", fullmatch=True).filter(lambda key: key != "DATA")
LINES = st.lists(st.lists(st.tuples(NAMES, KEYS), min_size=1, max_size=3), min_size=1, max_size=4)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "您好", "谢谢！"]))
def test_what_is_written_is_read(lines: list[list[tuple[str, str]]], end: str, fixed: str) -> None:
    """Any names that hold no `}}` or `{{` of their own, any keys, any number of them in a line."""
    assume(not any(char * 2 in name for line in lines for name, _ in line for char in "{}"))
    text = end.join([fixed, *("".join(f"{n}{{{{{k}.DATA}}}}" for n, k in line) for line in lines), fixed])
    read = parse(text) or ()
    written = [(name, key) for line in lines for name, key in line]
    assert [slot.key for slot in read] == [key for _, key in written]
    for slot, (name, key) in zip(read, written, strict=True):
        named = name.strip("{} ") and bare(name)
        assert bare(slot.name) == (bare(name) if named else key)


@given(st.text("甲.DAT{}a: \n", max_size=60))
def test_no_name_ever_holds_a_placeholder(content: str) -> None:
    for slot in parse(content) or ():
        assert not re.search(r"[{}].*\.\s*DATA|\.\s*DATA.*[{}]", slot.name)
        assert slot.key == slot.key.strip() != ""
        assert not set("{}") & set(slot.key)


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
    sample = json.loads((SAMPLES / "wxopen-template-list.json").read_text("utf-8"))
    slots = parse(sample["list"][0]["content"])
    assert slots is not None
    assert [slot.key for slot in slots] == [f"keyword{n}" for n in range(1, 11)]
    sample = json.loads((SAMPLES / "subscribe-gettemplate.json").read_text("utf-8"))
    read = [parse(row["content"]) for row in sample["data"]]
    assert None not in read
    assert all(
        [f"{slot.name}{{{{{slot.key}.DATA}}}}" for slot in slots or ()] == row["content"].splitlines()
        for slots, row in zip(read, sample["data"], strict=True)
    )
