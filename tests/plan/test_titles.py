"""Titles: which are looked up, which are believed, and what nobody can tell."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.core.errors import InputError
from reconciler.core.model import Entry, Live, LockedKeyword, Slot, Wanted
from reconciler.core.model import KeywordRef as Ref
from reconciler.plan.actions import Add, Adopt
from reconciler.plan.decide import questions
from reconciler.plan.facts import Facts

from ..dialects import dialect, pytest_generate_tests  # noqa: F401
from ..tools import desired, entry, live, lock, retired, wanted
from .deciding import decided, told, warned


def test_a_title_of_yaml_is_only_looked_up_where_it_differs_from_the_lock() -> None:
    locked, account = lock(a=entry("A", "AT1", "甲乙")), [live("A", "AT1", "甲乙")]
    same = desired(wanted("a", "AT1", "甲乙", title="购买成功通知"))
    other = desired(wanted("a", "AT1", "甲乙", title="新的通知"))
    assert questions(Facts.of(same, locked, account, {})).titles == set()
    assert questions(Facts.of(other, locked, account, {})).titles == {"AT1"}


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
