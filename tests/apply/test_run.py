"""Carrying out a plan: the order of things, what failures leave behind, and the properties."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.apply import transitions
from reconciler.apply.run import Run
from reconciler.core.errors import (
    CallError,
    IncompleteError,
    InputError,
    Problem,
    Reason,
    ReconcilerError,
    StoppedError,
)
from reconciler.core.messages import words
from reconciler.core.model import Account as Owner
from reconciler.core.model import (
    Desired,
    Entry,
    KeywordRef,
    Live,
    Lock,
    LockedKeyword,
    Place,
    Slot,
    Spec,
    Title,
    Unwanted,
    Wanted,
)
from reconciler.lock.file import lock_text, parse_lock
from reconciler.plan.actions import Add, Delete
from reconciler.plan.decision import Decision
from reconciler.plan.planner import survey

from ..dialects import dialect, pytest_generate_tests  # noqa: F401
from ..tools import LIBRARY, NOW, SPOKEN, desired, entry, in_words, live, lock, retired, wanted
from .accounts import FULL, LOST, REFUSED, Account, Disk, Ear, applied, applying, failing, planned
from .worlds import OLD_TITLE, planned_at_first, worlds

# ---------------------------------------------------------------- order


def test_successors_are_on_disk_before_the_first_delete() -> None:
    account = Account([live("A", "AT1", "甲"), live("B", "AT2", "乙")])
    locked = lock(a=entry("A", "AT1", "甲"), b=entry("B", "AT2", "乙"))
    run, disk = applied(desired(wanted("a", "AT1", "乙")), locked, account)
    steps = ["list", "title AT1", "save", "add N1", "save", "delete A", "delete B"]
    assert account.diary[:-2] == steps
    assert sorted(account.diary[-2:]) == ["list", "save"], "nothing depends on the order of these two"
    removed, replaced, final = disk.saves
    assert [(one.name, one.reason, one.since) for one in removed.retired] == [
        ("b", "removed", "2026-11-23T10:00:00Z")
    ]
    assert removed.templates["a"].template_id == "A"
    assert [(one.entry.template_id, one.reason) for one in replaced.retired] == [
        ("A", "replaced"),
        ("B", "removed"),
    ]
    assert replaced.templates["a"].template_id == "N1"
    assert final == lock(a=entry("N1", "AT1", "乙"))
    assert [(one.action, one.name, one.template_id) for one in run.done] == [
        ("add", "a", "N1"), ("delete", "a", "A"), ("delete", "b", "B")
    ]  # fmt: skip


def test_what_finishes_during_a_save_goes_into_the_next() -> None:
    account = Account()
    wish = desired(*(wanted(name, "AT1", word) for name, word in zip("abcdefgh", WORDS, strict=False)))
    _, disk = applied(wish, lock(), account)
    assert len(disk.saves) < 8
    assert sorted(disk.saves[-1].templates) == list("abcdefgh")


WORDS = ["甲", "乙", "丙", "丁", "甲乙", "乙甲", "甲丙", "丙甲"]


def test_lock_only_actions_make_no_call() -> None:
    account = Account([live("A", "AT1", "甲")])
    run, disk = applied(desired(wanted("b", "AT1", "甲")), lock(a=entry("A", "AT1", "甲")), account)
    assert account.diary == ["list", "save"]
    assert disk.saves == [lock(b=entry("A", "AT1", "甲"))]
    assert [one.action for one in run.done] == ["rename"]


def test_nothing_to_do_writes_nothing() -> None:
    account = Account([live("A", "AT1", "甲")])
    _, disk = applied(desired(wanted("a", "AT1", "甲")), lock(a=entry("A", "AT1", "甲")), account)
    assert account.diary == ["list"]
    assert disk.saves == []


def test_prune_none_retires_in_the_save_of_the_successor() -> None:
    account = Account([live("A", "AT1", "甲")])
    wish = desired(wanted("a", "AT1", "乙"), prune="none")
    run, disk = applied(wish, lock(a=entry("A", "AT1", "甲")), account)
    assert [one.template_id for one in account.templates] == ["A", "N1"]
    assert [one.entry.template_id for one in disk.saves[-1].retired] == ["A"]
    assert [(one.action, one.template_id) for one in run.done] == [("add", "N1"), ("retire", "A")]


def test_what_is_retired_stands_in_one_order_whatever_order_the_calls_end_in() -> None:
    class Slow(Account):
        async def add(self, spec: Spec) -> str:
            await asyncio.sleep(0.05 if spec.id == "AT1" else 0)
            return await super().add(spec)

    account = Slow([live("A", "AT1", "甲"), live("B", "AT2", "甲")])
    wish = desired(wanted("a", "AT1", "乙"), wanted("b", "AT2", "乙"), prune="none")
    _, disk = applied(wish, lock(a=entry("A", "AT1", "甲"), b=entry("B", "AT2", "甲")), account)
    assert [one.name for one in disk.saves[0].retired] == ["b"]
    assert [one.name for one in disk.saves[-1].retired] == ["a", "b"]


# ---------------------------------------------------------------- failures


def test_a_refused_add_keeps_what_it_would_have_replaced() -> None:
    account = Account([live("A", "AT1", "甲")], fail=failing("before add AT1", FULL))
    locked = lock(a=entry("A", "AT1", "甲"))
    with pytest.raises(IncompleteError) as caught:
        applied(desired(wanted("a", "AT1", "乙")), locked, account)
    run: Run = caught.value.run  # type: ignore[attr-defined]
    assert run.touched is False
    assert [one.template_id for one in account.templates] == ["A"]


def test_after_a_failed_add_nothing_is_deleted_and_what_was_done_is_saved() -> None:
    account = Account([live("B", "AT2", "乙")], fail=failing("before add AT2", REFUSED))
    wish = desired(wanted("a", "AT1", "甲"), wanted("c", "AT2", "丙"))
    disk = Disk(account)
    with pytest.raises(CallError) as caught:
        asyncio.run(applying(wish, lock(b=entry("B", "AT2", "乙")), account, disk))
    assert caught.value.run.touched is True  # type: ignore[attr-defined]
    assert [one.template_id for one in account.templates] == ["B", "N1"]
    assert sorted(disk.saves[-1].templates) == ["a"]
    assert [one.name for one in disk.saves[-1].retired] == ["b"]


def test_an_add_whose_reply_was_lost_is_found_and_the_run_goes_on() -> None:
    account = Account([live("A", "AT1", "甲")], fail=failing("after add AT1", LOST))
    wish = desired(wanted("a", "AT1", "乙"), wanted("b", "AT2", "乙"))
    told = Ear()
    locked = lock(a=entry("A", "AT1", "甲"))
    run, disk = applied(wish, locked, account, parallelism=1, tell=told.hear)
    assert [(one.action, one.name, one.template_id) for one in run.done] == [
        ("add", "a", "N1"),
        ("add", "b", "N2"),
        ("delete", "a", "A"),
    ]
    assert disk.saves[-1] == lock(a=entry("N1", "AT1", "乙"), b=entry("N2", "AT2", "乙"))
    assert told == [
        "nobody knows whether this was added: a; looking on the account",
        "it was: a is N1",
    ]


def test_an_add_whose_reply_was_lost_is_looked_for_until_the_list_has_settled() -> None:
    account = Account(fail=failing("after add AT1", LOST), lag=2)
    run, _ = applied(desired(wanted("a", "AT1", "甲")), lock(), account, settle=3.0)
    assert [(one.action, one.template_id) for one in run.done] == [("add", "N1")]
    assert account.diary.count("list") == 5, "to plan, thrice until it shows, to check"


def test_a_lost_add_that_the_list_does_not_show_in_time_is_adopted_by_the_next_run() -> None:
    account = Account(fail=failing("after add AT1", LOST), lag=2)
    wish = desired(wanted("a", "AT1", "甲"))
    with pytest.raises(CallError) as caught:
        applied(wish, lock(), account, retries=0)
    assert caught.value.run.touched is True  # type: ignore[attr-defined]
    account.fail = lambda _: None
    run, _ = applied(wish, lock(), account)
    assert [one.action for one in run.done] == ["adopt"]
    assert account.made == 1


@pytest.mark.parametrize(("parallelism", "warned"), [(1, 0), (2, 1)])
def test_lost_adds_of_one_look_are_taken_up_in_order(parallelism: int, warned: int) -> None:
    """The list shows no keyword_id: of two that are lost at once it can't tell which is which."""

    def ambiguous(name: str, keyword_id: int) -> Wanted:
        return Wanted(name, "AT3", (KeywordRef("时间", keyword_id),))

    class Slow(Account):
        async def add(self, spec: Spec) -> str:
            await asyncio.sleep(0.01)
            return await super().add(spec)

    account = Slow(fail=failing("after add AT3", LOST))
    wish = desired(ambiguous("a", 7), ambiguous("b", 8))
    run, _ = applied(wish, lock(), account, parallelism=parallelism)
    assert [(one.name, one.template_id) for one in run.done] == [("a", "N1"), ("b", "N2")]
    said = "a: taken up by its look, which b shares; the account does not tell which keyword_id it has"
    assert [one.message for one in run.warnings] == [said] * warned


