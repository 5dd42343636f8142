"""Errors as values: what a failed call keeps when it is told otherwise, and several failures as one."""

from __future__ import annotations

from reconciler.core.errors import CallError, Problem, Reason, ReconcilerError, joined
from reconciler.core.messages import Text

REFUSED = CallError(
    Problem("errcode 45075", Text("core.no-json", why="a\nb"), None, "todo"),
    reason=Reason.CONTENT,
    errcode=45075,
    executed=None,
    passing=True,
)


def facts(error: CallError) -> tuple[object, ...]:
    return error.reason, error.errcode, error.executed, error.passing


def test_an_error_that_is_reworded_keeps_its_facts_and_begins_no_line() -> None:
    told = REFUSED.reworded(text=Text("core.unreadable", why=REFUSED.problems[0].text))
    assert told.problems[0].message == "can't read the file: it is not JSON: a\\nb"
    assert (told.problems[0].code, told.problems[0].hint) == ("errcode 45075", "todo")
    assert facts(told) == facts(REFUSED)
    assert REFUSED.reworded(advice="one\ntwo").problems[0].hint == "one\\ntwo"


def test_the_call_that_waited_for_a_failed_one_was_not_made() -> None:
    waiting = REFUSED.before_the_call()
    assert waiting.problems == REFUSED.problems
    assert facts(waiting) == (Reason.CONTENT, 45075, False, False)


def test_several_failures_are_one_error_in_the_order_of_their_words() -> None:
    lost = CallError(Problem("no reply", "lost"), executed=None)
    first, second = (
        CallError(Problem("errcode 45026", name), reason=Reason.FULL, executed=False) for name in "ab"
    )
    both = joined([second, first])
    assert [one.message for one in both.problems] == ["a", "b"]
    assert facts(both) == (Reason.FULL, None, False, False)
    assert joined([first, lost]).executed is None
    assert joined([lost]) is lost


def test_an_error_says_all_of_its_problems() -> None:
    assert str(ReconcilerError([Problem("x", "a"), Problem("y", Text("core.no-utf8"))])) == (
        "a; it is not UTF-8"
    )
