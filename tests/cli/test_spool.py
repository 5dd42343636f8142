"""What waits to be told of thousands of accounts: texts in parts, each as it was kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.cli.reports.spool import IN_MEMORY, Spool


@pytest.fixture
def spool() -> Iterator[Spool]:
    made = Spool(("block", "line", "row"))
    yield made
    made.close()


def test_parts_are_read_as_they_were_kept_whatever_the_order(spool: Spool) -> None:
    spool.keep("甲", {"row": '{"账号": "甲"}', "block": "计划\n"})
    spool.keep("b", {"line": "1 to add"})
    assert [spool.read("b", part) for part in ("row", "line", "block")] == ["", "1 to add", ""]
    assert [spool.read("甲", part) for part in ("line", "block", "row")] == [
        "",
        "计划\n",
        '{"账号": "甲"}',
    ]


def test_what_comes_later_of_an_account_takes_the_place_of_what_came_before(spool: Spool) -> None:
    spool.keep("a", {"block": "planned", "line": "1 to add"})
    spool.keep("a", {"line": "1 added"})
    assert (spool.read("a", "block"), spool.read("a", "line"), len(spool)) == ("", "1 added", 1)


def test_of_an_account_that_was_not_worked_on_there_is_nothing(spool: Spool) -> None:
    assert ("a" in spool, len(spool), spool.read("a", "line")) == (False, 0, "")


def test_half_a_surrogate_pair_is_kept_as_it_is(spool: Spool) -> None:
    spool.keep("a", {"line": "half \ud800"})
    assert spool.read("a", "line") == "half \ud800"


def test_more_than_memory_should_hold_goes_to_a_file(spool: Spool) -> None:
    texts = {f"a{number}": str(number) * (IN_MEMORY // 4) for number in range(10)}
    for account, text in texts.items():
        spool.keep(account, {"row": text, "line": account})
    assert {account: spool.read(account, "row") for account in texts} == texts
    assert [spool.read(account, "line") for account in texts] == list(texts)
