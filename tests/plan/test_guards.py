"""The guards of the contract: each fires, says so in whole words, and is lifted by what it names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.core.messages import words
from reconciler.core.model import Account, Caveat, Desired, Live, Lock, Unwanted
from reconciler.plan.actions import Delete
from reconciler.plan.facts import Orders
from reconciler.plan.guards import Case, Evidence, Permits, Refusal, caveats, in_question, judge

from ..tools import SPOKEN, desired, entry, live, lock, retired, wanted
from .deciding import decided, in_words


def spoken(said: Iterable[Refusal]) -> list[Refusal]:
    """The same with words for texts."""
    return [replace(one, text=one.message, lift=words(one.lift)) for one in said]


def refusals(wish: Desired, locked: Lock, account: Sequence[Live], **permits: object) -> list[Refusal]:
    allowed = Permits(**permits)  # type: ignore[arg-type]
    made = decided(wish, locked, account, orders=allowed.orders())
    return spoken(judge(Case(made, wish, locked, account, allowed)))


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
            "protected",
            "a is still protected by the lock and would be deleted (A)",
            "`protect: false` for a, applied first, in a change of its own",
        )
    ]


@pytest.mark.parametrize("protect", [{}, {"protect": False}])
def test_protection_and_what_it_protects_do_not_go_in_one_change(protect: dict[str, Any]) -> None:
    locked = lock(a=entry("A", "AT1", "甲", protect=True))
    refusal = Refusal(
        "protected",
        "a is still protected by the lock and would be replaced (A)",
        "`protect: false` for a, applied first, in a change of its own",
    )
    assert refusals(desired(wanted("a", "AT1", "乙", **protect)), locked, [live("A", "AT1", "甲")]) == [
        refusal
    ]


def test_a_protected_template_may_be_renamed() -> None:
    locked = lock(a=entry("A", "AT1", "甲", protect=True))
    assert refusals(desired(wanted("b", "AT1", "甲", protect=True)), locked, [live("A", "AT1", "甲")]) == []


def test_a_protected_template_is_not_deleted_under_another_name() -> None:
    locked = lock(a=entry("A", "AT1", "甲"), b=entry("A", "AT1", "甲", protect=True))
    account = [live("A", "AT1", "甲"), live("X", "AT2", "甲")]
    refusal = Refusal(
        "protected",
        "b is still protected by the lock and would be deleted (A)",
        "`protect: false` for b, applied first, in a change of its own",
    )
    assert refusals(desired(wanted("a", "AT1", "乙")), locked, account) == [refusal]
    other = lock(b=entry("A", "AT1", "乙", protect=True), x=entry("X", "AT2", "甲"))
    wish = desired(wanted("x", "AT2", "甲"), prune="all")
    assert refusals(wish, other, account) == [refusal], "not as an unmanaged one either"


@pytest.mark.parametrize("policy", [{"prune": "none"}, {"retire_after": 7 * 86400}])
def test_a_protected_template_is_not_retired(policy: dict[str, Any]) -> None:
    locked = lock(a=entry("A", "AT1", "甲", protect=True))
    assert refusals(desired(**policy), locked, [live("A", "AT1", "甲"), live("X", "AT2", "甲")]) == [
        Refusal(
            "protected",
            "a is still protected by the lock and would be retired (A)",
            "`protect: false` for a, applied first, in a change of its own",
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
    assert refusals(wish, locked, account) == [too_many(2, 1)]
    assert refusals(wish, locked, account, max_deletes=2) == []
    assert refusals(replace(wish, max_deletes=9), locked, account, max_deletes=0) == [too_many(2, 0)]
    assert refusals(replace(wish, retire_after=WEEK), locked, account) == [too_many(2, 1, "retired")]
    assert refusals(replace(wish, prune="none"), locked, account) == [], "these are never due"


WEEK = 7 * 86400


def too_many(count: int, allowed: int, loss: str = "deleted") -> Refusal:
    message = (
        f"{count} would be {loss}, and at most {allowed} may be (not counting what a new template replaces)"
    )
    return Refusal("too many deletes", message, f"--max-deletes {count}")


def halves(policy: dict[str, Any]) -> tuple[Desired, Lock, list[Live]]:
    """Twelve names, and what a merge that loses the middle leaves: six, with the keywords of the others."""
    looks = ["甲", "乙", "丙", "丁", "甲乙", "甲丙", "甲丁", "乙甲", "乙丙", "乙丁", "丙甲", "丙乙"]
    names = [f"t{number:02}" for number in range(12)]
    rows = list(zip(names, looks, strict=True))
    locked = Lock(SPOKEN[-1], templates={name: entry(name.upper(), "AT1", look) for name, look in rows})
    account = [live(name.upper(), "AT1", look) for name, look in rows]
    wish = desired(*(wanted(name, "AT1", look) for name, look in zip(names[:6], looks[6:], strict=True)))
    return replace(wish, **policy), locked, account


@pytest.mark.parametrize(
    ("policy", "refused"), [({}, too_many(6, 3)), ({"retire_after": WEEK}, too_many(6, 3, "retired"))]
)
def test_a_merge_that_loses_the_middle_leaves_less_than_there_was(
    policy: dict[str, Any], refused: Refusal
) -> None:
    """Six names take the templates of six others: nothing new is there for what goes."""
    wish, locked, account = halves(policy)
    kinds = Counter((one.kind, one.reason) for one in decided(wish, locked, account).actions)
    assert kinds["rename", "replaced"] == 6
    assert refusals(wish, locked, account) == [refused]


def test_nor_is_there_anything_new_where_they_are_adopted() -> None:
    wish, locked, account = halves({})
    mine = replace(locked, templates=dict(list(locked.templates.items())[:6]))
    kinds = Counter((one.kind, one.reason) for one in decided(wish, mine, account).actions)
    assert kinds == {("adopt", "replaced"): 6, ("delete", "replaced"): 6}
    assert refusals(wish, mine, account) == [too_many(6, 3)]


def test_what_a_run_that_was_cut_off_has_added_succeeds_what_it_replaced() -> None:
    """It was added, and not recorded: the next run adopts it, and finishes the deletes."""
    wish, locked, account = halves({})
    mine = replace(locked, templates=dict(list(locked.templates.items())[:6]))
    made = decided(wish, mine, account)

    def judged(*begun: str) -> list[Refusal]:
        return spoken(judge(Case(made, wish, mine, account, evidence=Evidence(begun=frozenset(begun)))))

    assert judged("t00", "t01", "t02") == []
    assert judged("t00", "t01") == [too_many(4, 3)]


def test_what_is_due_was_counted_when_it_was_retired() -> None:
    """A week after four names were removed there is no pull request left that could be refused."""
    names = "abcd"
    rows = [retired(name, entry(name.upper(), "AT1", look), since=since) for name, look, since in (
        ("a", "甲", "2026-11-13T10:00:00Z"),
        ("b", "乙", "2026-11-10T10:00:00Z"),
        ("c", "丙", "2026-11-12T10:00:00+08:00"),
        ("d", "丁", "2026-11-14T10:00:00Z"),
    )]  # fmt: skip
    locked = lock(*rows, k=entry("K", "AT2", "甲"))
    account = [live(name.upper(), "AT1", look) for name, look in zip(names, "甲乙丙丁", strict=True)]
    account.append(live("K", "AT2", "甲"))
    wish = desired(wanted("k", "AT2", "甲"), retire_after=WEEK)
    made = decided(wish, locked, account)
    assert [one.template_id for one in made.of(Delete)] == ["A", "B", "C"]
    assert [one.entry.template_id for one in made.waiting] == ["D"]
    assert in_words(made.warnings) == (
        Caveat(
            "due later",
            "1 retired template is due and waits for another apply, since each deletes at most 3 whose names "
            "are no more: D",
        ),
    )
    assert refusals(wish, locked, account) == []
    more = decided(wish, locked, account, orders=Orders(max_deletes=1))
    assert [one.template_id for one in more.of(Delete)] == ["B"], "oldest first"
    (never,) = in_words(decided(wish, locked, account, orders=Orders(max_deletes=0)).warnings)
    assert never.text == (
        "4 retired templates are due and are not deleted, since max_deletes is 0: give --max-deletes 4 once: "
        "B, C, A, D"
    )
    assert [one.template_id for one in decided(wish, locked, account, orders=Orders(9)).of(Delete)] == [
        "A", "B", "C", "D"
    ]  # fmt: skip


def test_of_each_name_that_lives_on_one_falls_due_beside_the_others() -> None:
    old = {"since": "2026-11-10T10:00:00Z"}
    locked = lock(
        retired("a", entry("A1", "AT1", "甲"), "replaced", **old),
        retired("a", entry("A2", "AT1", "乙"), "replaced", since="2026-11-11T10:00:00Z"),
        retired("b", entry("B1", "AT1", "丙"), "replaced", **old),
        retired("r", entry("R", "AT1", "丁"), "removed", **old),
        a=entry("A", "AT2", "甲"),
        b=entry("B", "AT2", "乙"),
    )
    account = [
        live(id_, "AT1", look) for id_, look in (("A1", "甲"), ("A2", "乙"), ("B1", "丙"), ("R", "丁"))
    ]
    account += [live("A", "AT2", "甲"), live("B", "AT2", "乙")]
    wish = desired(wanted("a", "AT2", "甲"), wanted("b", "AT2", "乙"), retire_after=WEEK, max_deletes=0)
    assert [one.template_id for one in decided(wish, locked, account).of(Delete)] == ["A1", "B1"]
    one_more = replace(wish, max_deletes=1)
    assert [one.template_id for one in decided(one_more, locked, account).of(Delete)] == ["A1", "B1", "R"]


def test_rows_that_a_pull_request_moves_to_retired_go_in_portions_and_none_that_is_protected() -> None:
    old = {"since": "2020-01-01T00:00:00Z"}
    looks = ["甲", "乙", "丙", "丁", "甲乙", "乙甲"]
    rows = [retired(f"n{i}", entry(f"T{i}", "AT1", look), "replaced", **old) for i, look in enumerate(looks)]
    account = [live(f"T{i}", "AT1", look) for i, look in enumerate(looks)] + [live("K", "AT2", "甲")]
    wish, kept = desired(wanted("k", "AT2", "甲")), entry("K", "AT2", "甲")
    made = decided(wish, lock(*rows, k=kept), account)
    assert [one.template_id for one in made.of(Delete)] == ["T0", "T1", "T2"]
    held = [replace(one, entry=replace(one.entry, protect=True)) for one in rows]
    assert refusals(wish, lock(*held, k=kept), account) == [
        Refusal(
            "protected",
            f"T{i} (retired, n{i}) is protected and would be deleted",
            f"--allow-protected T{i}",
        )
        for i in range(3)
    ]
    allowed = frozenset({"T0", "T1", "T2"})
    assert refusals(wish, lock(*held, k=kept), account, protected=allowed) == []


@pytest.mark.parametrize(("in_yaml", "in_lock"), [(False, False), (True, False), (False, True)])
def test_a_retired_row_is_free_once_its_name_is(in_yaml: bool, in_lock: bool) -> None:
    """Older locks have retired what was protected in the lock alone."""
    row = retired("a", entry("A", "AT1", "甲", protect=True), "replaced")
    locked = lock(row, a=entry("B", "AT1", "乙", protect=in_lock))
    account = [live("A", "AT1", "甲"), live("B", "AT1", "乙")]
    wish = desired(wanted("a", "AT1", "乙", protect=in_yaml))
    guards = [one.guard for one in refusals(wish, locked, account)]
    assert guards == (["protected"] if in_yaml or in_lock else [])


def test_no_templates_left() -> None:
    locked, account = lock(a=entry("A", "AT1", "甲")), [live("A", "AT1", "甲")]
    message = "all templates of the account (1) would be deleted or retired, and none added"
    refusal = Refusal("no templates left", message, "--allow-no-templates")
    assert refusals(desired(), locked, account) == [refusal]
    assert refusals(desired(retire_after=WEEK), locked, account) == [refusal]
    assert refusals(desired(prune="none"), locked, account) == [], "it lives for ever"
    assert refusals(desired(), locked, account, no_templates=True) == []
    assert refusals(desired(), locked, [*account, live("X", "AT2", "甲")]) == []
    assert refusals(desired(), locked, [*account, live("X", "AT2", None)]) == [refusal], (
        "that may be anything"
    )


def test_what_is_retired_is_on_its_way_out() -> None:
    """Else the last of several that go one by one would be missed by nobody."""
    locked = lock(
        retired("r", entry("R", "AT1", "乙"), since="2026-11-22T10:00:00Z"), a=entry("A", "AT1", "甲")
    )
    account = [live("A", "AT1", "甲"), live("R", "AT1", "乙")]
    wish = desired(retire_after=WEEK)
    assert [one.guard for one in refusals(wish, locked, account)] == ["no templates left"]
    only = lock(*locked.retired)
    later = replace(wish, retire_after=3600)
    assert [one.kind for one in decided(later, only, account[1:]).actions] == ["delete"]
    assert [one.guard for one in refusals(later, only, account[1:])] == ["no templates left"]
    assert refusals(later, only, account[1:], no_templates=True) == []


def test_what_prune_none_has_retired_is_not_the_last_to_go_unseen() -> None:
    """Retired, it was never to be due; then `prune: owned` makes it due at once."""
    account = [live("A", "AT1", "甲"), live("B", "AT1", "乙")]
    rows = [retired(name, entry(name.upper(), "AT1", word)) for name, word in (("a", "甲"), ("b", "乙"))]
    assert refusals(desired(prune="none"), lock(*rows), account) == []
    assert [one.guard for one in refusals(desired(), lock(*rows), account)] == ["no templates left"]


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


# ---------------------------------------------------------------- protected accounts


def prod(*templates: Any, protect: bool = True, **policy: Any) -> Desired:
    return replace(desired(*templates, **policy), account=Account("prod", "wx0000000000000002", protect))


def test_an_account_is_protected_until_that_was_taken_off_in_a_change_of_its_own() -> None:
    locked = replace(lock(a=entry("A", "AT1", "甲"), b=entry("B", "AT1", "乙")), account="prod", protect=True)
    account = [live("A", "AT1", "甲"), live("B", "AT1", "乙")]
    message = "the account prod is still protected by the lock, and this would delete b (B)"
    lift = "`protect: false` for the account prod, applied first, in a change of its own"
    refusal = Refusal("protected", message, lift)
    wish = prod(wanted("a", "AT1", "甲"), protect=False)
    assert refusals(wish, locked, account) == [refusal]
    assert refusals(replace(wish, account=None), locked, account) == [refusal], "nor by another file"
    calm = prod(wanted("a", "AT1", "甲"), wanted("b", "AT1", "乙"), protect=False)
    made = decided(calm, locked, account)
    assert [(one.kind, one.reason, one.name) for one in made.actions] == [("update", "protect", None)]
    assert in_words(made.warnings) == (
        Caveat("protection ends", "the account prod was protected, and is not any more"),
    )
    assert refusals(calm, locked, account) == []


def test_an_account_with_a_protected_name_is_told_of_both() -> None:
    locked = lock(a=entry("A", "AT1", "甲", protect=True), b=entry("B", "AT1", "乙"))
    account = [live("A", "AT1", "甲"), live("B", "AT1", "乙")]
    found = refusals(prod(wanted("b", "AT1", "乙")), locked, account)
    assert [one.lift for one in found] == [
        "`protect: false` for the account prod, applied first",
        "`protect: false` for a, applied first, in a change of its own",
    ]


def test_what_falls_due_on_a_protected_account_was_reviewed_when_it_was_retired() -> None:
    """Else every later apply of it would be refused."""
    row = retired("r", entry("R", "AT1", "丙"), since="2026-11-10T10:00:00Z")
    locked = replace(lock(row, a=entry("A", "AT1", "甲")), account="prod", protect=True)
    account = [live("A", "AT1", "甲"), live("R", "AT1", "丙")]
    wish = prod(wanted("a", "AT1", "甲"), retire_after=WEEK)
    assert [one.kind for one in decided(wish, locked, account).actions] == ["delete"]
    assert refusals(wish, locked, account) == []


# ---------------------------------------------------------------- locks that are older than the account


APPID = "wx0000000000000001"
LIFT = "the newer lock; --allow-old-lock"
ASKED = (
    ". If this is an old lock (a reverted commit, a checkout that is behind), take the newer one: "
    "`git log -- l.json`, `git checkout COMMIT -- l.json`. If it was deleted in the console, allow it"
)


def asked(wish: Desired, locked: Lock, account: Sequence[Live], **more: Any) -> list[Refusal]:
    """The refusals where the account's appid is known."""
    evidence = Evidence(APPID, lock_file="l.json", **more)
    return spoken(judge(Case(decided(wish, locked, account), wish, locked, account, evidence=evidence)))