def test_a_template_that_another_name_owns_is_not_taken_for_a_lost_add() -> None:
    """By its look it could be either: the library has the keyword twice."""
    account = Account([live("A", "AT3", "")], fail=failing("before add AT3", LOST))
    account.templates = [replace(account.templates[0], slots=(Slot("时间", "keyword1"),))]
    locked = lock(a=Entry("A", "AT3", "预约提醒", (LockedKeyword("时间", 7, "keyword1"),)))
    wish = desired(Wanted("a", "AT3", (KeywordRef("时间", 7),)), Wanted("b", "AT3", (KeywordRef("时间", 8),)))
    with pytest.raises(CallError) as caught:
        applied(wish, locked, account)
    assert caught.value.run.done == []  # type: ignore[attr-defined]


def test_a_lost_add_is_not_looked_for_on_an_account_that_cannot_be_listed() -> None:
    class Broken(Account):
        async def list_templates(self, expect: Collection[str] = (), more: int = 0) -> tuple[Live, ...]:
            if self.made:
                raise CallError(Problem("no reply", "list: broken"), executed=None)
            return await super().list_templates(expect, more)

    account = Broken(fail=failing("after add AT1", LOST))
    told = Ear()
    with pytest.raises(CallError) as caught:
        applied(desired(wanted("a", "AT1", "甲")), lock(), account, tell=told.hear)
    assert caught.value.problems[0].message == "a: AT1 购买成功通知: lost"
    assert told[-1] == "the account can't be listed: list: broken"


def test_an_answer_with_the_id_of_a_template_that_is_retired() -> None:
    """Its row under retired would delete the new one when it is due."""

    class Confused(Account):
        async def add(self, spec: Spec) -> str:
            return "R"

    locked = lock(retired("old", entry("R", "AT2", "甲"), since="2026-11-23T09:00:00Z"))
    account = Confused([live("R", "AT2", "甲")])
    with pytest.raises(ReconcilerError) as caught:
        applied(desired(wanted("a", "AT1", "乙"), retire_after=86400), locked, account)
    assert "R, which is retired" in caught.value.problems[0].message
    assert caught.value.run.lock == locked  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        ("B", "is b's"),
        ("A", "is a's"),
        ("C", "is to be deleted"),
        ("X", "is 购买成功通知 [丁]"),
        ("U", None),
    ],
)
def test_an_answer_with_the_id_of_another_template(answered: str, said: str | None) -> None:
    """A recorded one would be deleted with the other, or be lost with it."""

    class Confused(Account):
        async def add(self, spec: Spec) -> str:
            self.diary.append("add")
            return answered

    there = [
        live("A", "AT1", "甲"),
        live("B", "AT2", "甲"),
        live("C", "AT2", "丙"),
        live("U", "AT1", None),
        live("X", "AT1", "丁"),
    ]
    account = Confused(there)
    wish = desired(wanted("a", "AT1", "乙"), wanted("b", "AT2", "甲"))
    locked = lock(a=entry("A", "AT1", "甲"), b=entry("B", "AT2", "甲"), c=entry("C", "AT2", "丙"))
    if said is None and SPOKEN[-1] == "wxopen":
        run, _ = applied(wish, locked, account)
        assert run.lock.templates["a"].template_id == "U", "one that the list could not tell"
        return
    if said is None:
        with pytest.raises(IncompleteError, match="U can't be read") as unread:
            applied(wish, locked, account)
        assert unread.value.run.lock.templates["a"].template_id == "U"  # type: ignore[attr-defined]
        return
    with pytest.raises(CallError) as caught:
        applied(wish, locked, account)
    message = f"a: AT1 购买成功通知: the answer to add is {answered}, which {said}"
    assert caught.value.problems[0].message == message
    assert caught.value.run.touched is True  # type: ignore[attr-defined]
    assert [one.template_id for one in account.templates] == ["A", "B", "C", "U", "X"]


@dataclass
class Small(Account):
    """An account that holds so many templates and no more."""

    limit: int = 3

    async def add(self, spec: Spec) -> str:
        if len(self.templates) >= self.limit:
            self.diary.append(f"full {spec.id}")
            raise FULL
        return await super().add(spec)


def _full() -> tuple[Small, Lock]:
    account = Small([live("A", "AT1", "甲"), live("B", "AT2", "甲"), live("U", "AT2", "丁")])
    return account, lock(a=entry("A", "AT1", "甲"), b=entry("B", "AT2", "甲"))


def test_on_a_full_account_what_no_successor_is_waited_for_is_deleted_first() -> None:
    account, locked = _full()
    told = Ear()
    run, disk = applied(desired(wanted("a", "AT1", "乙")), locked, account, tell=told.hear)
    steps = ["list", "title AT1", "save", "full AT1", "delete B", "add N1", "save", "delete A"]
    assert account.diary[: len(steps)] == steps
    assert told == ["the account is full: deleting first what is to go: b"]
    assert [(one.action, one.name) for one in run.done] == [("add", "a"), ("delete", "a"), ("delete", "b")]
    assert disk.saves[-1] == lock(a=entry("N1", "AT1", "乙"))


def test_a_full_account_where_nothing_may_go_says_what_is_there_and_what_may() -> None:
    account, locked = _full()
    locked = replace(locked, retired=(retired("old", entry("R", "AT1", "丙"), since="2026-11-23T09:00:00Z"),))
    account.templates[1] = live("R", "AT1", "丙")
    wish = desired(wanted("a", "AT1", "乙"), wanted("n", "AT2", "丙"), retire_after=86400)
    with pytest.raises(IncompleteError) as caught:
        applied(wish, locked, account)
    problem = caught.value.problems[0]
    assert problem.hint == (
        "there are 3 templates; to make room, delete in the console one of: R (old: retired), "
        "U (购买失败通知: unmanaged); then run it again"
    )
    assert [one.template_id for one in account.templates] == ["A", "R", "U"]


def test_a_replacement_on_a_full_account_needs_to_be_told_that_the_old_may_go_first() -> None:
    account = Small([live("A", "AT1", "甲")], limit=1)
    with pytest.raises(IncompleteError) as caught:
        applied(desired(wanted("a", "AT1", "乙")), lock(a=entry("A", "AT1", "甲")), account)
    assert caught.value.problems[0].hint == (
        "there is 1 template; --delete-first gives up what is to be replaced before its successor exists: "
        "A (a: replaced); then run it again"
    )
    assert caught.value.exit_code == 4
    assert [one.template_id for one in account.templates] == ["A"]


def test_a_full_account_may_have_two_ways_out() -> None:
    account = Small([live("A", "AT1", "甲"), live("U", "AT2", "丁")], limit=2)
    with pytest.raises(IncompleteError) as caught:
        applied(desired(wanted("a", "AT1", "乙")), lock(a=entry("A", "AT1", "甲")), account)
    assert caught.value.problems[0].hint == (
        "there are 2 templates; --delete-first gives up what is to be replaced before its successor exists: "
        "A (a: replaced); to make room, delete in the console one of: U (购买失败通知: unmanaged); "
        "then run it again"
    )


