"""The truth table of the contract: a test a row, then the rules beneath it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.core.errors import InputError
from reconciler.core.model import (
    Account,
    Caveat,
    Desired,
    Entry,
    Live,
    LockedKeyword,
    Place,
    Retired,
    Slot,
    Unwanted,
    Wanted,
)
from reconciler.core.model import KeywordRef as Ref
from reconciler.core.model import Lock as LockValue
from reconciler.library.resolve import Titles, recorded, resolve
from reconciler.plan.actions import Add, Adopt, Plan, Rename, Successor
from reconciler.plan.decide import decide, questions
from reconciler.plan.decision import Decision
from reconciler.plan.facts import Facts, Orders, due
from reconciler.render import plan_text as text

from ..dialects import dialect, pytest_generate_tests  # noqa: F401
from ..tools import NOW, SPOKEN, answer, desired, entry, live, lock, retired, wanted


def decided(wish: Desired, locked: LockValue, account: Sequence[Live] = (), **more: Any) -> Plan:
    """The plan, with exactly the look-ups that it says it needs."""
    catalogue: dict[str, Any] = {}
    orders = more.get("orders", Orders())
    while (asked := questions(Facts.of(wish, locked, account, catalogue, orders))).titles:
        catalogue |= {one: answer(one) for one in asked.titles}
    known = {id_: title for id_, title in catalogue.items() if title is not None}
    open_ones = [one for one in wish.templates if one.name in asked.names]
    specs = resolve(open_ones, known, "templates.yaml", Titles(asked.own, recorded(locked)))
    facts = Facts.of(wish, locked, account, catalogue, orders)
    return decide(facts, specs, now=NOW, appid=more.get("appid"))


def warned(made: Plan) -> tuple[str, ...]:
    """The messages of its warnings."""
    return tuple(one.message for one in made.warnings)


def in_words(caveats: Iterable[Caveat]) -> tuple[Caveat, ...]:
    """The same with words for texts."""
    return tuple(replace(one, text=one.message) for one in caveats)


def told(made: Plan) -> list[str]:
    """The actions as short lines: kind reason name id origin replaces."""
    return [
        " ".join(
            [one.kind, one.reason, one.name or "-", one.template_id or "-"]
            + (["from", one.origin] if isinstance(one, Rename) and one.origin else [])
            + (["for", one.replaces] if isinstance(one, Successor) and one.replaces else [])
        )
        for one in made.actions
    ]


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


def test_a_title_of_yaml_is_only_looked_up_where_it_differs_from_the_lock() -> None:
    locked, account = lock(a=entry("A", "AT1", "甲乙")), [live("A", "AT1", "甲乙")]
    same = desired(wanted("a", "AT1", "甲乙", title="购买成功通知"))
    other = desired(wanted("a", "AT1", "甲乙", title="新的通知"))
    assert questions(Facts.of(same, locked, account, {})).titles == set()
    assert questions(Facts.of(other, locked, account, {})).titles == {"AT1"}


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


def test_swapped_ids_of_the_same_keywords_are_told_apart_by_title() -> None:
    locked = lock(a=entry("B", "AT1", "甲"), b=entry("A", "AT2", "甲"))
    account = [live("A", "AT1", "甲"), live("B", "AT2", "甲")]
    made = decided(desired(wanted("a", "AT1", "甲"), wanted("b", "AT2", "甲")), locked, account)
    assert told(made) == ["adopt new a A", "adopt new b B"]


def test_a_title_that_library_and_account_renamed_is_an_update() -> None:
    account = [live("A", "AT1", "甲")]
    wish = desired(wanted("a", "AT1", "甲"))
    locked = lock(a=renamed(entry("A", "AT1", "甲")))
    assert questions(Facts.of(wish, locked, account, {})).titles == {"AT1"}
    made = decided(wish, locked, account)
    assert told(made) == ["update title a A"]
    assert made.kept["a"].title == "购买成功通知"
    assert decided(wish, lock(a=made.kept["a"]), account).actions == ()


def renamed(one: Entry) -> Entry:
    """An entry of before the library renamed the title."""
    return replace(one, title="旧的通知")


@pytest.mark.dialects("wxopen")
def test_a_title_of_yaml_that_library_and_account_have_given_up_is_told_at_once() -> None:
    """Not by the run after the one that records the new title."""
    locked = lock(a=renamed(entry("A", "AT1", "甲")))
    wish = desired(wanted("a", "AT1", "甲", title="旧的通知"))
    with pytest.raises(InputError, match="a: the title of AT1 is 购买成功通知, not 旧的通知"):
        decided(wish, locked, [live("A", "AT1", "甲")])


@pytest.mark.dialects("wxopen")
def test_a_title_that_the_library_alone_renamed_is_no_difference() -> None:
    """By the title that the account shows, a later plan knows the template again."""
    account = [replace(live("A", "AT1", "甲"), title="旧的通知")]
    locked = lock(a=renamed(entry("A", "AT1", "甲")))
    with_another = desired(wanted("a", "AT1", "甲"), wanted("b", "AT1", "乙"))
    assert told(decided(with_another, locked, account)) == ["add new b -"]
    with_its_new_title = desired(wanted("a", "AT1", "甲", title="购买成功通知"))
    assert told(decided(with_its_new_title, locked, account)) == []


@pytest.mark.dialects("wxopen")
def test_a_renamed_title_is_known_again_under_any_name() -> None:
    account = [live("A", "AT1", "甲")]
    locked = lock(a=renamed(entry("A", "AT1", "甲")))
    assert told(decided(desired(), locked, account)) == ["delete removed a A"]
    assert told(decided(desired(wanted("b", "AT1", "甲")), locked, account)) == ["rename new b A from a"]
    changed = decided(desired(wanted("a", "AT1", "乙")), locked, account)
    assert told(changed) == ["add replaced a - for A", "delete replaced a A"]
    old = lock(retired("a", renamed(entry("A", "AT1", "甲"))))
    assert told(decided(desired(), old, account)) == ["delete removed a A"]


@pytest.mark.parametrize("of", ["kept", "renamed", "taken back"])
def test_a_title_of_yaml_is_checked_whatever_the_lock_has(of: str) -> None:
    """Else the mistake would be found by the plan after the apply."""
    one = entry("A", "AT1", "甲")
    locked = {"kept": lock(a=one), "renamed": lock(b=one), "taken back": lock(retired("b", one))}[of]
    wish = desired(wanted("a", "AT1", "甲", title="错的"))
    with pytest.raises(InputError, match="a: the title of AT1 is 购买成功通知, not 错的"):
        decided(wish, locked, [live("A", "AT1", "甲")])


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


def test_a_kept_template_whose_title_the_library_does_not_know_any_more_is_kept() -> None:
    gone = Entry("A", "AT9", "旧的通知", (LockedKeyword("甲", 1, "keyword1"),))
    account = [Live("A", "新的通知", (Slot("甲", "keyword1"),))]
    wish = desired(Wanted("a", "AT9", (Ref("甲"),)))
    assert questions(Facts.of(wish, lock(a=gone), account, {})).titles == {"AT9"}
    assert told(decided(wish, lock(a=gone), account)) == ["update title a A"]
    assert told(decided(desired(), lock(a=gone), account)) == ["forget mismatch a A"]


@pytest.mark.dialects("wxopen")
def test_the_title_of_a_retired_template_is_kept_up_to_date() -> None:
    """Else every plan would have to ask the library about it."""
    locked = lock(retired("a", renamed(entry("A", "AT1", "甲"))))
    wish, account = desired(prune="none"), [live("A", "AT1", "甲")]
    made = decided(wish, locked, account)
    assert told(made) == ["update title a A"]
    assert [one.entry.title for one in made.waiting] == ["购买成功通知"]
    again = lock(*made.waiting)
    assert questions(Facts.of(wish, again, account, {})).titles == set()
    assert told(decided(wish, again, account)) == []


def test_a_retired_template_that_is_another_one_now_is_forgotten_with_a_warning() -> None:
    locked = lock(retired("a", entry("A", "AT1", "甲")))
    made = decided(desired(), locked, [live("A", "AT1", "乙")])
    assert told(made) == ["forget mismatch a A"]
    assert warned(made) == (
        "a: the lock says that A is 购买成功通知 [甲], but on the account it is 购买成功通知 [乙]; "
        "it counts as not locked",
    )


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


def test_an_id_that_is_also_retired_is_kept_by_its_name() -> None:
    locked = lock(retired("a", entry("A", "AT1", "甲")), a=entry("A", "AT1", "甲"))
    made = decided(desired(wanted("a", "AT1", "甲")), locked, [live("A", "AT1", "甲")])
    assert told(made) == ["forget duplicate a A"]


def test_retired_is_deleted_with_its_recorded_reason() -> None:
    locked = lock(retired("a", entry("A", "AT1", "甲"), "replaced"), retired("b", entry("B", "AT1", "乙")))
    made = decided(desired(), locked, [live("A", "AT1", "甲"), live("B", "AT1", "乙")])
    assert told(made) == ["delete replaced a A", "delete removed b B"]


def test_retired_that_is_gone_is_forgotten() -> None:
    made = decided(desired(), lock(retired("a", entry("A", "AT1", "甲"))), [live("X", "AT2", "甲")])
    assert told(made) == ["forget gone a A"]


def test_a_name_wanted_again_takes_its_retired_template_back() -> None:
    locked = lock(retired("a", entry("A", "AT1", "甲")))
    made = decided(desired(wanted("a", "AT1", "甲")), locked, [live("A", "AT1", "甲")])
    assert told(made) == ["rename new a A from a"]


def test_prune_none_retires_and_is_never_due() -> None:
    locked = lock(retired("r", entry("R", "AT2", "丁")), a=entry("A", "AT1", "甲"), b=entry("B", "AT1", "乙"))
    account = [live("A", "AT1", "甲"), live("B", "AT1", "乙"), live("R", "AT2", "丁")]
    made = decided(desired(wanted("a", "AT1", "丙"), prune="none"), locked, account)
    assert told(made) == ["add replaced a - for A", "retire replaced a A", "retire removed b B"]
    assert [one.name for one in made.waiting] == ["r"]


def test_retire_after_waits_until_it_is_due() -> None:
    locked = lock(
        retired("old", entry("A", "AT1", "甲"), since="2026-11-16T10:00:00Z"),
        retired("young", entry("B", "AT1", "乙"), since="2026-11-16T10:00:01Z"),
        c=entry("C", "AT1", "丙"),
    )
    account = [live("A", "AT1", "甲"), live("B", "AT1", "乙"), live("C", "AT1", "丙")]
    made = decided(desired(retire_after=7 * 86400), locked, account)
    assert told(made) == ["retire removed c C", "delete removed old A"]
    assert [one.name for one in made.waiting] == ["young"]


ODD_TIMES = {
    "9999-12-31T23:59:59Z": None,
    "0001-01-01T00:00:00+23:59": datetime(2738, 11, 27, 0, 1, tzinfo=UTC),
    "2026-11-23T18:00:00.5+08:00": datetime(4764, 10, 19, 10, 0, 0, 500000, tzinfo=UTC),
}


@pytest.mark.parametrize(("since", "when"), ODD_TIMES.items())
def test_no_time_in_a_lock_is_too_much_for_the_calendar(since: str, when: datetime | None) -> None:
    one = retired("a", entry("A", "AT1", "甲"), since=since)
    wish = desired(retire_after=999_999 * 86400)
    assert decided(wish, lock(one), [live("A", "AT1", "甲")]).waiting == (one,)
    assert due(one, wish) == when


def test_what_is_due_is_the_same_moment_in_every_zone() -> None:
    locked = lock(
        retired("due", entry("A", "AT1", "甲"), since="2026-11-16T18:00:00+08:00"),
        retired("young", entry("B", "AT1", "乙"), since="2026-11-16T18:00:01+08:00"),
    )
    account = [live("A", "AT1", "甲"), live("B", "AT1", "乙")]
    assert told(decided(desired(retire_after=7 * 86400), locked, account)) == ["delete removed due A"]


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


# ---------------------------------------------------------------- titles that no look-up tells

UNTITLED = pytest.mark.dialects("subscribe", "official")


@UNTITLED
def test_an_add_says_no_title_but_that_of_yaml() -> None:
    """Another template of its id may have been added under an older one."""
    account = [live("A", "AT1", "甲")]
    wish = desired(wanted("b", "AT1", "乙", title=None), wanted("c", "AT1", "丙"))
    made = decided(wish, lock(a=entry("A", "AT1", "甲")), account)
    assert [(one.name, one.spec.title) for one in made.of(Add)] == [("b", ""), ("c", "购买成功通知")]


@UNTITLED
def test_what_nobody_titles_is_adopted_by_its_keywords_with_a_warning() -> None:
    made = decided(desired(wanted("a", "AT1", "甲乙", title=None)), lock(), [live("A", "AT1", "甲乙")])
    assert told(made) == ["adopt new a A"]
    assert made.of(Adopt)[0].entry.title == "购买成功通知"
    assert warned(made) == (
        "a: adopted by its keywords alone, since nobody knows the title of AT1: is it 购买成功通知?",
    )
    assert not made.ambiguous


@UNTITLED
def test_what_nobody_titles_and_two_titles_could_be_is_ambiguous() -> None:
    account = [live("A", "AT1", "甲乙"), live("B", "AT2", "甲乙"), live("C", "AT2", "甲乙")]
    made = decided(desired(wanted("a", "AT1", "甲乙", title=None)), lock(), account)
    assert made.ambiguous == {"a": ("购买成功通知", "购买失败通知")}


@UNTITLED
def test_what_the_lock_has_recorded_under_another_title_is_ambiguous_too() -> None:
    """The platform may have renamed it and a killed run have added it; or it is another template."""
    locked, account = lock(a=renamed(entry("Z", "AT1", "甲乙"))), [live("A", "AT1", "甲乙")]
    made = decided(desired(wanted("a", "AT1", "甲乙", title=None)), locked, account)
    assert made.ambiguous == {"a": ("购买成功通知",)}


@UNTITLED
def test_a_lock_whose_title_is_not_the_live_one_is_not_believed() -> None:
    """Two ids that a merge has swapped: the same keywords under another title are another template."""
    swapped: dict[str, Any] = {"a": entry("B", "AT1", "甲"), "b": entry("A", "AT2", "甲")}
    account = [live("A", "AT1", "甲"), live("B", "AT2", "甲")]
    wish = desired(wanted("a", "AT1", "甲", title=None), wanted("b", "AT2", "甲", title=None))
    assert told(decided(wish, lock(**swapped), account)) == ["adopt new a A", "adopt new b B"]


@UNTITLED
def test_a_title_that_the_platform_renamed_is_taken_over_once_yaml_says_so() -> None:
    account = [live("A", "AT1", "甲")]
    locked = lock(a=renamed(entry("A", "AT1", "甲")))
    assert told(decided(desired(wanted("a", "AT1", "甲")), locked, account)) == ["update title a A"]
    untitled = desired(wanted("a", "AT1", "甲", title=None))
    assert decided(untitled, locked, account).ambiguous == {"a": ("购买成功通知",)}


@UNTITLED
def test_a_title_of_yaml_that_lock_and_account_contradict_is_told() -> None:
    locked = lock(a=entry("A", "AT1", "甲"))
    wish = desired(wanted("a", "AT1", "甲", title="旧的通知"))
    with pytest.raises(InputError, match="a: the title of AT1 is 购买成功通知, not 旧的通知"):
        decided(wish, locked, [live("A", "AT1", "甲")])


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


# ---------------------------------------------------------------- what no list has ever shown


def unseen(template_id: str, id: str, names: str, *, protect: bool = False) -> Entry:  # noqa: A002
    return replace(entry(template_id, id, names, protect=protect), listed=False)


OTHER = live("X", "AT2", "丁")
AGAIN = Orders(add_again=frozenset("a"))
NOT_LISTED = (
    "a: A was added, and no list of the account has shown it yet; it is kept, and not added again without "
    "--add-again a"
)


def test_what_no_list_has_shown_is_kept_and_not_added_again() -> None:
    wish, locked = desired(wanted("a", "AT1", "甲")), lock(a=unseen("A", "AT1", "甲"))
    made = decided(wish, locked, [OTHER])
    assert (told(made), list(made.kept)) == ([], ["a"])
    assert in_words(made.warnings) == (Caveat("unlisted", NOT_LISTED, "a"),)
    again = decided(wish, locked, [OTHER], orders=AGAIN)
    assert (told(again), warned(again)) == (["add missing a - for A"], ())


def test_what_was_listed_once_and_is_hidden_is_added_once_more_at_most() -> None:
    wish, account = desired(wanted("a", "AT1", "甲")), [OTHER]
    assert told(decided(wish, lock(a=entry("A", "AT1", "甲")), account)) == ["add missing a - for A"]
    assert told(decided(wish, lock(a=unseen("N1", "AT1", "甲")), account)) == []


def test_what_a_list_shows_at_last_is_recorded() -> None:
    made = decided(
        desired(wanted("a", "AT1", "甲")), lock(a=unseen("A", "AT1", "甲")), [live("A", "AT1", "甲")]
    )
    assert (told(made), made.kept["a"].listed, warned(made)) == (["update listed a A"], True, ())


def test_what_no_list_has_shown_is_deleted_when_it_is_not_wanted() -> None:
    locked = lock(a=unseen("A", "AT1", "甲"))
    assert told(decided(desired(), locked, [OTHER])) == ["delete removed a A"]
    assert told(decided(desired(retire_after=60), locked, [OTHER])) == ["retire removed a A"]
    due = lock(retired("a", unseen("A", "AT1", "甲")))
    assert told(decided(desired(), due, [OTHER])) == ["delete removed a A"], "it may have come"
    assert told(decided(desired(retire_after=9 * 86400), due, [OTHER])) == []


def test_what_no_list_has_shown_may_be_renamed_and_is_waited_for_under_its_new_name() -> None:
    made = decided(desired(wanted("b", "AT1", "甲")), lock(a=unseen("A", "AT1", "甲")), [OTHER])
    assert (told(made), made.of(Rename)[0].entry.listed) == (["rename new b A from a"], False)
    assert [(one.code, one.name) for one in made.warnings] == [("unlisted", "b")]


def test_another_look_replaces_what_no_list_has_shown() -> None:
    wish, locked = desired(wanted("a", "AT1", "乙")), lock(a=unseen("A", "AT1", "甲"))
    actions = ["add replaced a - for A", "delete replaced a A"]
    assert told(decided(wish, locked, [OTHER])) == actions, "a guard refuses it"
    assert told(decided(wish, locked, [OTHER], orders=AGAIN)) == actions, "it may still come"


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


def test_with_retire_after_what_is_unmanaged_is_retired_first() -> None:
    """A checkout that is behind does not know a colleague's template."""
    wish = desired(prune="all", retire_after=7 * 86400)
    made = decided(wish, lock(), [X])
    assert told(made) == ["retire unmanaged - X"]
    row = Retired(None, Entry("X", "", X.title, (LockedKeyword("甲", None, "keyword1"),)), "unmanaged", "S")
    row = replace(row, since="2026-11-20T10:00:00Z")
    assert told(decided(wish, lock(row), [X])) == []
    assert told(decided(replace(wish, retire_after=60), lock(row), [X])) == ["delete unmanaged - X"]
    wish = replace(wish, templates=(wanted("a", "AT1", "甲"),))
    assert told(decided(wish, lock(row), [X])) == ["adopt new a X"], "nobody had it: a name may take it"