def test_a_name_that_is_gone_while_its_title_lives_asks_for_the_newer_lock() -> None:
    """`git revert` of YAML and lock: the newer lock's template is nobody's."""
    wish = desired(wanted("a", "AT1", "甲"), wanted("k", "AT2", "甲"))
    locked = lock(a=entry("A", "AT1", "甲"), k=entry("K", "AT2", "甲"))
    account = [live("B", "AT1", "乙"), live("K", "AT2", "甲")]
    what = "a: A is gone from the account, which lists B of the same title, not in this lock"
    refusal = Refusal("old lock", what + ASKED, LIFT)
    assert asked(wish, locked, account) == [refusal]
    for policy in ({"prune": "all"}, {"prune": "all", "retire_after": WEEK}):
        assert asked(replace(wish, **policy), locked, account) == [refusal], "a colleague's"
    other = desired(wanted("a", "AT1", "丙"), wanted("k", "AT2", "甲"))
    assert asked(other, locked, account) == [refusal], "whatever the name is to be now"
    assert refusals(wish, locked, account, old_lock=True) == []
    unreadable = [live("B", "AT1", None), live("K", "AT2", "甲")]
    assert [one.guard for one in asked(wish, locked, unreadable)] == ["old lock"]


def test_a_name_that_is_gone_is_added_where_nothing_speaks_for_a_newer_lock() -> None:
    wish = desired(wanted("a", "AT1", "甲"), wanted("k", "AT2", "甲"))
    locked = lock(
        retired("r", entry("R", "AT1", "丙"), since="2026-11-22T10:00:00Z"),
        a=entry("A", "AT1", "甲"),
        k=entry("K", "AT2", "甲"),
    )
    kept = live("K", "AT2", "甲")
    assert asked(replace(wish, retire_after=WEEK), locked, [kept, live("R", "AT1", "丙")]) == [], (
        "that is owned"
    )
    assert asked(wish, locked, [kept, live("X", "AT2", "乙")]) == [], "of another title"
    assert asked(wish, locked, [kept, live("A2", "AT1", "甲")]) == [], "it is adopted"
    assert asked(desired(wanted("k", "AT2", "甲")), locked, [kept, live("B", "AT1", "乙")]) == [], (
        "not wanted"
    )
    rest = lock(retired("r", entry("R", "AT1", "丙")), k=entry("K", "AT2", "甲"))
    assert asked(desired(wanted("k", "AT2", "甲")), rest, [kept, live("B", "AT1", "乙")]) == [], "retired"