@pytest.mark.parametrize(("there", "wish", "hint"), [
    ((), desired(wanted("a", "AT1", "甲"), wanted("n", "AT2", "丙")),
     "nothing that is there may go: want fewer in templates.yaml, or have the account's limit raised"),
    ((), desired(wanted("a", "AT1", "乙"), prune="none"),
     "only what is to be replaced could go, and its name has no template until then: delete in the console "
     "one of: A (a)"),
    (("b",), desired(wanted("a", "AT1", "乙"), retire_after=86400),
     "to make room, delete in the console one of: B (b: retired)"),
])  # fmt: skip
def test_a_full_account_always_says_what_could_be_done(
    there: tuple[str, ...], wish: Desired, hint: str
) -> None:
    names = ("a", *there)
    account = Small([live(name.upper(), "AT1", "甲") for name in names], limit=len(names))
    locked = replace(lock(), templates={name: entry(name.upper(), "AT1", "甲") for name in names})
    with pytest.raises(IncompleteError) as caught:
        applied(wish, locked, account)
    said = "there is 1 template" if len(names) == 1 else f"there are {len(names)} templates"
    assert caught.value.problems[0].hint == f"{said}; {hint}; then run it again"


def test_with_delete_first_the_name_is_given_up_on_disk_before_its_template_is_deleted() -> None:
    account = Small([live("A", "AT1", "甲")], limit=1)
    locked = lock(a=entry("A", "AT1", "甲"))
    run, disk = applied(desired(wanted("a", "AT1", "乙")), locked, account, delete_first=True)
    assert account.diary[2:6] == ["full AT1", "save", "delete A", "add N1"]
    assert disk.saves[0].templates == {}
    assert [(one.name, one.reason) for one in disk.saves[0].retired] == [("a", "replaced")]
    assert disk.saves[-1] == lock(a=entry("N1", "AT1", "乙"))
    assert [(one.action, one.template_id) for one in run.done] == [("add", "N1"), ("delete", "A")]


def test_delete_first_gives_up_no_more_than_the_adds_that_found_no_room() -> None:
    account = Small([live(id_, "AT1", word) for id_, word in zip("ABC", "甲乙丙", strict=True)])
    words = {"a": "甲", "b": "乙", "c": "丙"}
    locked = Lock(templates={name: entry(name.upper(), "AT1", word) for name, word in words.items()})
    wish = desired(*(wanted(name, "AT2", word) for name, word in words.items()))
    applied(wish, locked, account, delete_first=True, parallelism=1)
    steps = [step for step in account.diary if not step.startswith(("list", "title", "save"))]
    assert steps == ["full AT2", "delete A", "add N1", "full AT2", "delete B", "add N2", "full AT2",
                     "delete C", "add N3"]  # fmt: skip


def test_an_add_of_unknown_outcome_is_tried_again_once_a_list_has_not_shown_it() -> None:
    account, times = Account(), iter([LOST, LOST])

    def lose_two(step: str) -> None:
        if step.startswith("before add") and (error := next(times, None)):
            account.diary.append("lost")
            raise error

    account.fail = lose_two
    told = Ear()
    run, _ = applied(desired(wanted("a", "AT1", "甲")), lock(), account, tell=told.hear)
    assert account.diary[2:9] == ["lost", "list", "list", "lost", "list", "list", "add N1"]
    assert (
        told
        == [
            "nobody knows whether this was added: a; looking on the account",
            "not listed within 0 seconds",
            "not there: adding again: a",
        ]
        * 2
    )
    assert [one.template_id for one in run.done] == ["N1"]


def test_an_add_of_unknown_outcome_is_tried_again_so_often_and_no_more() -> None:
    account = Account(fail=failing("before add AT1", LOST))
    with pytest.raises(CallError) as caught:
        applied(desired(wanted("a", "AT1", "甲")), lock(), account, retries=2)
    run: Run = caught.value.run  # type: ignore[attr-defined]
    assert run.touched is True
    assert account.diary.count("list") == 1 + 3 * 2


def test_an_add_is_not_tried_again_where_the_list_hides_what_should_be_there() -> None:
    class Hiding(Account):
        async def list_templates(self, expect: Collection[str] = (), more: int = 0) -> tuple[Live, ...]:
            there = await super().list_templates(expect, more)
            return there if self.diary.count("list") == 1 else ()

    account = Hiding([live("U", "AT2", "丁")], fail=failing("after add AT1", LOST))
    with pytest.raises(CallError):
        applied(desired(wanted("a", "AT1", "甲")), lock(), account)
    assert account.made == 1


def test_a_delete_of_unknown_outcome_is_tried_again_if_the_template_is_still_there() -> None:
    account, times = Account([live("A", "AT1", "甲")]), iter([LOST])

    def lose_one(step: str) -> None:
        if step.startswith("before delete") and (error := next(times, None)):
            raise error

    account.fail = lose_one
    run, disk = applied(desired(), lock(a=entry("A", "AT1", "甲")), account)
    assert account.diary.count("delete A") == 1
    assert [one.action for one in run.done] == ["delete"]
    assert disk.saves[-1] == lock()


def test_a_run_that_is_asked_to_end_finishes_what_is_under_way_and_begins_nothing_more() -> None:
    class Asked(Account):
        run: Run

        async def add(self, spec: Spec) -> str:
            self.run.stop()
            await asyncio.sleep(0.01)
            return await super().add(spec)

    account = Asked([live("A", "AT1", "甲")])
    disk = Disk(account)

    async def go() -> Run:
        wish = desired(wanted("a", "AT1", "乙"), wanted("b", "AT2", "乙"))
        decision = await survey(
            wish, lock(a=entry("A", "AT1", "甲")), account, file="t.yaml", now=NOW, settle=0.0
        )
        account.run = Run(decision, account, disk.write, now=NOW, settle=0.0, parallelism=1)
        with pytest.raises(StoppedError):
            await account.run.go()
        return account.run

    run = asyncio.run(go())
    assert [(one.action, one.name) for one in run.done] == [("add", "a")]
    assert account.diary[-2:] == ["add N1", "save"]
    assert disk.saves[-1].templates["a"].template_id == "N1"
    assert [one.entry.template_id for one in disk.saves[-1].retired] == ["A"]


def test_a_run_that_is_cut_off_tells_what_was_under_way() -> None:
    """Nobody knows whether that was done: the account may have been changed."""

    class Silent(Account):
        async def add(self, spec: Spec) -> str:
            await asyncio.Event().wait()
            raise AssertionError

    async def cut() -> Run:
        account = Silent()
        decision = await survey(desired(wanted("a", "AT1", "甲")), lock(), account, file="t.yaml", now=NOW)
        run = Run(decision, account, Disk(account).write, now=NOW, settle=0.0)
        going = asyncio.create_task(run.go())
        while not run.cut_off:
            await asyncio.sleep(0)
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going
        return run

    run = asyncio.run(cut())
    assert [(one.kind, one.name) for one in run.cut_off] == [("add", "a")]
    assert (run.touched, run.unsure, list(run.done)) == (True, True, [])


def test_what_was_done_is_told_in_the_order_of_the_plan() -> None:
    class Slow(Account):
        async def add(self, spec: Spec) -> str:
            await asyncio.sleep(0.05 if spec.names == ("甲",) else 0)
            return await super().add(spec)

    run, _ = applied(desired(wanted("a", "AT1", "甲"), wanted("b", "AT1", "乙")), lock(), Slow())
    assert [(one.name, one.template_id) for one in run.done] == [("a", "N2"), ("b", "N1")]


def test_a_delete_whose_reply_was_lost_is_done_if_the_template_is_gone() -> None:
    account = Account([live("A", "AT1", "甲"), live("B", "AT1", "乙")], fail=failing("after delete A", LOST))
    run, disk = applied(
        desired(max_deletes=9),
        lock(a=entry("A", "AT1", "甲"), b=entry("B", "AT1", "乙")),
        account,
        parallelism=1,
    )
    assert [(one.action, one.template_id) for one in run.done] == [("delete", "A"), ("delete", "B")]
    assert disk.saves[-1] == lock()


