"""Words -> titles: what is meant comes first, and what is not meant does not come."""

from __future__ import annotations

import doctest

import pytest

from reconciler.core.model import LibraryKeyword, Title
from reconciler.library import search as room
from reconciler.library.search import search

TITLES = [
    Title("AT1", "购买成功通知", (LibraryKeyword(1, "订单编号"), LibraryKeyword(2, "购买时间"))),
    Title("AT2", "订单退款申请成功通知", (LibraryKeyword(3, "退款单号"),)),
    Title("AT3", "退款成功提醒", ()),
    Title("AT4", "退款失败通知", None),
    Title("AT5", "VIP 会员到期提醒", None),
    Title("AT6", "退款成功通知", None),
]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["退款"], ["AT3", "AT4", "AT6", "AT2"]),  # at the start first, the shorter first
        (["退款成功"], ["AT3", "AT6", "AT2"]),  # whatever the ending; then with others between
        (["退款成功通知"], ["AT6", "AT3", "AT2"]),
        (["退款", "申请"], ["AT2"]),  # all words
        (["ｖｉｐ"], ["AT5"]),  # one width, one case
        (["at4"], ["AT4"]),  # an id
        (["成功退款"], ["AT3", "AT6", "AT2"]),  # in another order
        (["取消订单"], []),  # not all of it
        (["退货失败"], ["AT4"]),  # nothing else is written so
        (["购买完成通知"], ["AT1"]),
        (["订单编号"], []),  # a keyword does not count
        (["通知", "失败"], ["AT4"]),
        ([" "], []),
    ],
)
def test_what_is_found(words: list[str], found: list[str]) -> None:
    assert [hit.title.id for hit in search(TITLES, words)] == found


def test_keywords_count_less_than_titles() -> None:
    hits = search(TITLES, ["单"], keywords=True)
    assert [(hit.title.id, [one.keyword_id for one in hit.keywords]) for hit in hits] == [
        ("AT2", [3]),
        ("AT1", [1]),
    ]


def test_the_examples_are_true() -> None:
    assert doctest.testmod(room).failed == 0