def test_a_lock_of_which_nothing_is_listed_is_old_where_the_appids_agree() -> None:
    wish = desired(wanted("a", "AT1", "甲"), wanted("b", "AT1", "乙"))
    locked = lock(a=entry("A", "AT1", "甲"), b=entry("B", "AT1", "乙"), appid=APPID)
    account = [live("X", "AT2", "甲")]
    what = "not one of the lock's templates (2) is on the account, which lists others (1)"
    assert asked(wish, locked, account) == [Refusal("old lock", what + ASKED, LIFT)]
    assert asked(wish, locked, account, unowned=frozenset("X")) == []
    alone = lock(a=entry("A", "AT1", "甲"), appid=APPID)
    assert asked(desired(wanted("a", "AT1", "甲")), alone, account) == [], "deleted in the console"
    nameless = replace(locked, appid=None)
    assert [one.guard for one in asked(wish, nameless, account)] == ["wrong account"]


def test_where_no_lock_ever_had_it_an_old_lock_is_a_warning() -> None:
    wish, locked = (
        desired(wanted("a", "AT1", "甲")),
        lock(a=entry("A", "AT1", "甲"), k=entry("K", "AT2", "甲")),
    )
    account = [live("B", "AT1", "乙"), live("C", "AT1", "丙"), live("K", "AT2", "甲")]
    wish = replace(wish, templates=(*wish.templates, wanted("k", "AT2", "甲")))
    made = decided(wish, locked, account)
    case = Case(made, wish, locked, account)
    assert in_question(case) == {"B", "C"}
    none = Evidence(unowned=frozenset("BC"))
    assert judge(replace(case, evidence=none)) == ()
    assert in_words(caveats(replace(case, evidence=none))) == (
        Caveat(
            "old lock",
            "a: A is gone from the account, which lists B, C of the same title, not in this lock; "
            "no lock in git's history has had B, C, so nobody here has made them",
            "a",
        ),
    )
    one = Evidence(unowned=frozenset("B"))
    assert [refusal.guard for refusal in judge(replace(case, evidence=one))] == ["old lock"]
    assert caveats(replace(case, evidence=one)) == ()