def test_of_deletes_that_failed_those_that_were_done_leave_the_lock() -> None:
    class Refusing(Account):
        async def delete(self, template_id: str) -> None:
            if template_id == "B":
                raise CallError(Problem("errcode 48001", "no"), reason=Reason.PERMISSION, errcode=48001)
            await super().delete(template_id)

    account = Refusing([live("A", "AT1", "甲"), live("B", "AT1", "乙")])
    disk = Disk(account)
    with pytest.raises(CallError) as caught:
        asyncio.run(
            applying(desired(), lock(a=entry("A", "AT1", "甲"), b=entry("B", "AT1", "乙")), account, disk)
        )
    assert [one.template_id for one in caught.value.run.done] == ["A"]  # type: ignore[attr-defined]
    assert [one.entry.template_id for one in disk.saves[-1].retired] == ["B"]


def test_a_delete_that_was_answered_stays_retired_while_the_account_cannot_be_listed() -> None:
    class Broken(Account):
        async def delete(self, template_id: str) -> None:
            self.diary.append(f"delete {template_id}")

        async def list_templates(self, expect: Collection[str] = (), more: int = 0) -> tuple[Live, ...]:
            if "delete A" in self.diary:
                raise CallError(Problem("bad reply", "502"), executed=None)
            return await super().list_templates(expect, more)

    account = Broken([live("A", "AT1", "甲")])
    disk = Disk(account)
    with pytest.raises(CallError):
        asyncio.run(applying(desired(), lock(a=entry("A", "AT1", "甲")), account, disk))
    assert [one.entry.template_id for one in disk.saves[-1].retired] == ["A"]


@pytest.mark.parametrize("executed", [None, False])
def test_a_check_that_fails_once_is_made_again_unless_the_answer_is_final(executed: bool | None) -> None:
    class Stumbling(Account):
        async def list_templates(self, expect: Collection[str] = (), more: int = 0) -> tuple[Live, ...]:
            self.diary.append("try")
            if self.diary.count("try") == 2:
                raise CallError(Problem("bad reply", "502"), executed=executed)
            return await super().list_templates(expect, more)

    account = Stumbling()
    wish = desired(wanted("a", "AT1", "甲"))
    if executed is None:
        applied(wish, lock(), account, settle=3.0)
        assert account.diary.count("try") == 3
    else:
        with pytest.raises(CallError):
            applied(wish, lock(), account, settle=3.0)
        assert account.diary.count("try") == 2


def test_a_delete_that_failed_stands_under_retired_and_is_done_next() -> None:
    account = Account([live("A", "AT1", "甲"), live("K", "AT2", "甲")], fail=failing("before delete A", LOST))
    wish, locked = (
        desired(wanted("k", "AT2", "甲")),
        lock(a=entry("A", "AT1", "甲"), k=entry("K", "AT2", "甲")),
    )
    disk = Disk(account)
    with pytest.raises(CallError):
        asyncio.run(applying(wish, locked, account, disk))
    assert [one.name for one in disk.saves[-1].retired] == ["a"]
    account.fail = lambda _: None
    run, again = applied(wish, disk.saves[-1], account)
    assert [(one.action, one.template_id) for one in run.done] == [("delete", "A")]
    assert again.saves[-1].retired == ()


def test_what_a_name_knew_of_a_template_supersedes_an_older_retired_entry() -> None:
    """Else the next run would find that the account says something else, and forget it."""
    account = Account([live("A", "AT2", "甲"), live("K", "AT1", "乙")], fail=failing("before delete A", LOST))
    locked = lock(retired("a", entry("A", "AT1", "甲")), a=entry("A", "AT2", "甲"), k=entry("K", "AT1", "乙"))
    disk = Disk(account)
    with pytest.raises(CallError):
        asyncio.run(applying(desired(wanted("k", "AT1", "乙")), locked, account, disk))
    assert [(one.name, one.entry.id) for one in disk.saves[-1].retired] == [("a", "AT2")]


@pytest.mark.parametrize("order", [1, -1])
def test_what_a_merge_has_retired_twice_is_deleted_when_the_later_row_is_due(order: int) -> None:
    one = entry("A", "AT1", "甲")
    rows = [retired("b", one, since="2026-11-10T10:00:00Z"), retired("a", one, since="2026-11-20T10:00:00Z")]
    wish, locked = desired(retire_after=7 * 86400), lock(*rows[::order])
    account = Account([live("A", "AT1", "甲")])
    run, disk = applied(wish, locked, account)
    assert [(done.action, done.name) for done in run.done] == [("forget", "b")]
    assert disk.saves[-1].retired == (rows[1],)
    assert planned(wish, run.lock, account).plan.actions == ()


def test_a_disk_that_is_full_stops_and_tells_the_ids() -> None:
    account = Account()
    disk = Disk(account, full_after=0)
    with pytest.raises(IncompleteError) as caught:
        asyncio.run(applying(desired(wanted("a", "AT1", "甲")), lock(), account, disk))
    problem = caught.value.problems[0]
    assert problem.message == (
        "can't write the lock: No space left on device; these were added and are not in it: a = N1"
    )
    assert problem.hint == "see to the lock, then run apply again: it adopts what is there already"


def test_a_disk_that_is_full_ends_the_run_before_the_adds_that_are_left() -> None:
    class Patient(Account):
        """Adds once the lock of the add before was written, or could not be."""

        async def add(self, spec: Spec) -> str:
            await asyncio.sleep(0)  # the save begins
            await asyncio.to_thread(
                lambda: None
            )  # and ends: there is one thread, which takes one after another
            return await super().add(spec)

    account = Patient()
    wish = desired(*(wanted(name, "AT1", word) for name, word in zip("abcdefgh", WORDS, strict=False)))

    async def applied_with_one_thread() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=1))
        await applying(wish, lock(), account, Disk(account, full_after=2), parallelism=1)

    with pytest.raises(IncompleteError) as caught:
        asyncio.run(applied_with_one_thread())
    assert account.made == 4, "the fourth was begun before the third could not be written"
    assert caught.value.problems[0].message == (
        "can't write the lock: No space left on device; these were added and are not in it: c = N3, d = N4"
    )


def test_a_disk_that_is_full_before_the_first_call_changes_nothing() -> None:
    account = Account([live("A", "AT1", "甲"), live("K", "AT2", "甲")])
    disk = Disk(account, full_after=0)
    with pytest.raises(ReconcilerError) as caught:
        asyncio.run(
            applying(desired(wanted("n", "AT1", "乙")), lock(a=entry("A", "AT1", "甲")), account, disk)
        )
    assert caught.value.problems[0].message == "can't write the lock: No space left on device"
    assert caught.value.run.touched is False  # type: ignore[attr-defined]
    assert account.made == 0


def test_a_title_that_differs_and_that_the_library_does_not_know_is_another_template() -> None:
    class Forgetful(Account):
        async def title(self, id: str) -> Title:  # noqa: A002
            self.diary.append(f"title {id}")
            raise CallError(Problem("errcode 45100", "no such title"), reason=Reason.CONTENT, errcode=45100)

    account = Forgetful([live("A", "AT1", "甲"), live("X", "AT2", "甲")])
    locked = lock(a=replace(entry("A", "AT1", "甲"), title=OLD_TITLE), x=entry("X", "AT2", "甲"))
    decision = planned(desired(wanted("x", "AT2", "甲")), locked, account)
    assert [(one.kind, one.reason, one.name) for one in decision.plan.actions] == [
        ("forget", "mismatch", "a")
    ]
    assert account.diary == ["list", "title AT1"]


# ---------------------------------------------------------------- a list that lags


@dataclass
class Lagging(Account):
    """An account whose first lists are given: the ids that each shows."""

    shows: list[str] = field(default_factory=list)

    async def list_templates(self, expect: Collection[str] = (), more: int = 0) -> tuple[Live, ...]:
        live = await super().list_templates(expect, more)
        shown = self.shows.pop(0) if self.shows else None
        return live if shown is None else tuple(one for one in live if one.template_id in shown)


