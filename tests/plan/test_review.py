"""What was reviewed against what is computed anew: the guard `stale`, as values and as properties."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.core import schemas
from reconciler.core.errors import CallError, InputError
from reconciler.core.messages import words
from reconciler.core.model import Account, Desired, KeywordRef, Live, Lock
from reconciler.plan import planfile as document
from reconciler.plan import review
from reconciler.plan.decision import Decision
from reconciler.plan.review import Reviewed

from ..apply import accounts
from ..apply.accounts import LOST, Disk, applied, applying, planned
from ..apply.worlds import planned_at_first, worlds
from ..tools import desired, entry, live, lock, retired, wanted
from .deciding import decided

PROD = Account("prod", "wx1")
A, B = wanted("a", "AT1", "甲"), wanted("b", "AT2", "乙")
IN_A, IN_B = entry("A", "AT1", "甲"), entry("B", "AT2", "乙")
ON_A, ON_B = live("A", "AT1", "甲"), live("B", "AT2", "乙")


def decision(wish: Desired, locked: Lock, account: Sequence[Live]) -> Decision:
    return Decision(wish, locked, tuple(account), decided(wish, locked, account))


def filed(made: Decision) -> dict[str, Any]:
    """The plan file of a decision, as it was read."""
    found: dict[str, Any] = json.loads(document.dumps(document.of([made])))
    return found


def told(before: Decision, after: Decision) -> str:
    """What `stale` says, without its first words; nothing where it does not refuse."""
    refused = review.stale(Reviewed(filed(before)), after)
    if not refused:
        return ""
    assert [(one.guard, words(one.lift)) for one in refused] == [
        ("stale", "a new plan: `reconciler plan --out FILE`, reviewed again")
    ]
    return refused[0].message.removeprefix("the reviewed plan is not the plan any more: ")


NOTHING = decision(desired(), lock(), [])
ADDS = decision(desired(A, B), lock(), [])
REMOVES = decision(desired(A), lock(a=IN_A, b=IN_B), [ON_A, ON_B])
REPLACES = decision(desired(wanted("a", "AT1", "乙")), lock(a=IN_A), [ON_A])
NEW_A = entry("N", "AT1", "乙")
RETIRES = decision(desired(A, retire_after=86400), lock(a=IN_A, b=IN_B), [ON_A, ON_B])
ADOPTS = decision(desired(A), lock(), [ON_A])
RENAMES = decision(desired(replace(A, name="z")), lock(a=IN_A), [ON_A])
FORGETS = decision(desired(A), lock(a=IN_A, b=IN_B), [ON_A])
PROTECTS = decision(desired(replace(A, protect=True)), lock(a=IN_A), [ON_A])
GUARDED = lock(a=replace(IN_A, protect=True))
UPDATES = decision(desired(A), lock(a=replace(IN_A, title="旧")), [ON_A])
LEARNS = decision(desired(A), lock(a=IN_A), [ON_A])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ADDS, ADDS),
        # what was added, with and without the lock's knowledge
        (ADDS, decision(desired(A, B), lock(a=IN_A), [ON_A])),
        (ADDS, decision(desired(A, B), lock(), [ON_A])),
        (ADDS, decision(desired(A, B), lock(a=IN_A, b=IN_B), [ON_A, ON_B])),
        (ADDS, decision(desired(A, B), lock(a=replace(IN_A, listed=False), b=IN_B), [ON_B])),
        # what was deleted, with and without the lock's knowledge
        (REMOVES, decision(desired(A), lock(a=IN_A), [ON_A])),
        (REMOVES, decision(desired(A), lock(retired("b", IN_B), a=IN_A), [ON_A, ON_B])),
        (REMOVES, decision(desired(A), lock(retired("b", IN_B), a=IN_A), [ON_A])),
        (REPLACES, decision(REPLACES.desired, lock(a=IN_A), [ON_A, live("N", "AT1", "乙")])),
        (REPLACES, decision(REPLACES.desired, lock(retired("a", IN_A, "replaced"), a=NEW_A), [
            ON_A, live("N", "AT1", "乙")])),
        (REPLACES, decision(REPLACES.desired, lock(a=NEW_A), [live("N", "AT1", "乙")])),
        # what the lock alone knows
        (RETIRES, decision(RETIRES.desired, lock(retired("b", IN_B, since="2026-11-23T09:00:00Z"), a=IN_A),
                           [ON_A, ON_B])),
        (RETIRES, decision(RETIRES.desired, lock(a=IN_A), [ON_A])),
        (ADOPTS, decision(desired(A), lock(a=IN_A), [ON_A])),
        (RENAMES, decision(RENAMES.desired, lock(z=IN_A), [ON_A])),
        (FORGETS, decision(desired(A), lock(a=IN_A), [ON_A])),
        (PROTECTS, decision(PROTECTS.desired, GUARDED, [ON_A])),
        (UPDATES, decision(desired(A), lock(a=IN_A), [ON_A])),
        # what changed elsewhere: another template, in YAML and lock, in the lock, on the account
        (decision(desired(A), lock(), []), decision(desired(A, B), lock(b=IN_B), [ON_B])),
        (ADDS, decision(desired(A, B), lock(), [live("X", "AT1", "丁")])),
        (NOTHING, decision(desired(A), lock(a=IN_A), [ON_A])),
        # what need not stand in the file
        (NOTHING, decision(desired(A), lock(a=IN_A, b=IN_B), [ON_A])),
        (NOTHING, UPDATES),
        (decision(desired(A), lock(), []), ADOPTS),
    ],
)  # fmt: skip
def test_what_was_reviewed_may_be_done(before: Decision, after: Decision) -> None:
    assert told(before, after) == ""


OTHER = decision(desired(wanted("a", "AT1", "甲乙")), lock(), [])
WAITING = lock(retired("b", IN_B, since="2026-11-23T09:00:00Z"), a=IN_A)
LATER = decision(desired(A, retire_after=86400), WAITING, [ON_A, ON_B])


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (NOTHING, ADDS, "add a was not reviewed; add b was not reviewed"),
        (decision(desired(A), lock(), []), OTHER, "add a was reviewed otherwise"),
        (OTHER, ADOPTS, "add a was reviewed, and is neither to be done nor done"),
        (NOTHING, ADOPTS, "adopt a A was not reviewed"),
        (ADDS, decision(desired(A), lock(), []), "add b was reviewed, and is neither to be done nor done"),
        (NOTHING, REMOVES, "delete b B was not reviewed"),
        (RETIRES, REMOVES,
         "delete b B was not reviewed; retire b B was reviewed, and is neither to be done nor done"),
        (REMOVES, decision(desired(A, B), lock(a=IN_A, b=IN_B), [ON_A, ON_B]),
         "delete b B was reviewed, and is neither to be done nor done"),
        (REMOVES, decision(desired(A), lock(a=IN_A), [ON_A, ON_B]),
         "delete b B was reviewed, and is neither to be done nor done"),
        (NOTHING, RENAMES, "rename z A was not reviewed"),
        (RENAMES, decision(desired(A), lock(a=IN_A), [ON_A]),
         "rename z A was reviewed, and is neither to be done nor done"),
        (ADOPTS, decision(desired(A), lock(a=entry("Q", "AT1", "甲")), [live("Q", "AT1", "甲"), ON_A]),
         "adopt a A was reviewed, and is neither to be done nor done"),
        (NOTHING, RETIRES, "retire b B was not reviewed"),
        (NOTHING, PROTECTS, "update a A was not reviewed"),
        (PROTECTS, decision(desired(A), GUARDED, [ON_A]), "update a A was not reviewed"),
        (UPDATES, decision(desired(A), GUARDED, [ON_A]), "update a A was not reviewed"),
    ],
)  # fmt: skip
def test_what_was_not_reviewed_is_told(before: Decision, after: Decision, said: str) -> None:
    assert told(before, after) == said


def test_a_row_that_the_file_lists_as_retired_may_be_deleted_when_it_is_due() -> None:
    due = replace(LATER.desired, retire_after=1800)
    assert told(LATER, decision(due, WAITING, [ON_A, ON_B])) == ""
    named = decision(replace(due, retire_after=0), lock(a=IN_A, b=IN_B), [ON_A, ON_B])
    assert told(LATER, named) == "delete b B was not reviewed", "it has a name again"


def test_a_keyword_id_and_a_scene_are_part_of_what_was_reviewed() -> None:
    early, late = (
        replace(A, id="AT3", keywords=(KeywordRef("时间", id_), KeywordRef("地点"))) for id_ in (7, 8)
    )
    first, other = (decision(desired(one), lock(), []) for one in (early, late))
    assert told(first, other) == "add a was reviewed otherwise"
    scene = decision(desired(replace(early, scene="付款")), lock(), [])
    assert told(first, scene) == "add a was reviewed otherwise"


def test_reasons_titles_and_what_stands_beside_an_action_are_not_compared() -> None:
    reviewed = filed(REPLACES)
    for row in reviewed["accounts"][0]["actions"]:
        row |= {"reason": "new", "title": "x", "where": "t.yaml:9:9", "until": "2030", "used": ["a:1"]}
        row.pop("replaces", None)
    assert review.stale(Reviewed(reviewed), REPLACES) == ()


def test_another_account_is_no_change_elsewhere() -> None:
    one = replace(ADDS, plan=replace(ADDS.plan, appid="wx1"))
    other = replace(ADDS, plan=replace(ADDS.plan, appid="wx2"))
    assert told(one, other) == "appid was wx1, is wx2"
    assert told(ADDS, other) == "", "a token alone does not know it"
    assert told(ADDS, replace(ADDS, desired=replace(ADDS.desired, dialect="subscribe"))) == (
        "dialect was wxopen, is subscribe"
    )
    assert told(ADDS, replace(ADDS, desired=replace(ADDS.desired, account=PROD))) == (
        "it was made for one without a name, not for prod"
    )


def test_few_differences_are_told_and_the_rest_counted() -> None:
    looks = ["甲", "乙", "丙", "丁", "甲乙", "乙丙"]
    wishes = [
        wanted(f"{id_.lower()}_{n}", id_, look) for id_ in ("AT1", "AT2") for n, look in enumerate(looks)
    ]
    many = decision(desired(*wishes), lock(), [])
    assert told(NOTHING, many).endswith("; add at2_3 was not reviewed; and 2 more")


def test_what_changed_elsewhere_is_told() -> None:
    after = decision(desired(A, B), lock(b=IN_B), [ON_B])
    before = decision(desired(A), lock(), [])
    assert review.changed(Reviewed(filed(before)), after) == ("YAML", "lock", "account")
    assert review.changed(Reviewed(filed(before)), before) == ()


def test_a_plan_is_done_if_it_had_something_to_do_and_nothing_is_left() -> None:
    after = decision(desired(A, B), lock(a=IN_A, b=IN_B), [ON_A, ON_B])
    assert review.is_done(Reviewed(filed(ADDS)), after)
    assert not review.is_done(Reviewed(filed(ADDS)), ADDS)
    assert not review.is_done(Reviewed(filed(NOTHING)), NOTHING)
    assert Reviewed(filed(ADDS)).added(None) == {"a", "b"}
    assert Reviewed(filed(ADDS)).added("prod") == frozenset()


# ---------------------------------------------------------------- properties


def surveyed(wish: Desired, locked: Lock, templates: Sequence[Live]) -> Decision:
    try:
        return planned(wish, locked, accounts.Account(list(templates)))
    except InputError:
        assume(False)
        raise


@settings(max_examples=300)
@given(worlds(), st.data())
def test_a_run_that_was_cut_anywhere_is_run_again_with_its_plan_file(
    world: tuple[Desired, Lock, list[Live]], data: st.DataObject
) -> None:
    wish, locked, templates = world
    held = [one.template_id for one in (*locked.templates.values(), *(one.entry for one in locked.retired))]
    assume(len(set(held)) == len(held))  # of one id under two names, either may be told as deleted
    account = accounts.Account(list(templates))
    reviewed = filed(planned_at_first(wish, locked, account))
    cut, seen = data.draw(st.integers(0, 12)), 0

    def fail(_: str) -> None:
        nonlocal seen
        seen += 1
        if seen > cut:
            raise LOST

    account.fail = fail
    disk = Disk(account, [locked])
    try:
        asyncio.run(applying(wish, locked, account, disk, parallelism=1))
    except CallError:
        account.fail = lambda _: None
        assert review.stale(Reviewed(reviewed), planned(wish, disk.saves[-1], account)) == ()
        run, _ = applied(wish, disk.saves[-1], account)
        disk.saves.append(run.lock)
    after = planned(wish, disk.saves[-1], account)
    assert review.stale(Reviewed(reviewed), after) == ()
    assert after.plan.actions == ()


Edit = Callable[[dict[str, Any], st.DataObject], None]


def drop(row: dict[str, Any], data: st.DataObject) -> None:
    row["actions"] = [one for one in row["actions"] if data.draw(st.booleans())]


def double(row: dict[str, Any], data: st.DataObject) -> None:
    row["actions"] = [*row["actions"], *row["actions"][: data.draw(st.integers(0, 2))]]


def turn(row: dict[str, Any], data: st.DataObject) -> None:
    for one in row["actions"]:
        kinds = st.sampled_from(["add", "adopt", "rename", "update", "retire", "forget", "delete"])
        one["action"] = data.draw(st.sampled_from([one["action"]]) | kinds)


def rewrite(row: dict[str, Any], data: st.DataObject) -> None:
    for one in row["actions"]:
        told = data.draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "name": st.sampled_from(["a", "b", "c", "d", None]),
                    "template_id": st.sampled_from(["I1", "I2", "I3", None]),
                    "id": st.sampled_from(["AT1", "AT2", ""]),
                    "scene": st.just("x"),
                    "reason": st.sampled_from(["protect", "gone", "key", "replaced"]),
                    "keywords": st.sampled_from([[], [{"name": "甲"}], [{"name": "甲", "keyword_id": 10}]]),
                    "protect": st.booleans(),
                },
            )
        )
        one.update(told)


def wait(row: dict[str, Any], data: st.DataObject) -> None:
    ids = data.draw(st.sets(st.sampled_from(["I1", "I2", "I3", "I4"])))
    row["retired"] = [
        {"template_id": one, "name": "a", "reason": "removed", "since": "2026", "until": None} for one in ids
    ]


def forge(row: dict[str, Any], data: st.DataObject) -> None:
    row["digest"] = row["inputs"]["lock"] = "sha256:" + "0" * 64
    row["keep"], row["unmanaged"], row["refused"] = [], [], []


def compared(row: dict[str, Any]) -> str:
    keys = ("action", "name", "template_id", "id", "scene")
    facts = [row.get(key) for key in keys] + [[(k["name"], k.get("keyword_id")) for k in row["keywords"]]]
    return json.dumps(facts)


@settings(max_examples=600)
@given(worlds(), worlds(), st.data())
def test_whatever_stands_in_the_file_only_what_is_in_it_or_is_harmless_is_done(
    before: tuple[Desired, Lock, list[Live]], after: tuple[Desired, Lock, list[Live]], data: st.DataObject
) -> None:
    """For any two worlds that share something, and a file that somebody has edited."""
    same = data.draw(st.booleans())
    pairs = zip(before, before if same else after, strict=True)
    wish, locked, account = (data.draw(st.sampled_from(pair)) for pair in pairs)
    made = surveyed(wish, locked, account)  # type: ignore[arg-type]
    document_ = filed(surveyed(*before))
    (row,) = document_["accounts"]
    for edit in data.draw(st.lists(st.sampled_from([drop, double, turn, rewrite, wait, forge]), max_size=3)):
        edit(row, data)
    schemas.check("plan", document_, "plan.json", hint="")
    if review.stale(Reviewed(document_), made):
        return
    asked = [compared({"keywords": [], **one}) for one in row["actions"]]
    waiting = {one["template_id"] for one in row["retired"]}
    retired_now = {one.entry.template_id for one in made.lock.retired}
    for one in document.account(made)["actions"]:
        match one["action"]:
            case "forget":
                continue
            case "update" if "protect" not in one["reason"]:
                continue
            case "adopt":
                found = [
                    o for o in row["actions"] if o["action"] in ("add", "adopt") and o["name"] == one["name"]
                ]
                assert found, one
            case "delete" if one["template_id"] in waiting & retired_now:
                continue
            case _:
                assert compared({"keywords": [], **one}) in asked, one
