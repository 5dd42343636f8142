"""The truth table of the contract: a test a row, then the rules beneath it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.core.errors import InputError
from reconciler.core.model import (
    Account,
    Caveat,
    Desired,
    Entry,
    Live,
    LockedKeyword,
    Place,
    Slot,
    Unwanted,
    Wanted,
)
from reconciler.core.model import KeywordRef as Ref
from reconciler.core.model import Lock as LockValue
from reconciler.plan.actions import Add, Adopt
from reconciler.plan.decide import questions
from reconciler.plan.decision import Decision
from reconciler.plan.facts import Facts
from reconciler.render import plan_text as text

from ..dialects import dialect, pytest_generate_tests  # noqa: F401
from ..tools import SPOKEN, desired, entry, live, lock, retired, wanted
from .deciding import decided, in_words, told, warned

# ---------------------------------------------------------------- the rows


def test_keep() -> None:
    made = decided(
        desired(wanted("a", "AT1", "甲乙")), lock(a=entry("A", "AT1", "甲乙")), [live("A", "AT1", "甲乙")]
    )
    assert told(made) == []
    assert list(made.kept) == ["a"]


def test_rename_from_a_name_that_was_removed() -> None:
    made = decided(
        desired(wanted("b", "AT1", "甲乙")), lock(a=entry("A", "AT1", "甲乙")), [live("A", "AT1", "甲乙")]
    )
    assert told(made) == ["rename new b A from a"]


def test_rename_two_names_that_were_swapped() -> None:
    locked = lock(a=entry("A", "AT1", "甲乙"), b=entry("B", "AT1", "乙甲"))
    account = [live("A", "AT1", "甲乙"), live("B", "AT1", "乙甲")]
    made = decided(desired(wanted("a", "AT1", "乙甲"), wanted("b", "AT1", "甲乙")), locked, account)
    assert told(made) == ["rename replaced a B from b for A", "rename replaced b A from a for B"]


def test_adopt() -> None:
    made = decided(desired(wanted("a", "AT1", "甲乙")), lock(), [live("A", "AT1", "甲乙")])
    assert told(made) == ["adopt new a A"]
    assert made.of(Adopt)[0].entry == entry("A", "AT1", "甲乙")


def test_not_adopted_in_another_order_or_under_another_title() -> None:
    account = [live("A", "AT1", "乙甲"), live("B", "AT2", "甲乙")]
    made = decided(desired(wanted("a", "AT1", "甲乙")), lock(), account)
    assert told(made) == ["add new a -"]
    assert [one.template_id for one in made.unmanaged] == ["A", "B"]


def test_replace() -> None:
    made = decided(
        desired(wanted("a", "AT1", "甲丙")), lock(a=entry("A", "AT1", "甲乙")), [live("A", "AT1", "甲乙")]
    )
    assert told(made) == ["add replaced a - for A", "delete replaced a A"]


def test_replace_by_adopting() -> None:
    account = [live("A", "AT1", "甲乙"), live("B", "AT1", "甲丙")]
    made = decided(desired(wanted("a", "AT1", "甲丙")), lock(a=entry("A", "AT1", "甲乙")), account)
    assert told(made) == ["adopt replaced a B for A", "delete replaced a A"]


def test_missing() -> None:
    made = decided(
        desired(wanted("a", "AT1", "甲乙"), wanted("b", "AT1", "乙")),
        lock(a=entry("A", "AT1", "甲乙"), b=entry("B", "AT1", "乙")),
        [live("B", "AT1", "乙")],
    )
    assert told(made) == ["add missing a - for A"]
    assert made.of(Add)[0].ousts is None, "nothing that lives loses its name"


def test_new() -> None:
    assert told(decided(desired(wanted("a", "AT1", "甲乙")), lock())) == ["add new a -"]


def test_removed() -> None:
    made = decided(desired(), lock(a=entry("A", "AT1", "甲乙")), [live("A", "AT1", "甲乙")])
    assert told(made) == ["delete removed a A"]


def test_forget() -> None:
    made = decided(desired(), lock(a=entry("A", "AT1", "甲乙")), [live("X", "AT2", "丁")])
    assert told(made) == ["forget gone a A"]


def test_unmanaged_is_listed_and_kept() -> None:
    made = decided(desired(), lock(), [live("X", "AT1", "甲"), live("B", "AT2", "乙")])
    assert told(made) == []
    assert [one.template_id for one in made.unmanaged] == ["B", "X"]


def test_unmanaged_with_prune_all() -> None:
    made = decided(desired(prune="all"), lock(), [live("X", "AT1", "甲"), live("B", "AT2", None)])
    assert told(made) == ["delete unmanaged - X"]
    assert [one.template_id for one in made.unmanaged] == ["B"], "content that can't be read is never deleted"


def test_update_of_every_recorded_detail() -> None:
    old = entry("A", "AT1", "甲乙")
    account = [Live("A", "购买成功通知", (Slot("甲", "thing9"), Slot("乙", "keyword2")))]
    made = decided(desired(wanted("a", "AT1", "甲乙", protect=True)), lock(a=old), account, appid="wx1")
    assert told(made) == ["update appid - -", "update key, protect a A"]
    assert made.kept["a"].keywords[0].key == "thing9"
    assert made.kept["a"].protect is True


# ---------------------------------------------------------------- the rules beneath


def test_look_ups_before_the_list_are_those_needed_whatever_it_says() -> None:
    locked = lock(retired("c", entry("C", "AT2", "丁")), a=entry("A", "AT1", "甲乙"))
    wish = desired(wanted("a", "AT1", "甲乙"), wanted("b", "AT3", "地"), wanted("d", "AT2", "丁"))
    assert questions(Facts.of(wish, locked, None, {})).titles == {"AT3"}


def test_names_are_compared_without_blanks_and_one_trailing_colon() -> None:
    locked = lock(a=entry("A", "AT1", "甲乙"))
    account = [Live("A", "购买成功通知", (Slot(" 甲： ", "keyword1"), Slot("乙:", "keyword2")))]
    wish = desired(Wanted("a", "AT1", (Ref("甲 "), Ref("乙：", place=Place(1, 1)))))
    made = decided(wish, locked, account)
    assert told(made) == []
    assert list(made.kept) == ["a"]


def test_of_several_that_match_the_first_listed_is_adopted_and_the_twin_named() -> None:
    made = decided(
        desired(wanted("a", "AT1", "甲")), lock(), [live("Z", "AT1", "甲"), live("B", "AT1", "甲")]
    )
    assert told(made) == ["adopt new a Z"]
    assert warned(made) == ("B is a twin of a (Z) and is unmanaged",)


@pytest.mark.dialects("wxopen", "subscribe")
def test_an_ambiguous_name_is_adopted_with_a_warning() -> None:
    wish = desired(Wanted("a", "AT3", (Ref("时间", 8),), title="预约提醒"))
    made = decided(wish, lock(), [Live("A", "预约提醒", (Slot("时间", "keyword1"),))])
    assert told(made) == ["adopt new a A"]
    assert warned(made) == (
        "a: adopted by name, but AT3 has the keyword 时间 more than once (keyword_id 7, 8); "
        "the account does not tell which one it is",
    )


def test_a_badly_merged_lock_is_healed_by_adoption() -> None:
    """Two ids were swapped in the lock; the account tells."""
    locked = lock(a=entry("B", "AT1", "甲"), b=entry("A", "AT1", "乙"))
    account = [live("A", "AT1", "甲"), live("B", "AT1", "乙")]
    made = decided(desired(wanted("a", "AT1", "甲"), wanted("b", "AT1", "乙")), locked, account)
    assert told(made) == ["adopt new a A", "adopt new b B"]
    assert warned(made) == (
        "a: the lock says that B is 购买成功通知 [甲], but on the account it is 购买成功通知 [乙]; "
        "it counts as not locked",
        "b: the lock says that A is 购买成功通知 [乙], but on the account it is 购买成功通知 [甲]; "
        "it counts as not locked",
    )
    assert made.mismatched == ()


@pytest.mark.dialects("wxopen", "subscribe")
@pytest.mark.parametrize("of", ["kept", "renamed", "taken back"])
def test_a_keyword_id_of_yaml_that_the_lock_does_not_know_is_checked(of: str) -> None:
    one = replace(entry("A", "AT1", "甲"), keywords=(LockedKeyword("甲", None, "keyword1"),))
    locked = {"kept": lock(a=one), "renamed": lock(b=one), "taken back": lock(retired("b", one))}[of]
    wish = desired(Wanted("a", "AT1", (Ref("甲", 999),)))
    with pytest.raises(InputError, match="has no keyword 甲 with keyword_id 999"):
        decided(wish, locked, [live("A", "AT1", "甲")])


def test_a_kept_template_is_not_held_against_a_library_that_has_changed() -> None:
    """Only an add or a match needs the library; what lives needs nothing of it."""
    locked = lock(a=replace(entry("A", "AT1", "甲"), keywords=(LockedKeyword("旧", 99, "keyword1"),)))
    account = [replace(live("A", "AT1", "甲"), slots=(Slot("旧", "keyword1"),))]
    wish = desired(wanted("a", "AT1", "旧"), wanted("b", "AT1", "乙"))
    assert told(decided(wish, locked, account)) == ["add new b -"]


def test_a_mismatch_that_needs_an_add_is_named() -> None:
    made = decided(
        desired(wanted("a", "AT1", "甲")), lock(a=entry("A", "AT1", "甲")), [live("A", "AT1", "乙")]
    )
    assert told(made) == ["add new a -"]
    assert made.mismatched == ("a",)


def test_a_mismatched_entry_that_nobody_wants_is_forgotten_and_its_template_kept() -> None:
    made = decided(desired(), lock(a=entry("A", "AT1", "甲")), [live("A", "AT1", "乙")])
    assert told(made) == ["forget mismatch a A"]
    assert [one.template_id for one in made.unmanaged] == ["A"]


def test_a_replaced_entry_whose_id_is_another_title_is_not_deleted() -> None:
    made = decided(
        desired(wanted("a", "AT1", "丙")), lock(a=entry("A", "AT1", "甲")), [live("A", "AT2", "甲")]
    )
    assert told(made) == ["add new a -"]
    assert [one.template_id for one in made.unmanaged] == ["A"]


def test_content_that_cannot_be_read_is_no_difference() -> None:
    account = [live("A", "AT1", None), live("B", "AT1", None)]
    made = decided(desired(wanted("a", "AT1", "甲")), lock(a=entry("A", "AT1", "甲")), account)
    assert told(made) == []
    assert warned(made) == ("a: the content of A can't be read; it is kept as it is",)
    assert made.kept["a"].keywords[0].key == "keyword1"


def test_an_id_that_one_name_keeps_is_never_deleted() -> None:
    locked = lock(a=entry("A", "AT1", "甲"), b=entry("A", "AT1", "甲"))
    made = decided(desired(wanted("a", "AT1", "甲")), locked, [live("A", "AT1", "甲")])
    assert told(made) == ["forget duplicate b A"]


def test_a_keyword_id_in_yaml_that_differs_from_the_lock_is_a_replacement() -> None:
    old = entry("A", "AT3", "")
    locked = lock(a=type(old)("A", "AT3", "预约提醒", (LockedKeyword("时间", 7, "keyword1"),)))
    account = [Live("A", "预约提醒", (Slot("时间", "keyword1"),))]
    made = decided(desired(Wanted("a", "AT3", (Ref("时间", 8),))), locked, account)
    assert told(made) == ["add replaced a - for A", "delete replaced a A"]


def test_order_adds_then_lock_only_then_deletes_by_name_and_id() -> None:
    locked = lock(z=entry("Z", "AT1", "丁"), y=entry("Y", "AT1", "丙"), g=entry("G", "AT2", "丁"))
    account = [live("Z", "AT1", "丁"), live("Y", "AT1", "丙"), live("M", "AT2", "甲"), live("X", "AT2", "乙")]
    wish = desired(wanted("n", "AT1", "甲"), wanted("c", "AT1", "乙"), wanted("m", "AT2", "甲"), prune="all")
    assert told(decided(wish, locked, account)) == [
        "add new c -",
        "add new n -",
        "forget gone g G",
        "adopt new m M",
        "delete unmanaged - X",
        "delete removed y Y",
        "delete removed z Z",
    ]


# ---------------------------------------------------------------- scenes


@pytest.mark.dialects("subscribe")
def test_a_scene_that_changes_alone_is_recorded_and_no_more() -> None:
    account, locked = [live("A", "AT1", "甲")], lock(a=entry("A", "AT1", "甲"))
    made = decided(desired(wanted("a", "AT1", "甲", scene="支付")), locked, account)
    assert told(made) == ["update scene a A"]
    assert made.kept["a"].scene == "支付"
    again = lock(a=made.kept["a"])
    assert told(decided(desired(wanted("a", "AT1", "甲", scene="支付")), again, account)) == []
    assert told(decided(desired(wanted("a", "AT1", "甲")), again, account)) == ["update scene a A"]


def scenes(wish: Desired, locked: LockValue, account: Sequence[Live] = ()) -> list[str]:
    """What the plan's text says of scenes."""
    lines = text.plan(Decision(wish, locked, tuple(account), decided(wish, locked, account))).splitlines()
    return [line.strip() for line in lines if "scene" in line]