def surveyed(account: Account, settle: float) -> tuple[Decision, list[str]]:
    wish = desired(wanted("a", "AT1", "甲"), wanted("b", "AT2", "甲"))
    locked = lock(retired("c", entry("C", "AT1", "丙")), a=entry("A", "AT1", "甲"), b=entry("B", "AT2", "甲"))
    told: list[str] = []
    decision = asyncio.run(
        survey(
            wish,
            locked,
            account,
            file="t.yaml",
            now=NOW,
            settle=settle,
            tell=lambda said: told.append(words(said)),
        )
    )
    return decision, told


THERE = [live("A", "AT1", "甲"), live("B", "AT2", "甲"), live("C", "AT1", "丙")]


@pytest.mark.parametrize("shows", [["AB"], ["A"], ["C", "C"], ["", ""], ["A", "B", "C"], ["", "AC", "B"]])
def test_what_the_lock_owns_is_not_given_up_before_the_list_has_settled(shows: list[str]) -> None:
    account = Lagging(list(THERE), shows=list(shows))
    decision, told = surveyed(account, settle=3.0)
    assert sorted(decision.plan.kept) == ["a", "b"]
    assert [(one.kind, one.template_id) for one in decision.plan.actions] == [("delete", "C")]
    missing = 3 - len(shows[0])
    assert told == [f"not listed: {missing} of the lock's 3 templates; asking again for up to 3 seconds"]
    lists = account.diary.count("list")
    assert lists == len(shows) + (not set("ABC") <= set("".join(shows))), "not once more than it takes"


def test_what_the_list_does_not_show_in_time_is_gone() -> None:
    account = Lagging(THERE[:1], shows=[])
    decision, _ = surveyed(account, settle=0.5)
    assert [(one.kind, one.reason) for one in decision.plan.actions] == [
        ("add", "missing"),
        ("forget", "gone"),
    ]
    # At 0, about 0.2, about 0.6 or the end, whichever is first, and the end: pauses vary by a fifth each way.
    assert 2 <= account.diary.count("list") <= 4, "asked again, and not for ever"


def test_without_settling_a_list_is_believed_at_once_but_never_an_empty_one() -> None:
    account = Lagging(list(THERE), shows=["A"])
    decision, told = surveyed(account, settle=0.0)
    assert sorted(decision.plan.kept) == ["a"]
    assert (account.diary.count("list"), told) == (1, [])
    account = Lagging(list(THERE), shows=[""])
    decision, _ = surveyed(account, settle=0.0)
    assert sorted(decision.plan.kept) == ["a", "b"]
    assert account.diary.count("list") == 2


class Lying(Lagging):
    """And that answers deletes which it does not do."""

    async def delete(self, template_id: str) -> None:
        self.fail(f"before delete {template_id}")
        self.diary.append(f"delete {template_id}")


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("shows", [[""], ["", ""], ["B"], ["K", ""]])
def test_a_list_that_hides_others_does_not_show_that_a_template_is_gone(shows: list[str], lost: bool) -> None:
    """It would leave `retired`, and stay on the account for ever."""
    account = Lying([live("A", "AT1", "甲"), live("B", "AT1", "乙"), live("K", "AT2", "甲")])
    account.shows = ["ABK", *shows]
    if lost:
        account.fail = failing("before delete A", LOST)
    disk = Disk(account)
    wish = desired(wanted("b", "AT1", "乙"), wanted("k", "AT2", "甲"))
    locked = lock(a=entry("A", "AT1", "甲"), b=entry("B", "AT1", "乙"), k=entry("K", "AT2", "甲"))
    with pytest.raises(ReconcilerError) as caught:
        asyncio.run(applying(wish, locked, account, disk))
    assert [one.entry.template_id for one in disk.saves[-1].retired] == ["A"]
    honest = Account(account.templates)
    applied(wish, caught.value.run.lock, honest)  # type: ignore[attr-defined]
    assert [one.template_id for one in honest.templates] == ["B", "K"]


@pytest.mark.parametrize("others", ["", "X"])
def test_an_empty_list_after_the_last_delete_is_asked_for_twice(others: str) -> None:
    account = Lying([live("A", "AT1", "甲"), *(live(one, "AT2", "甲") for one in others)], shows=["AX", ""])
    disk = Disk(account)
    with pytest.raises(IncompleteError) as caught:
        asyncio.run(applying(desired(), lock(a=entry("A", "AT1", "甲")), account, disk))
    assert caught.value.problems[0].message == "A was deleted and is still listed"
    assert [one.entry.template_id for one in disk.saves[-1].retired] == ["A"]


# ---------------------------------------------------------------- the after-check


def test_a_list_that_lags_is_asked_again() -> None:
    account = Account(lag=2)
    _, disk = applied(desired(wanted("a", "AT1", "甲")), lock(), account, settle=3.0)
    assert account.diary.count("list") == 4
    assert disk.saves[-1].templates["a"].template_id == "N1"


def test_a_template_that_vanished_is_named() -> None:
    account = Account(lag=100)
    with pytest.raises(IncompleteError) as caught:
        applied(desired(wanted("a", "AT1", "甲")), lock(), account)
    assert caught.value.problems[0].message == "a: N1 is not on the account after the apply"


def test_a_template_that_came_back_as_another_is_named() -> None:
    account = Account()

    def spoil(step: str) -> None:
        if step.startswith("after add"):
            account.templates[-1] = live("N1", "AT2", "乙")

    account.fail = spoil
    with pytest.raises(IncompleteError) as caught:
        applied(desired(wanted("a", "AT1", "甲")), lock(), account)
    assert caught.value.problems[0].message == "a: N1 is there, but as 购买失败通知 [乙]"


def blurring(account: Account, sights: int) -> Callable[[str], None]:
    """What was just added is listed without its content, so often."""
    clear: dict[str, Live] = {}

    def blur(step: str) -> None:
        if step.startswith("after add"):
            clear[account.templates[-1].template_id] = account.templates[-1]
            account.templates[-1] = replace(account.templates[-1], slots=None)

    listing = account.list_templates

    async def list_templates(expect: Collection[str] = (), more: int = 0) -> tuple[Live, ...]:
        nonlocal sights
        if clear and not sights:
            account.templates = [clear.get(one.template_id, one) for one in account.templates]
        sights -= bool(clear)
        return await listing(expect, more)

    account.list_templates = list_templates  # type: ignore[method-assign]
    return blur


@pytest.mark.dialects("wxopen")
def test_content_that_stays_unreadable_is_no_difference_but_a_warning_where_keys_are_known() -> None:
    account = Account()
    account.fail = blurring(account, 9)
    run, disk = applied(desired(wanted("a", "AT1", "甲")), lock(), account)
    assert [one.message for one in run.warnings] == [
        "a: the content of N1 can't be read; it was not compared, and its keys are the usual ones"
    ]
    assert disk.saves[-1] == lock(a=entry("N1", "AT1", "甲"))


@pytest.mark.dialects("subscribe", "official")
def test_content_that_stays_unreadable_is_an_error_where_nobody_knows_the_keys() -> None:
    account, wish = Account(), desired(wanted("a", "AT1", "甲"))
    account.fail = blurring(account, 1)
    with pytest.raises(IncompleteError) as caught:
        applied(wish, lock(), account)
    assert list(map(in_words, caught.value.problems)) == [
        Problem(
            "unreadable",
            "a: the content of N1 can't be read; it was not compared, and nobody knows its keys",
            None,
            "run apply again: it records the keys as soon as the account shows them",
        ),
    ]
    made = entry("N1", "AT1", "甲")
    keyless = lock(a=replace(made, keywords=tuple(replace(one, key=None) for one in made.keywords)))
    assert caught.value.run.lock == keyless  # type: ignore[attr-defined]
    _, disk = applied(wish, keyless, account)
    assert disk.saves[-1] == lock(a=made)
    assert account.made == 1


def test_content_that_is_empty_right_after_an_add_is_lag() -> None:
    account = Account()
    account.fail = blurring(account, 2)
    run, disk = applied(desired(wanted("a", "AT1", "甲")), lock(), account, settle=5.0)
    assert (run.warnings, disk.saves[-1]) == ([], lock(a=entry("N1", "AT1", "甲")))


