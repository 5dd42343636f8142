"""What holds of every plan, whatever is wanted, locked and alive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

from msgspec.structs import replace

from reconciler.core.model import Spec
from reconciler.plan.actions import Add, Adopt, Delete, Forget, Plan, Rename, Retire, Update, order
from reconciler.plan.decide import decide
from reconciler.plan.facts import Facts, Pending, lives_as, same

from ..tools import NOW
from .worlds import world

SEEDS = range(2000)
Case = tuple[int, Facts, dict[str, Spec], Plan]


@cache
def cases() -> tuple[Case, ...]:
    return tuple(_cases())


def _cases() -> Iterator[Case]:
    for seed in SEEDS:
        one = world(seed)
        facts, specs = one.answered()
        if specs is not None:
            yield seed, facts, specs, decide(facts, specs, now=NOW, appid=one.appid)


def whole() -> Iterator[Case]:
    """Those in which more is decided than what is due."""
    return (case for case in cases() if not case[1].orders.due_only)


def taken(made: Plan) -> dict[str, str]:
    """Ids of what names have, once the plan is carried out."""
    kept = {entry.template_id: name for name, entry in made.kept.items()}
    return kept | {one.template_id: one.name for one in made.of(Adopt, Rename)}


def test_the_worlds_have_something_of_everything() -> None:
    kinds = Counter(action.kind for _, _, _, made in cases() for action in made.actions)
    assert min(kinds[one.kind] for one in (Add, Adopt, Rename, Update, Retire, Delete, Forget)) > 100
    codes = Counter(one.code for _, _, _, made in cases() for one in made.warnings)
    assert len(codes) == 9
    assert min(codes.values()) > 5


def test_each_name_gets_one_template_and_no_two_the_same() -> None:
    for seed, facts, _, made in whole():
        names = [*made.kept, *(one.name for one in made.of(Add, Adopt, Rename))]
        assert sorted(names) == list(facts.wanted), seed
        ids = [entry.template_id for entry in made.kept.values()]
        ids += [one.template_id for one in made.of(Adopt, Rename)]
        assert len(ids) == len(set(ids)), seed


def test_what_a_name_has_is_not_let_go_and_nothing_goes_twice() -> None:
    for seed, _, _, made in cases():
        going = [one.template_id for one in made.of(Delete, Retire)]
        assert len(going) == len(set(going)), seed
        assert not set(going) & taken(made).keys(), seed


def test_keep_comes_before_rename_and_rename_before_adopt_and_adopt_before_add() -> None:
    for seed, facts, specs, made in whole():
        has = taken(made)
        exact = {
            name: {row.template_id for row in facts.rows if row.lives and same(wanted, row.entry)}
            for name, wanted in facts.wanted.items()
        }
        for name, wanted in facts.wanted.items():
            own = facts.named.get(name)
            if own is not None and own.lives and same(wanted, own.entry):
                assert has.get(own.template_id) in made.kept, (seed, name)
        free = facts.owned - has.keys()
        for to in made.of(Add, Adopt):
            assert not exact[to.name] & free, (seed, to)
        nobodys = [
            one for one in facts.live if one.template_id not in facts.owned | facts.unwanted | has.keys()
        ]
        for add in made.of(Add):
            assert not any(lives_as(specs[add.name], one) for one in nobodys), (seed, add)


def test_every_row_of_the_lock_is_accounted_for() -> None:
    for seed, facts, _, made in whole():
        gone = Counter((one.name, one.template_id) for one in made.of(Delete, Retire, Forget))
        moved = {one.origin for one in made.of(Rename)}
        for name, held in facts.named.items():
            stays = name in facts.wanted or name in moved
            assert stays or gone[name, held.template_id], (seed, name)
        waiting = {one.entry.template_id for one in made.waiting}
        for row in facts.retired:
            stays = row.template_id in waiting | taken(made).keys()
            assert stays or gone[row.name, row.template_id], (seed, row)


def test_only_what_is_owned_unwanted_or_pruned_is_deleted() -> None:
    for seed, facts, _, made in cases():
        for one in made.of(Delete, Retire):
            if one.name is None and not (isinstance(one, Delete) and one.was_retired):
                assert one.template_id not in facts.owned, (seed, one)
                assert one.reason == "unwanted" or facts.desired.prune == "all", (seed, one)
            else:
                assert one.template_id in facts.owned, (seed, one)
            kept_for = facts.desired.prune == "none" or facts.desired.retire_after
            due = one.reason == "unwanted" or (isinstance(one, Delete) and one.was_retired)
            assert isinstance(one, Retire) == bool(kept_for and not due), (seed, one)


def test_what_falls_due_goes_in_portions() -> None:
    for seed, facts, _, made in cases():
        due = [one for one in made.of(Delete) if one.was_retired]
        assert {one.template_id for one in due} <= made.due, seed
        names = {one.name for one in due if one.name in facts.named}
        assert len(due) <= facts.max_deletes + len(names), seed


def test_with_due_only_nothing_else_is_done() -> None:
    for seed, facts, _, made in cases():
        if not facts.orders.due_only:
            continue
        assert all(isinstance(one, Delete) and one.was_retired for one in made.actions), seed
        assert {**made.kept, **made.aside} == dict(facts.lock.templates), seed
        going = {one.template_id for one in made.actions}
        assert list(made.waiting) == [row.row for row in facts.retired if row.template_id not in going], seed


def test_the_order_of_yaml_decides_nothing() -> None:
    for seed, facts, specs, made in cases():
        turned = replace(facts.desired, templates=facts.desired.templates[::-1])
        again = Facts.of(turned, facts.lock, facts.live, facts.catalogue, facts.orders)
        assert decide(again, specs, now=NOW, appid=world(seed).appid) == made, seed


def test_actions_stand_in_the_order_of_the_contract() -> None:
    for seed, _, _, made in cases():
        assert list(made.actions) == sorted(made.actions, key=order), seed
        groups = [isinstance(one, Delete) - isinstance(one, Add) for one in made.actions]
        assert groups == sorted(groups), seed


def test_a_reason_tells_what_became_of_the_names_own_row() -> None:
    for seed, facts, _, made in whole():
        for one in made.of(Add, Adopt, Rename):
            held = facts.named.get(one.name)
            known = {"new": None, "missing": False, "replaced": True}[one.reason]
            if known is not None:
                assert held is not None, (seed, one)
                assert (held.lives, held.template_id) == (known, one.replaces), (seed, one)
            assert (one.ousts is not None) == (one.reason == "replaced"), (seed, one)
        for to in made.of(Rename):
            of = facts.retired if to.was_retired else facts.named.values()
            assert any(row.template_id == to.template_id for row in of), (seed, to)
            assert all(isinstance(row, Pending) == to.was_retired for row in of), (seed, to)