@pytest.mark.dialects("subscribe")
def test_a_scene_stands_in_the_text() -> None:
    """What WeChat is told, and what it is not."""
    recorded_only = ", recorded only: WeChat is not told, since a template can't be edited"
    wish, live_one = desired(wanted("a", "AT1", "甲", scene="支付")), live("A", "AT1", "甲")
    assert scenes(wish, lock()) == ["scene: 支付"]
    assert scenes(wish, lock(), [live_one]) == [f"scene: (none) -> 支付{recorded_only}"]
    assert scenes(wish, lock(b=entry("A", "AT1", "甲")), [live_one]) == [
        f"scene: (none) -> 支付{recorded_only}"
    ]
    told_of_update = scenes(wish, lock(a=entry("A", "AT1", "甲")), [live_one])
    assert told_of_update[-1] == f"scene: (none) -> 支付{recorded_only}"
    kept = lock(a=decided(wish, lock(a=entry("A", "AT1", "甲")), [live_one]).kept["a"])
    assert scenes(wish, kept, [live_one]) == []
    assert (
        scenes(desired(wanted("a", "AT1", "甲")), kept, [live_one])[-1]
        == f"scene: 支付 -> (none){recorded_only}"
    )
    assert scenes(desired(wanted("a", "AT1", "甲")), lock()) == []
    assert scenes(desired(wanted("a", "AT1", "甲", scene="\n- delete b")), lock()) == ["scene: \\n- delete b"]