def test_a_lost_add_that_can_not_be_read_yet_is_not_added_again() -> None:
    account = Account()
    blur = blurring(account, 9)

    def lose(step: str) -> None:
        blur(step)
        failing("after add AT1", LOST)(step)

    account.fail = lose
    with pytest.raises(CallError):
        applied(desired(wanted("a", "AT1", "甲")), lock(), account)
    assert account.made == 1


def test_a_delete_that_was_answered_and_not_done_stays_retired() -> None:
    class Liar(Account):
        async def delete(self, template_id: str) -> None:
            self.diary.append(f"delete {template_id}")

    account = Liar([live("A", "AT1", "甲"), live("K", "AT2", "甲")])
    wish, locked = (
        desired(wanted("k", "AT2", "甲")),
        lock(a=entry("A", "AT1", "甲"), k=entry("K", "AT2", "甲")),
    )
    disk = Disk(account)
    with pytest.raises(IncompleteError) as caught:
        asyncio.run(applying(wish, locked, account, disk))
    assert caught.value.problems[0].message == "A was deleted and is still listed"
    assert caught.value.run.done == [], "it was not done"  # type: ignore[attr-defined]
    assert [one.entry.template_id for one in disk.saves[-1].retired] == ["A"]
    honest = Account(account.templates)
    run, _ = applied(wish, disk.saves[-1], honest)
    assert [(one.action, one.template_id) for one in run.done] == [("delete", "A")]


def test_keys_are_read_from_the_account_after_the_add() -> None:
    account = Account()

    def rename_keys(step: str) -> None:
        if step.startswith("after add"):
            account.templates[-1] = Live("N1", "购买成功通知", (Slot("甲", "thing7"),))

    account.fail = rename_keys
    _, disk = applied(desired(wanted("a", "AT1", "甲")), lock(), account)
    assert disk.saves[-1].templates["a"].keywords[0].key == "thing7"


# ---------------------------------------------------------------- the survey


def test_an_empty_list_against_a_lock_is_asked_for_twice() -> None:
    account = Account()
    decision = planned(desired(wanted("a", "AT1", "甲")), lock(a=entry("A", "AT1", "甲")), account)
    assert account.diary == ["list", "list", "title AT1"]
    assert [one.guard for one in decision.refused] == ["empty account"]


def test_unknown_titles_and_wrong_keywords_are_told_together_in_the_order_of_the_file() -> None:
    from reconciler.core.errors import InputError
    from reconciler.desired import templates as yaml_room

    class Library(Account):
        async def title(self, id: str) -> Title:  # noqa: A002
            if id not in LIBRARY:
                raise CallError(
                    Problem("errcode 45100", "POST get: errcode 45100"), reason=Reason.CONTENT, errcode=45100
                )
            return LIBRARY[id]

    text = """\
version: 1
templates:
  a: {id: AT9, keywords: [甲]}
  b: {id: AT1, title: 别的通知, keywords: [甲, 戊]}
  c: {id: AT3, keywords: [时间, {name: 地点, keyword_id: 1}]}
  d: {id: AT8, keywords: [甲]}
  e: {id: AT1, keywords: [甲，乙]}
"""
    with pytest.raises(InputError) as caught:
        planned(yaml_room.read(text.encode(), "t.yaml"), lock(), Library())
    known = "ids look like AT0002; find one with `reconciler library search WORD`"
    assert [(one.where, one.message, one.hint) for one in caught.value.problems] == [
        ("t.yaml:3:11", "a: the library has no title AT9 (POST get: errcode 45100)", known),
        (
            "t.yaml:4:23",
            "b: the title of AT1 is 购买成功通知, not 别的通知",
            "write `title: 购买成功通知`, or correct the id",
        ),
        ("t.yaml:4:43", "b: AT1 购买成功通知 has no keyword 戊", "its keywords: 甲, 乙, 丙, 丁"),
        (
            "t.yaml:5:27",
            "c: AT3 预约提醒 has the keyword 时间 more than once",
            "write one of:\n      {name: 时间, keyword_id: 7}  # 10:00\n"
            "      {name: 时间, keyword_id: 8}  # 2016年6月6日",
        ),
        (
            "t.yaml:5:31",
            "c: AT3 预约提醒 has no keyword 地点 with keyword_id 1",
            "write one of:\n      {name: 地点, keyword_id: 9}",
        ),
        ("t.yaml:6:11", "d: the library has no title AT8 (POST get: errcode 45100)", known),
        (
            "t.yaml:7:27",
            "e: AT1 购买成功通知 has no keyword 甲，乙",
            "these are several: separate them with , and not with ，",
        ),
    ]


# ---------------------------------------------------------------- properties


LONG_AGO = "2026-11-01T10:00:00Z"


def renamed(one: Entry) -> Entry:
    """An entry of before the library renamed its title."""
    return replace(one, title=OLD_TITLE)


def lost(_: str) -> None:
    raise LOST


def test_what_a_cut_run_has_let_go_falls_due_in_portions() -> None:
    """It had been allowed to delete four; who goes on without being asked deletes three, and says so."""
    names = {name: entry(name.upper(), "AT1", word) for name, word in zip("abcd", "甲乙丙丁", strict=True)}
    templates = [live(one.template_id, "AT1", one.keywords[0].name) for one in names.values()]
    kept = live("K", "AT2", "甲")
    wish = desired(wanted("k", "AT2", "甲"), max_deletes=4)
    locked = replace(lock(), templates={**names, "k": entry("K", "AT2", "甲")})

    def fail(_: str) -> None:
        raise LOST

    account = Account([kept, *templates], fail=fail)
    disk = Disk(account, [locked])
    with pytest.raises(CallError):
        asyncio.run(applying(wish, locked, account, disk, parallelism=1))
    account.fail = lambda _: None
    assert len(disk.saves[-1].retired) == 4
    usual = replace(wish, max_deletes=3)
    (note,) = planned(usual, disk.saves[-1], account).plan.warnings
    assert note.code == "due later"
    run, _ = applied(usual, disk.saves[-1], account)
    assert len(account.templates) == 2
    applied(usual, run.lock, account)
    assert account.templates == [kept]


def test_what_is_due_stays_due_whatever_a_name_says_of_its_id() -> None:
    """A bad merge has left the id to a name, too: its row there is another template's, and is forgotten."""
    old = retired("b", entry("I3", "AT1", "乙"), since="2026-11-16T10:00:00Z")
    locked = lock(old, b=entry("I3", "AT1", "甲"))
    wish = desired(retire_after=7 * 86400)

    def fail(_: str) -> None:
        raise LOST

    account = Account([live("I3", "AT1", "乙"), live("I4", "AT2", "甲")], fail=fail)
    disk = Disk(account, [locked])
    with pytest.raises(CallError):
        asyncio.run(applying(wish, locked, account, disk, parallelism=1))
    assert (disk.saves[-1].templates, disk.saves[-1].retired) == ({}, (old,))


@pytest.mark.dialects("wxopen", "subscribe")
@pytest.mark.parametrize(
    ("wish", "rest"),
    [
        ({}, lock(retired("b", renamed(entry("I2", "AT1", "乙"))))),
        ({"retire_after": 7 * 86400}, lock(retired("b", renamed(entry("I2", "AT1", "乙")), since=LONG_AGO))),
        ({"b": "丙"}, lock(b=renamed(entry("I2", "AT1", "乙")))),
        ({"b": "丙", "retire_after": 7 * 86400}, lock(b=renamed(entry("I2", "AT1", "乙")))),
    ],
    ids=["retired", "due", "replaced", "to be retired"],
)
def test_what_was_renamed_is_known_by_the_lock_after_a_cut(wish: dict[str, Any], rest: Lock) -> None:
    """The library has renamed a title. Of `subscribe` only its list of titles tells that, which the first
    plan asks for because of `a`; and the next does not, since `a` has the new title in the lock.

    Any lock may be so: nothing here comes of a bad merge.
    """
    wish = dict(wish)
    names = {"a": "甲", **({"b": wish.pop("b")} if "b" in wish else {})}
    hopes = desired(*(wanted(name, "AT1", word, title=None) for name, word in names.items()), **wish)
    templates = {"a": renamed(entry("I1", "AT1", "甲")), **rest.templates}
    locked = replace(rest, dialect=SPOKEN[-1], templates=templates)
    there = [live("I1", "AT1", "甲"), live("I2", "AT1", "乙")]
    whole, account = Account(list(there)), Account(list(there), fail=lost)
    run, _ = applied(hopes, locked, whole)
    disk = Disk(account, [locked])
    with pytest.raises(CallError):
        asyncio.run(applying(hopes, locked, account, disk, parallelism=1))
    assert disk.saves[-1].templates["a"].title == "购买成功通知", (
        "it was cut before the first call, and not sooner"
    )
    account.fail = lambda _: None
    again, _ = applied(hopes, disk.saves[-1], account)
    assert account.templates == whole.templates
    assert again.lock == run.lock