# ---------------------------------------------------------------- what no list has shown


def test_what_no_list_has_shown_is_not_replaced() -> None:
    unseen = replace(entry("A", "AT1", "甲"), listed=False)
    locked, account = lock(a=unseen, k=entry("K", "AT2", "甲")), [live("K", "AT2", "甲")]
    wish = desired(wanted("a", "AT1", "乙"), wanted("k", "AT2", "甲"))
    assert refusals(wish, locked, account) == [
        Refusal(
            "unlisted",
            "a: A, which would be replaced, has not been listed yet: it may still come",
            "waiting until it is listed; --add-again a",
        )
    ]
    assert refusals(wish, locked, account, add_again=frozenset("a")) == []
    assert refusals(wish, locked, [*account, live("A", "AT1", "甲")]) == []
    assert refusals(desired(wanted("k", "AT2", "甲")), locked, account) == [], "to delete it is harmless"


def test_what_no_list_has_shown_proves_nothing_of_the_account() -> None:
    locked = lock(a=replace(entry("A", "AT1", "甲"), listed=False))
    wish = desired(wanted("a", "AT1", "甲"))
    for account in ([], [live("X", "AT2", "甲")]):
        assert refusals(wish, locked, account) == []


# ---------------------------------------------------------------- unwanted, due only