def test_the_text_of_an_update_says_what_the_lock_is_told() -> None:
    wish, account = desired(wanted("a", "AT1", "甲", protect=True)), [live("A", "AT1", "甲")]
    off = desired(wanted("a", "AT1", "甲"))
    locked = lock(a=entry("A", "AT1", "甲"))
    learnt = replace(locked.templates["a"], title="旧名")
    told = [
        text.plan(Decision(one, known, tuple(account), decided(one, known, account))).splitlines()[2]
        for one, known in (
            (wish, locked),
            (off, lock(a=entry("A", "AT1", "甲", protect=True))),
            (wish, replace(locked, templates={"a": learnt})),
        )
    ]
    assert [line.partition(" A: ")[2] for line in told] == [
        "protected from now on",
        "not protected any more",
        "the lock learns its title; protected from now on",
    ]


# ---------------------------------------------------------------- the account's protection


def prod(*templates: Wanted, protect: bool, **policy: Any) -> Desired:
    return replace(desired(*templates, **policy), account=Account("prod", "wx0000000000000002", protect))


def test_an_accounts_protection_is_recorded() -> None:
    wish, account = prod(wanted("a", "AT1", "甲"), protect=True), [live("A", "AT1", "甲")]
    made = decided(wish, lock(a=entry("A", "AT1", "甲")), account)
    assert told(made) == ["update protect - -"]
    assert (made.account, made.protect) == ("prod", True)
    assert told(decided(wish, replace(lock(a=entry("A", "AT1", "甲")), protect=True), account)) == [], (
        "its name alone is no reason to write"
    )
    fresh = decided(wish, lock(), account)
    assert told(fresh) == ["adopt new a A"], "it is written with the rest"
    assert (fresh.account, fresh.protect) == ("prod", True)