@pytest.mark.dialects("wxopen", "subscribe")
def test_what_was_renamed_is_known_by_the_lock_after_an_import() -> None:
    wish = desired(wanted("a", "AT1", "甲", title=None))
    account = Account([live("I1", "AT1", "甲"), live("I2", "AT1", "乙"), live("I3", "AT1", "丙")])
    names = {"a": renamed(entry("I1", "AT1", "甲")), "c": renamed(entry("I3", "AT1", "丙"))}
    locked = replace(lock(retired("b", renamed(entry("I2", "AT1", "乙")))), templates=names)
    before = planned(wish, locked, account)
    after = planned(wish, transitions.imported(before.lock, before.plan, {}), account)
    assert [one.template_id for one in after.plan.of(Delete)] == ["I2", "I3"]
    assert after.plan.actions == before.plan.of(Delete)


@pytest.mark.dialects("wxopen")
def test_a_new_title_of_what_goes_is_no_reason_to_write() -> None:
    """Else a refused add, or a refused delete, would have changed the lock."""
    refused = {"before delete B": REFUSED, "before add AT1": REFUSED}

    def fail(step: str) -> None:
        if step in refused:
            raise refused[step]

    old = retired("b", renamed(entry("B", "AT1", "乙")))
    for wish, locked in (
        (desired(), lock(old)),
        (desired(wanted("a", "AT1", "丙")), lock(a=renamed(entry("A", "AT1", "甲")))),
    ):
        account = Account([live("A", "AT1", "甲"), live("B", "AT1", "乙")], fail=fail)
        disk = Disk(account)
        with pytest.raises(CallError) as caught:
            asyncio.run(applying(wish, locked, account, disk))
        assert (caught.value.run.touched, disk.saves) == (False, [])  # type: ignore[attr-defined]


@settings(max_examples=400)
@given(worlds())
def test_a_plan_after_an_apply_is_empty(world: tuple[Desired, Lock, list[Live]]) -> None:
    """For arbitrary desired, lock and account. (Guards are left out: they only refuse.)"""
    wish, locked, templates = world
    account = Account(list(templates))
    first = planned_at_first(wish, locked, account)
    run, _ = applied(wish, locked, account)
    assert planned(wish, run.lock, account).plan.actions == ()
    assert account.made == len(first.plan.of(Add))
    meant = {action.template_id for action in first.plan.of(Delete)}
    survivors = {one.template_id for one in account.templates}
    assert {one.template_id for one in templates} - survivors == meant, "nothing else was deleted"
    for one in wish.templates:
        kept = run.lock.templates[one.name]
        assert kept.template_id in survivors
        assert [bare.name for bare in kept.keywords] == [ref.name for ref in one.keywords]
    owners = [e.template_id for e in run.lock.templates.values()]
    assert len(owners) == len(set(owners)), "no two names share a template"


@settings(max_examples=400)
@given(worlds(), st.data())
def test_a_run_that_was_cut_anywhere_is_finished_by_the_next(
    world: tuple[Desired, Lock, list[Live]], data: st.DataObject
) -> None:
    """Cut before or after any call, as a kill would: the lock is what was last saved."""
    wish, locked, templates = world
    whole = Account(list(templates))
    planned_at_first(wish, locked, whole)
    applied(wish, locked, whole)

    cut, seen = data.draw(st.integers(0, 12)), 0

    def fail(_: str) -> None:
        nonlocal seen
        seen += 1
        if seen > cut:
            raise LOST

    account = Account(list(templates), fail=fail)
    disk = Disk(account, [locked])
    try:
        asyncio.run(applying(wish, locked, account, disk, parallelism=1))
    except CallError:
        account.fail = lambda _: None
        run, _ = applied(wish, disk.saves[-1], account)
        assert planned(wish, run.lock, account).plan.actions == ()

    def content(one: Account) -> list[tuple[str, tuple[str, ...] | None]]:
        return sorted(((t.title, t.names) for t in one.templates), key=str)

    assert content(account) == content(whole)
    assert account.made == whole.made, "nothing is added twice"


# ---------------------------------------------------------------- what no list has shown, what is due


@dataclass
class Hiding(Account):
    """An account whose list hides some templates for good."""

    hidden: tuple[str, ...] = ()

    async def list_templates(self, expect: Collection[str] = (), more: int = 0) -> tuple[Live, ...]:
        every = await super().list_templates(expect, more)
        return tuple(one for one in every if one.template_id not in self.hidden)


def test_one_that_is_never_listed_is_added_once() -> None:
    account = Hiding(hidden=("N1",))
    wish, disk = desired(wanted("a", "AT1", "甲"), wanted("b", "AT2", "乙")), Disk(account)
    with pytest.raises(IncompleteError) as caught:
        asyncio.run(applying(wish, lock(), account, disk, parallelism=1))
    assert [one.message for one in caught.value.problems] == ["a: N1 is not on the account after the apply"]
    saved = disk.saves[-1]
    assert {name: one.listed for name, one in saved.templates.items()} == {"a": False, "b": True}
    for _ in range(2):
        decision = planned(wish, saved, account)
        assert (decision.plan.actions, decision.refused) == ((), ())
        assert [one.code for one in decision.plan.warnings] == ["unlisted"]
    more = replace(wish, templates=(*wish.templates, wanted("c", "AT2", "丙")))
    run, _ = applied(more, saved, account)
    assert [one.name for one in run.done] == ["c"], "and the next apply has no difference to tell"
    assert account.made == 3
    account.hidden = ()
    assert [(one.kind, one.reason, one.name) for one in planned(more, run.lock, account).plan.actions] == [
        ("update", "listed", "a")
    ]


def test_one_that_is_hidden_after_it_was_listed_has_one_further_copy() -> None:
    account = Hiding()
    wish = desired(wanted("a", "AT1", "甲"), wanted("b", "AT2", "乙"))
    run, _ = applied(wish, lock(), account, parallelism=1)
    account.hidden = ("N1", "N3", "N4")
    disk = Disk(account)
    with pytest.raises(IncompleteError):
        asyncio.run(applying(wish, run.lock, account, disk))
    assert planned(wish, disk.saves[-1], account).plan.actions == ()
    assert account.made == 3


def test_one_that_is_hidden_may_be_answered_with_its_own_id() -> None:
    """Some servers add nothing twice (wechat-api.md §2, 200022)."""

    class Same(Hiding):
        async def add(self, spec: Spec) -> str:
            await super().add(spec)
            self.templates.pop()
            return "A"

    account = Same([live("A", "AT1", "甲"), live("B", "AT2", "乙")], hidden=("A",))
    wish = desired(wanted("a", "AT1", "甲"), wanted("b", "AT2", "乙"))
    disk = Disk(account)
    with pytest.raises(IncompleteError) as caught:
        asyncio.run(applying(wish, lock(a=entry("A", "AT1", "甲"), b=entry("B", "AT2", "乙")), account, disk))
    assert [one.message for one in caught.value.problems] == ["a: A is not on the account after the apply"]
    assert planned(wish, disk.saves[-1], account).plan.actions == ()


