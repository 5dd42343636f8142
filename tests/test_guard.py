"""The guards of the contract: each fires, says so in whole words, and is lifted by what it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from reconciler.guard import Permits, Refusal, judge
from reconciler.model import Desired, Live, Lock

from .test_plan import decided
from .tools import desired, entry, live, lock, retired, wanted


def refusals(wish: Desired, locked: Lock, account: Sequence[Live], **permits: object) -> list[Refusal]:
    made = decided(wish, locked, account)
    return list(judge(made, wish, locked, account, Permits(**permits)))  # type: ignore[arg-type]


def test_protected_in_yaml_against_replacement() -> None:
    wish = desired(wanted("a", "AT1", "乙", protect=True))
    assert refusals(wish, lock(a=entry("A", "AT1", "甲")), [live("A", "AT1", "甲")]) == [
        Refusal(
            "protected", "a is protected and would be replaced (A)", "`protect: false` for a, applied first"
        )
    ]


def test_protected_in_the_lock_against_removal() -> None:
    locked = lock(a=entry("A", "AT1", "甲", protect=True))
    account = [live("A", "AT1", "甲"), live("X", "AT2", "甲")]
    assert refusals(desired(), locked, account) == [
        Refusal(
            "protected", "a is protected and would be deleted (A)", "`protect: false` for a, applied first"
        )
    ]


def test_protected_in_the_lock_alone_does_not_stop_a_replacement() -> None:
    locked = lock(a=entry("A", "AT1", "甲", protect=True))
    assert refusals(desired(wanted("a", "AT1", "乙")), locked, [live("A", "AT1", "甲")]) == []


def test_a_protected_template_may_be_renamed() -> None:
    locked = lock(a=entry("A", "AT1", "甲", protect=True))
    assert refusals(desired(wanted("b", "AT1", "甲", protect=True)), locked, [live("A", "AT1", "甲")]) == []


def test_a_protected_template_is_not_deleted_under_another_name() -> None:
    locked = lock(a=entry("A", "AT1", "甲"), b=entry("A", "AT1", "甲", protect=True))
    account = [live("A", "AT1", "甲"), live("X", "AT2", "甲")]
    refusal = Refusal(
        "protected", "b is protected and would be deleted (A)", "`protect: false` for b, applied first"
    )
    assert refusals(desired(wanted("a", "AT1", "乙")), locked, account) == [refusal]
    other = lock(b=entry("A", "AT1", "乙", protect=True), x=entry("X", "AT2", "甲"))
    wish = desired(wanted("x", "AT2", "甲"), prune="all")
    assert refusals(wish, other, account) == [refusal], "not as an unmanaged one either"


@pytest.mark.parametrize("policy", [{"prune": "none"}, {"retire_after": 7 * 86400}])
def test_a_protected_template_is_not_retired(policy: dict[str, Any]) -> None:
    locked = lock(a=entry("A", "AT1", "甲", protect=True))
    assert refusals(desired(**policy), locked, [live("A", "AT1", "甲")]) == [
        Refusal(
            "protected", "a is protected and would be retired (A)", "`protect: false` for a, applied first"
        )
    ]


def test_too_many_deletes_counts_no_replacement() -> None:
    locked = lock(
        a=entry("A", "AT1", "甲"),
        b=entry("B", "AT1", "乙"),
        c=entry("C", "AT1", "丙"),
        k=entry("K", "AT2", "甲"),
    )
    account = [live("A", "AT1", "甲"), live("B", "AT1", "乙"), live("C", "AT1", "丙"), live("K", "AT2", "甲")]
    wish = desired(wanted("a", "AT1", "丁"), wanted("k", "AT2", "甲"), max_deletes=1)
    message = "2 would be deleted, and at most 1 may be (replacements not counted)"
    assert refusals(wish, locked, account) == [Refusal("too many deletes", message, "--max-deletes 2")]
    assert refusals(wish, locked, account, max_deletes=2) == []
    assert refusals(replace(wish, max_deletes=9), locked, account, max_deletes=0) == [
        Refusal("too many deletes", message.replace("most 1", "most 0"), "--max-deletes 2")
    ]


def test_what_is_due_counts_unless_it_was_replaced() -> None:
    """`max_deletes` is asked when it is deleted, not when it is retired."""
    week = 7 * 86400
    old = {"since": "2026-11-16T10:00:00Z"}
    locked = lock(
        retired("b", entry("B", "AT1", "乙"), **old),
        retired("c", entry("C", "AT1", "丙"), "replaced", **old),
        a=entry("A", "AT1", "甲"),
        d=entry("D", "AT1", "丁"),
    )
    account = [live(id_, "AT1", name) for id_, name in zip("ABCD", "甲乙丙丁", strict=True)]
    wish = desired(wanted("a", "AT1", "甲"), retire_after=week, max_deletes=0)
    message = "1 would be deleted, and at most 0 may be (replacements not counted)"
    assert refusals(wish, locked, account) == [Refusal("too many deletes", message, "--max-deletes 1")]
    assert refusals(replace(wish, max_deletes=1), locked, account) == []


def test_no_templates_left() -> None:
    locked, account = lock(a=entry("A", "AT1", "甲")), [live("A", "AT1", "甲")]
    message = "all templates of the account (1) would be deleted and none added"
    assert refusals(desired(), locked, account) == [
        Refusal("no templates left", message, "--allow-no-templates")
    ]
    assert refusals(desired(), locked, account, no_templates=True) == []
    assert refusals(desired(), locked, [*account, live("X", "AT2", "甲")]) == []


def test_empty_account() -> None:
    wish, locked = desired(wanted("a", "AT1", "甲")), lock(a=entry("A", "AT1", "甲"))
    message = (
        "the lock owns templates (1) and the account lists none (asked twice); "
        "WeChat is known to answer so falsely"
    )
    assert refusals(wish, locked, []) == [Refusal("empty account", message, "--allow-empty-account")]
    assert refusals(wish, locked, [], empty_account=True) == []
    assert refusals(wish, lock(), []) == []


def test_wrong_account() -> None:
    wish, locked = desired(wanted("a", "AT1", "甲")), lock(a=entry("A", "AT1", "甲"))
    account = [live("X", "AT2", "甲")]
    message = (
        "not one of the lock's templates (1) is on this account, which lists others (1): "
        "is it the right account?"
    )
    assert refusals(wish, locked, account) == [Refusal("wrong account", message, "--allow-other-account")]
    assert refusals(wish, locked, account, other_account=True) == []


def test_what_is_retired_is_owned_until_it_is_due() -> None:
    locked, kept = lock(retired("a", entry("A", "AT1", "甲"))), desired(prune="none")
    other = [live("X", "AT2", "甲")]
    assert [one.guard for one in refusals(kept, locked, [])] == ["empty account"]
    assert [one.guard for one in refusals(kept, locked, other)] == ["wrong account"]
    assert refusals(kept, locked, [live("A", "AT1", "甲"), *other]) == []


def test_a_due_template_that_is_listed_proves_the_account() -> None:
    locked = lock(retired("r", entry("R", "AT1", "甲")), a=entry("A", "AT1", "乙"))
    account = [live("R", "AT1", "甲"), live("X", "AT2", "甲")]
    wish = desired(wanted("a", "AT1", "乙"))
    assert [(one.kind, one.reason) for one in decided(wish, locked, account).actions] == [
        ("add", "missing"),
        ("delete", "removed"),
    ]
    assert refusals(wish, locked, account) == []


@pytest.mark.parametrize("account", [[], [live("X", "AT2", "甲")]])
def test_what_is_due_may_have_been_deleted_by_a_run_that_was_interrupted(account: list[Live]) -> None:
    """Else the run after it would be refused for ever."""
    locked = lock(retired("a", entry("A", "AT1", "甲")))
    assert [one.kind for one in decided(desired(), locked, account).actions] == ["forget"]
    assert refusals(desired(), locked, account) == []


def test_mismatch() -> None:
    wish, locked = desired(wanted("a", "AT1", "甲")), lock(a=entry("A", "AT1", "甲"))
    message = (
        "a: YAML and lock agree, but A is another template on the account, "
        "and none is there that could take its place"
    )
    lift = (
        "the right template_id for a in the lock, its entry removed from the lock, or its title in YAML "
        "corrected"
    )
    assert refusals(wish, locked, [live("A", "AT1", "乙")]) == [Refusal("mismatch", message, lift)]


def test_every_reason_is_given_at_once() -> None:
    locked = lock(a=entry("A", "AT1", "甲", protect=True), b=entry("B", "AT1", "乙"))
    account = [live("A", "AT1", "甲"), live("B", "AT1", "乙")]
    found = [one.guard for one in refusals(desired(max_deletes=0), locked, account)]
    assert found == ["protected", "too many deletes", "no templates left"]