def test_a_rename_that_ends_a_protection_says_so() -> None:
    locked, account = lock(a=entry("A", "AT1", "甲", protect=True)), [live("A", "AT1", "甲")]
    made = decided(desired(wanted("b", "AT1", "甲")), locked, account)
    assert in_words(made.warnings) == (
        Caveat("protection ends", "b: A was protected (as a), and is not any more", "b"),
    )
    assert decided(desired(wanted("b", "AT1", "甲", protect=True)), locked, account).warnings == ()
    back = lock(retired("a", entry("A", "AT1", "甲", protect=True)))
    made = decided(desired(wanted("a", "AT1", "甲")), back, account)
    assert [one.code for one in made.warnings] == ["protection ends"]


# ---------------------------------------------------------------- unwanted, unmanaged


X = live("X", "AT1", "甲")


@pytest.mark.parametrize("policy", [{}, {"prune": "none"}, {"prune": "all", "retire_after": 7 * 86400}])
def test_what_is_unwanted_is_deleted_at_once(policy: dict[str, Any]) -> None:
    made = decided(desired(unwanted=(Unwanted("X"),), **policy), lock(), [X])
    assert told(made) == ["delete unwanted - X"]
    assert made.unmanaged == ()
    unreadable = decided(desired(unwanted=(Unwanted("X"),), **policy), lock(), [live("X", "AT1", None)])
    assert told(unreadable) == ["delete unwanted - X"], "who names it knows what it is"