def test_protection_of_an_account_is_no_reason_to_write_before_the_first_add() -> None:
    """Else a refused add would have changed the lock."""
    account = Account([live("X", "AT2", "甲")], fail=failing("before add AT1", REFUSED))
    wish = replace(desired(wanted("a", "AT1", "甲")), account=Owner("prod", "wx0000000000000002", True))
    disk = Disk(account)
    with pytest.raises(CallError) as caught:
        asyncio.run(applying(wish, lock(), account, disk))
    assert (caught.value.run.touched, disk.saves) == (False, [])  # type: ignore[attr-defined]
    account.fail = lambda _: None
    run, disk = applied(wish, lock(), account)
    assert (run.lock.account, run.lock.protect, disk.saves[-1]) == ("prod", True, run.lock)


def test_what_no_list_has_shown_is_deleted_in_vain() -> None:
    """The account answers that it is not there: that is done."""
    gone = CallError(Problem("errcode 40037", "not there"), reason=Reason.GONE, errcode=40037, executed=None)
    account = Account([live("B", "AT2", "乙")], fail=failing("before delete A", gone))
    locked = lock(a=replace(entry("A", "AT1", "甲"), listed=False), b=entry("B", "AT2", "乙"))
    run, disk = applied(desired(wanted("b", "AT2", "乙")), locked, account)
    assert [(one.action, one.template_id) for one in run.done] == [("delete", "A")]
    assert disk.saves[-1] == lock(b=entry("B", "AT2", "乙"))


def test_one_that_nobody_knows_of_is_retired_without_a_name() -> None:
    account = Account([live("A", "AT1", "甲"), live("X", "AT2", "丙")])
    wish = desired(wanted("a", "AT1", "甲"), prune="all", retire_after=86400)
    run, disk = applied(wish, lock(a=entry("A", "AT1", "甲")), account)
    assert [(one.action, one.name, one.template_id) for one in run.done] == [("retire", None, "X")]
    assert [(one.name, one.reason, one.entry.template_id) for one in disk.saves[-1].retired] == [
        (None, "unmanaged", "X")
    ]
    assert planned(wish, run.lock, account).plan.actions == ()
    assert parse_lock(lock_text(run.lock).encode(), "l") == run.lock


def test_due_only_leaves_all_else_as_it_is() -> None:
    """Also what is not on the account any more, and what has become another template."""
    old = {"since": "2026-11-01T10:00:00Z"}
    rows = [retired("r", entry("R", "AT1", "乙"), **old), retired("g", entry("G", "AT1", "丁"), **old)]
    names = {"a": entry("A", "AT1", "甲"), "m": entry("M", "AT2", "甲"), "o": entry("O", "AT2", "丙")}
    account = Account([live("A", "AT1", "甲"), live("R", "AT1", "乙"), live("O", "AT2", "丁")])
    wish, locked = (
        desired(wanted("new", "AT2", "乙"), retire_after=7 * 86400),
        Lock(SPOKEN[-1], None, names, tuple(rows)),
    )
    decision = asyncio.run(survey(wish, locked, account, file="t.yaml", now=NOW, settle=0.0, due_only=True))
    disk = Disk(account)
    run = Run(decision, account, disk.write, now=NOW, settle=0.0)
    asyncio.run(run.go())
    assert [(one.action, one.template_id) for one in run.done] == [("delete", "R")]
    assert disk.saves[-1] == Lock(SPOKEN[-1], None, names, (rows[1],))
    assert not [step for step in account.diary if step.startswith("title AT2")], "nothing is added"


def test_due_only_keeps_both_rows_of_what_a_merge_has_retired_twice() -> None:
    """The one that waits longer counts, so it must not go first."""
    twice = [
        retired("r", entry("R", "AT1", "乙"), since=since) for since in ("2026-11-22T10:00:00Z", LONG_AGO)
    ]
    due = retired("s", entry("S", "AT1", "丙"), since=LONG_AGO)
    account = Account([live("R", "AT1", "乙"), live("S", "AT1", "丙")])
    decision = asyncio.run(
        survey(
            desired(retire_after=7 * 86400),
            lock(*twice, due),
            account,
            file="t.yaml",
            now=NOW,
            settle=0.0,
            due_only=True,
        )
    )
    disk = Disk(account)
    asyncio.run(Run(decision, account, disk.write, now=NOW, settle=0.0).go())
    assert disk.saves[-1] == lock(*twice)


def test_what_is_unwanted_and_owned_is_an_error_at_its_place() -> None:
    wish = desired(
        unwanted=(Unwanted("A", Place(9, 5)), Unwanted("R", Place(10, 5)), Unwanted("X", Place(11, 5)))
    )
    locked = lock(retired("r", entry("R", "AT1", "乙")), a=entry("A", "AT1", "甲"))
    account = Account()
    with pytest.raises(InputError) as caught:
        planned(wish, locked, account)
    hint = "take it out of unwanted: what the lock owns goes when its name does"
    assert [(one.code, one.message, one.where, one.hint) for one in caught.value.problems] == [
        ("unwanted", "A is unwanted, and the lock owns it (a)", "t.yaml:9:5", hint),
        ("unwanted", "R is unwanted, and the lock owns it (r, retired)", "t.yaml:10:5", hint),
    ]
    assert account.diary == [], "before anything is asked"


# ---------------------------------------------------------------- one id under two names, and room


def test_no_id_stands_under_two_names_on_disk_until_an_add_is_done() -> None:
    account = Account([live("A", "AT1", "甲")])
    wish = desired(wanted("a", "AT2", "乙"), wanted("b", "AT1", "甲"))
    run, disk = applied(wish, lock(a=entry("A", "AT1", "甲")), account)
    assert [(one.action, one.name, one.template_id) for one in run.done] == [
        ("add", "a", "N1"),
        ("rename", "b", "A"),
    ]
    assert disk.saves[0] == lock(b=entry("A", "AT1", "甲")), "before the add"
    assert disk.saves[-1] == lock(a=entry("N1", "AT2", "乙"), b=entry("A", "AT1", "甲"))


def test_no_more_are_given_up_than_adds_found_no_room() -> None:
    """One that replaces nothing found none: one of the two that wait for their successors makes it."""

    def full(step: str) -> None:
        if step.startswith("before add") and len(account.templates) >= 2:
            raise FULL

    account = Account([live("A", "AT1", "甲"), live("B", "AT1", "乙")], fail=full)
    wish = desired(wanted("a", "AT1", "丙"), wanted("b", "AT1", "丁"), wanted("0", "AT2", "甲"))
    locked = lock(a=entry("A", "AT1", "甲"), b=entry("B", "AT1", "乙"))
    disk = Disk(account)
    with pytest.raises(IncompleteError):
        asyncio.run(applying(wish, locked, account, disk, parallelism=1, delete_first=True))
    assert [step for step in account.diary if step.startswith(("add", "delete"))][:2] == [
        "delete A",
        "add N1",
    ]
    first = next(saved for saved in disk.saves if saved.retired)
    assert [one.entry.template_id for one in first.retired] == ["A"]


# ---------------------------------------------------------------- when git is asked


def test_git_is_asked_only_where_the_lock_looks_old() -> None:
    asked: list[Collection[str]] = []

    def history(ids: Collection[str]) -> frozenset[str]:
        asked.append(ids)
        return frozenset()

    def decided(*there: Live) -> Decision:
        account, wish = Account([*there, live("K", "AT2", "丁")]), desired(wanted("a", "AT1", "甲"))
        locked = lock(a=entry("A", "AT1", "甲"), k=entry("K", "AT2", "丁"))
        return asyncio.run(survey(wish, locked, account, file="t.yaml", now=NOW, settle=0.0, history=history))

    for there in ([], [live("A", "AT1", "甲")], [live("X", "AT2", "乙")]):
        assert decided(*there).refused == ()
    assert asked == []
    found = decided(live("B", "AT1", "乙"))
    assert (asked, found.refused) == ([{"B"}], ())
    assert [one.message for one in found.plan.warnings] == [
        "a: A is gone from the account, which lists B of the same title, not in this lock; "
        "no lock in git's history has had B, so nobody here has made it"
    ]