# ---------------------------------------------------------------- only what is due


def test_due_only_deletes_what_is_due_and_decides_nothing_else() -> None:
    old = {"since": "2026-11-01T10:00:00Z"}
    locked = lock(
        retired("r", entry("R", "AT1", "乙"), **old),
        retired("s", entry("S", "AT1", "丙")),
        retired("g", entry("GONE", "AT1", "丁"), **old),
        a=entry("A", "AT1", "甲"),
        m=entry("MISSING", "AT2", "甲"),
    )
    account = [live("A", "AT1", "甲"), live("R", "AT1", "乙"), live("S", "AT1", "丙"), live("U", "AT2", "丁")]
    wish = desired(wanted("b", "AT2", "乙"), prune="all", retire_after=7 * 86400, unwanted=(Unwanted("U"),))
    made = decided(wish, locked, account, orders=Orders(due_only=True))
    assert told(made) == ["delete removed r R"]
    assert (made.warnings, made.unmanaged, dict(made.kept)) == ((), (), {"a": locked.templates["a"]})
    assert dict(made.aside) == {"m": locked.templates["m"]}
    assert [one.entry.template_id for one in made.waiting] == ["S", "GONE"]


def test_due_only_spares_what_a_name_has_or_takes_back() -> None:
    old = {"since": "2026-11-01T10:00:00Z"}
    rows = [retired("r", entry("R", "AT1", "乙"), **old), retired("s", entry("S", "AT1", "丙"), **old)]
    locked = lock(*rows, a=entry("S", "AT1", "丙"))
    account = [live("R", "AT1", "乙"), live("S", "AT1", "丙")]
    made = decided(desired(wanted("r", "AT1", "乙")), locked, account, orders=Orders(due_only=True))
    assert told(made) == []


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
