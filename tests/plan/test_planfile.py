"""The plan as a document: what its digests stand for, and what waits in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.core.model import Desired, KeywordRef, Live, Lock, LockedKeyword, Place, Slot
from reconciler.plan import digests
from reconciler.plan import planfile as document
from reconciler.plan.decision import Decision
from reconciler.plan.guards import Refusal
from reconciler.render import plan_text as text

from ..tools import desired, entry, live, lock, retired, wanted
from .deciding import decided

WISH = desired(wanted("a", "AT1", "甲"), wanted("b", "AT2", "乙丙"))
LOCKED = lock(retired("c", entry("C", "AT1", "丙")), a=entry("A", "AT1", "甲"), b=entry("B", "AT2", "乙丙"))
THERE = [live("A", "AT1", "甲"), live("B", "AT2", "乙丙"), live("C", "AT1", "丙"), live("X", "AT2", "甲")]


def document_of(wish: Desired, locked: Lock, account: Sequence[Live]) -> dict[str, Any]:
    made = decided(wish, locked, account)
    return document.of([Decision(wish, locked, tuple(account), made)])


def account_of(wish: Desired, locked: Lock, account: Sequence[Live]) -> dict[str, Any]:
    found: dict[str, Any] = document_of(wish, locked, account)["accounts"][0]
    return found


BEFORE = account_of(WISH, LOCKED, THERE)
A, B = WISH.templates


@pytest.mark.parametrize(
    ("changed", "wish"),
    [
        (False, replace(WISH, templates=(B, A))),
        (False, replace(WISH, templates=(replace(A, keywords=(KeywordRef(" 甲： "),)), B))),
        (True, replace(WISH, templates=(A,))),
        (True, replace(WISH, templates=(replace(A, keywords=(KeywordRef("甲", 10),)), B))),
        (True, replace(WISH, templates=(replace(A, protect=True), B))),
        (True, replace(WISH, templates=(A, replace(B, title="购买失败通知")))),
        (True, replace(WISH, templates=(A, wanted("b", "AT2", "丙乙")))),
        (True, replace(WISH, prune="all")),
        (True, replace(WISH, max_deletes=4)),
        (True, replace(WISH, retire_after=60)),
    ],
)
def test_the_digest_of_the_yaml_stands_for_its_meaning(changed: bool, wish: Desired) -> None:
    after = account_of(wish, LOCKED, THERE)
    assert (after["inputs"]["yaml"] != BEFORE["inputs"]["yaml"]) is changed
    assert after["inputs"]["lock"] == BEFORE["inputs"]["lock"]
    assert after["inputs"]["account"] == BEFORE["inputs"]["account"]


@pytest.mark.parametrize(
    "locked",
    [
        replace(LOCKED, appid="wx1"),
        replace(LOCKED, retired=()),
        replace(LOCKED, retired=(retired("c", entry("C", "AT1", "丙"), since="2026-11-21T10:00:00Z"),)),
        replace(LOCKED, templates={"a": LOCKED.templates["a"]}),
        replace(
            LOCKED,
            templates={
                **LOCKED.templates,
                "a": replace(LOCKED.templates["a"], keywords=(LockedKeyword("甲", 10, "k"),)),
            },
        ),
    ],
)
def test_the_digest_of_the_lock_stands_for_all_of_it(locked: Lock) -> None:
    after = account_of(WISH, locked, THERE)
    assert after["inputs"]["lock"] != BEFORE["inputs"]["lock"]


@pytest.mark.parametrize(
    ("changed", "account"),
    [
        (False, THERE[::-1]),
        (False, [replace(THERE[0], slots=(Slot("甲：", "keyword1"),)), *THERE[1:]]),
        (True, THERE[:3]),
        (True, [*THERE, live("Y", "AT2", "甲")]),
        (True, [replace(THERE[0], slots=(Slot("甲", "keyword9"),)), *THERE[1:]]),
        (True, [*THERE[:3], replace(THERE[3], title="另一通知")]),
        (True, [*THERE[:3], replace(THERE[3], slots=None)]),
    ],
)
def test_the_digest_of_the_account_stands_for_the_whole_list(changed: bool, account: list[Live]) -> None:
    after = account_of(WISH, LOCKED, account)
    assert (after["inputs"]["account"] != BEFORE["inputs"]["account"]) is changed


def test_the_order_of_twins_is_part_of_the_digest_for_it_decides_which_is_taken() -> None:
    twins = [live("T1", "AT1", "甲"), live("T2", "AT1", "甲")]
    one, other = (account_of(WISH, lock(), account) for account in (twins, twins[::-1]))
    adopted = [
        next(a["template_id"] for a in plan["actions"] if a["action"] == "adopt") for plan in (one, other)
    ]
    assert adopted == ["T1", "T2"]
    assert one["digest"] != other["digest"]


RETIRING = replace(WISH, retire_after=36 * 3600, templates=(A,))
YOUNG = replace(LOCKED, retired=(retired("c", entry("C", "AT1", "丙"), since="2026-11-23T09:00:00Z"),))


def test_what_waits_is_listed_with_its_time_and_what_is_retired_with_its_wait() -> None:
    account = account_of(RETIRING, YOUNG, THERE)
    (waiting,) = account["retired"]
    assert waiting == {
        "template_id": "C",
        "name": "c",
        "reason": "removed",
        "since": "2026-11-23T09:00:00Z",
        "until": "2026-11-24T21:00:00Z",
    }
    (row,) = account["actions"]
    assert (row["action"], row["template_id"], row["kept_for"]) == ("retire", "B", "36h")
    text_of = text.plan(Decision(RETIRING, YOUNG, tuple(THERE), decided(RETIRING, YOUNG, THERE)))
    assert (
        "  > retire b AT2 购买失败通知 B: not in templates.yaml any more; kept on the account for 36h\n"
        in text_of
    )
    assert "\nretired, kept: C c, due 2026-11-24T21:00:00Z\n" in text_of


def test_with_prune_none_what_is_retired_is_never_due() -> None:
    never = replace(RETIRING, prune="none")
    account = account_of(never, YOUNG, THERE)
    assert [one["until"] for one in account["retired"]] == [None]
    assert [one["kept_for"] for one in account["actions"]] == [None]
    text_of = text.plan(Decision(never, YOUNG, tuple(THERE), decided(never, YOUNG, THERE)))
    assert "B: not in templates.yaml any more; kept on the account\n" in text_of
    assert "\nretired, kept: C c, never due\n" in text_of


def test_the_digest_stands_for_actions_and_refusals_and_for_nothing_else() -> None:
    assert account_of(WISH, LOCKED, [*THERE, live("Y", "AT2", "甲")])["digest"] == BEFORE["digest"]
    assert account_of(replace(WISH, max_deletes=9), LOCKED, THERE)["digest"] == BEFORE["digest"]
    assert account_of(replace(WISH, templates=(A,)), LOCKED, THERE)["digest"] != BEFORE["digest"]
    made = Decision(WISH, LOCKED, tuple(THERE), decided(WISH, LOCKED, THERE))
    one, other, moved = (
        document.account(made.refusing(Refusal("protected", message, "a flag", place)))["digest"]
        for message, place in (("a", None), ("b", None), ("a", Place(3, 4)))
    )
    assert len({BEFORE["digest"], one, other}) == 3
    assert moved == one, "where it stands in the file is not part of it"


def test_the_digest_is_told_from_the_rows_alone_and_not_by_when_it_is_looked() -> None:
    rows = BEFORE["actions"]
    dated = [{**row, "since": "2026", "until": "2027", "used": ["a.py:1"], "where": "t:1:1"} for row in rows]
    assert digests.of_rows(rows, []) == digests.of_rows(dated, []) == BEFORE["digest"]
    assert digests.of_rows([{**rows[0], "title": "丁"}, *rows[1:]], []) != BEFORE["digest"]


def test_what_is_compared_is_what_is_written() -> None:
    """Rows and digests are made once a decision, and again only where more speaks against it."""
    made = Decision(
        replace(WISH, templates=(A,)),
        LOCKED,
        tuple(THERE),
        decided(replace(WISH, templates=(A,)), LOCKED, THERE),
    )
    row = document.account(made)
    assert [id(one) for one in row["actions"]] == [id(one) for one in made.actions]
    assert (row["digest"], row["inputs"]) == (made.digest, made.inputs)
    assert made.refusing() is made
    refused = made.refusing(Refusal("stale", "a", "b"))
    assert refused.digest != made.digest
    assert refused.inputs == made.inputs


def test_an_update_of_protection_says_which_way() -> None:
    for protect in (True, False):
        locked = replace(LOCKED, templates={"a": replace(entry("A", "AT1", "甲"), protect=not protect)})
        wish = replace(WISH, templates=(replace(A, protect=protect),))
        (row,) = [one for one in account_of(wish, locked, THERE)["actions"] if one["action"] == "update"]
        assert (row["reason"], row["protect"]) == ("protect", protect)