def test_what_is_unwanted_is_counted_by_every_guard() -> None:
    gone = tuple(Unwanted(id_) for id_ in "WXYZ")
    account = [live(one.template_id, "AT1", look) for one, look in zip(gone, "甲乙丙丁", strict=True)]
    wish = prod(unwanted=gone)
    found = refusals(wish, lock(), account)
    assert [one.guard for one in found] == ["protected", "too many deletes", "no templates left"]
    assert found[1] == too_many(4, 3)


def test_due_only_is_judged_by_what_it_deletes() -> None:
    old = {"since": "2026-11-01T10:00:00Z"}
    held = retired("r", entry("R", "AT1", "甲", protect=True), **old)
    locked = lock(held, a=entry("A", "AT1", "乙"), b=entry("B", "AT1", "丙"))
    wish = desired(retire_after=WEEK, max_deletes=0)

    def due_only(locked: Lock, account: Sequence[Live]) -> list[str]:
        made = decided(wish, locked, account, orders=Orders(max_deletes=3, due_only=True))
        return [one.guard for one in judge(Case(made, wish, locked, account, Permits(max_deletes=3)))]

    rest = [live("A", "AT1", "乙"), live("B", "AT1", "丙")]
    assert due_only(locked, [*rest, live("R", "AT1", "甲")]) == ["protected"]
    assert due_only(locked, rest) == [], "nothing is due, and nothing else is its business"
    assert due_only(locked, []) == []