def test_what_is_unwanted_is_never_adopted() -> None:
    made = decided(desired(wanted("a", "AT1", "甲"), unwanted=(Unwanted("X"),)), lock(), [X])
    assert told(made) == ["add new a -", "delete unwanted - X"]


def test_what_was_unwanted_and_is_gone_is_to_be_taken_out() -> None:
    made = decided(desired(unwanted=(Unwanted("X", Place(7, 3)),)), lock(), [live("Y", "AT1", "甲")])
    assert told(made) == []
    assert in_words(made.warnings) == (Caveat("gone", "X in unwanted is gone: take it out"),)
    assert made.warnings[0].place == Place(7, 3)


# ---------------------------------------------------------------- one id, two names


def test_of_two_names_that_keep_one_id_the_first_keeps_it() -> None:
    """A merge has put it under both; YAML tells them apart by a keyword_id that the lock does not know."""
    if SPOKEN[-1] == "official":
        return
    both = Entry("T1", "AT3", "预约提醒", (LockedKeyword("时间", None, "keyword1"),))
    names = {
        name: Wanted(name, "AT3", (Ref("时间", number),), "预约提醒") for name, number in (("a", 7), ("b", 8))
    }
    account = [Live("T1", "预约提醒", (Slot("时间", "keyword1"),))]
    made = decided(desired(*names.values()), lock(a=both, b=both), account)
    assert told(made) == ["add replaced b - for T1", "update keyword_id a T1"]
    assert list(made.kept) == ["a"]
