"""What no list has ever shown."""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.core.model import Caveat, Entry
from reconciler.plan.actions import Rename
from reconciler.plan.facts import Orders

from ..dialects import dialect, pytest_generate_tests  # noqa: F401
from ..tools import desired, entry, live, lock, retired, wanted
from .deciding import decided, in_words, told, warned


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
