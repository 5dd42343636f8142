"""Names to ids: every mistake that only the library knows, with its place and what to do."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.errors import InputError
from reconciler.core.invisible import plain
from reconciler.core.model import LibraryKeyword, Title
from reconciler.desired import templates as desired
from reconciler.library.resolve import pasteable, resolve

TITLE = Title(
    "AT1",
    "预约提醒",
    (
        LibraryKeyword(7, "时间", "10:00"),
        LibraryKeyword(8, "时间：", "2016年\n6月6日"),
        LibraryKeyword(9, "地点"),
        LibraryKeyword(10, "备注"),
    ),
)


def problems(entry: str) -> list[str]:
    """What is wrong with a template `a` whose line is given."""
    wish = desired.read(f"version: 1\ntemplates:\n  a: {entry}\n".encode(), "t.yaml")
    with pytest.raises(InputError) as caught:
        resolve(wish.templates, {"AT1": TITLE}, "t.yaml")
    return [f"{one.where}: {one.message} | {one.hint}" for one in caught.value.problems]


def test_names_are_resolved_in_their_order() -> None:
    text = "version: 1\ntemplates: {a: {id: AT1, keywords: ['备注：', {name: 时间, keyword_id: 8}]}}\n"
    wish = desired.read(text.encode(), "t")
    assert [one.keyword_id for one in resolve(wish.templates, {"AT1": TITLE}, "t")["a"].keywords] == [10, 8]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            "{id: AT1, keywords: [地址]}",
            "t.yaml:3:27: a: AT1 预约提醒 has no keyword 地址"
            " | did you mean 地点? its keywords: 时间, 时间, 地点, 备注",
        ),
        (
            "{id: AT1, keywords: [地点，备注]}",
            "t.yaml:3:27: a: AT1 预约提醒 has no keyword 地点，备注"
            " | these are several: separate them with , and not with ，",
        ),
        (
            "{id: AT1, keywords: [时间]}",
            "t.yaml:3:27: a: AT1 预约提醒 has the keyword 时间 more than once | write one of:\n"
            "      {name: 时间, keyword_id: 7}  # 10:00\n"
            '      {name: "时间：", keyword_id: 8}  # 2016年\\n6月6日',
        ),
        (
            "{id: AT1, keywords: [{name: 地点, keyword_id: 1}]}",
            "t.yaml:3:27: a: AT1 预约提醒 has no keyword 地点 with keyword_id 1 | write one of:\n"
            "      {name: 地点, keyword_id: 9}",
        ),
        (
            "{id: AT1, title: 预约, keywords: [地点]}",
            "t.yaml:3:23: a: the title of AT1 is 预约提醒, not 预约"
            " | write `title: 预约提醒`, or correct the id",
        ),
    ],
)
def test_mistakes(entry: str, said: str) -> None:
    assert problems(entry) == [said]


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=12)


@given(
    NAMES
    | st.sampled_from(
        [
            "a:",
            "12",
            "yes",
            "~",
            "null",
            "2026-01-01",
            "a, b",
            "a: b",
            "# x",
            "[z]",
            "x}",
            "-",
            "- a",
            "*a",
            "&a",
            "!a",
            "|",
            "?",
            "%a",
            "@a",
            "`a",
            "'q",
            '"dq"',
            "1_0",
            "0x1f",
            "1e3",
            "=",
            "<<",
        ]
    )
)
def test_what_is_to_be_pasted_is_read_as_it_was_meant(name: str) -> None:
    line = pasteable(LibraryKeyword(8, name, "例 # 子"))
    assert yaml.safe_load(f"[{line}\n]") == [{"name": plain(name) or name, "keyword_id": 8}]
