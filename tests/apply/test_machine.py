"""Anything that may happen to an account and its lock, in any order; what must hold after each of it.

YAML is edited, templates are deleted and added in the console, the lock is lost or an old one restored, and
applies run, undisturbed or with a call that fails or a kill at any call or save.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from reconciler.apply.run import Run
from reconciler.core.errors import CallError, ReconcilerError
from reconciler.core.model import Desired, Live, Lock
from reconciler.plan.actions import Delete
from reconciler.plan.planner import survey

from ..tools import LIBRARY, NOW, SPOKEN, desired, live, lock, wanted
from .accounts import LOST, Account

Look = tuple[str, tuple[str, ...] | None]
CHOICES = [(id_, words) for id_ in ("AT1", "AT2") for words in ("甲", "乙", "甲乙", "乙甲")]
files = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(CHOICES)),
    unique_by=(lambda pair: pair[0], lambda pair: pair[1]),
    max_size=3,
)
steps = st.integers(1, 12)


class Killed(Exception):
    """The process is no more: nothing that it would still do happens."""


class Mortal(Account):
    """An account that one process talks to, whose lock it saves. At a step of its life something happens.

    What is `hidden` is there, and no list shows it.
    """

    hidden: frozenset[str] = frozenset()

    def begin(self, saved: Lock, disturb: Callable[[int], None] = lambda _: None) -> None:
        self.saved, self.step, self.dead, self.disturb = saved, 0, False, disturb
        self.fail = self._step

    def _step(self, _: str) -> None:
        self.step += 1
        self._live()
        self.disturb(self.step)

    def _live(self) -> None:
        if self.dead:
            raise Killed

    def die(self) -> None:
        self.dead = True
        raise Killed

    def save(self, locked: Lock) -> None:
        self._step("before save")
        self.saved = locked
        self._step("after save")

    async def list_templates(self, *_: Any) -> tuple[Live, ...]:
        self._live()
        return tuple(one for one in await super().list_templates() if one.template_id not in self.hidden)


def look(one: Live) -> Look:
    return one.title, one.names


class World(RuleBasedStateMachine):
    """One templates.yaml, one lock, one account."""

    spoken = "wxopen"

    def __init__(self) -> None:
        super().__init__()
        SPOKEN.append(self.spoken)

    def teardown(self) -> None:
        SPOKEN.pop()

    @initialize()
    def nothing(self) -> None:
        self.account = Mortal()
        self.wish: Desired = desired()
        self.lock = lock()
        self.old = [lock()]
        self.console: list[str] = []
        self.foreign: Counter[Look] = Counter()

    # ------------------------------------------------------------ people

    @rule(
        chosen=files,
        prune=st.sampled_from(["owned", "owned", "none"]),
        retire_after=st.sampled_from([0, 0, 86400]),
        max_deletes=st.sampled_from([3, 1]),
    )
    def edit(
        self, chosen: list[tuple[str, tuple[str, str]]], prune: str, retire_after: int, max_deletes: int
    ) -> None:
        policy: dict[str, Any] = {"prune": prune, "retire_after": retire_after, "max_deletes": max_deletes}
        self.wish = desired(*(wanted(name, *look_) for name, look_ in chosen), **policy)

    @rule(chosen=st.sampled_from(CHOICES))
    def add_in_the_console(self, chosen: tuple[str, str]) -> None:
        one = live(f"C{len(self.console)}", *chosen)
        self.console.append(one.template_id)
        self.foreign[look(one)] += 1
        self.account.templates.append(one)

    @rule(index=st.integers(0, 9))
    def delete_in_the_console(self, index: int) -> None:
        if self.account.templates:
            self.account.templates.pop(index % len(self.account.templates))

    @rule(index=st.integers(0, 9))
    def hide_for_good(self, index: int) -> None:
        if self.account.templates:
            one = self.account.templates[index % len(self.account.templates)]
            self.account.hidden |= {one.template_id}

    @rule(coming=st.integers(1, 2))
    def hide_what_is_added_next(self, coming: int) -> None:
        self.account.hidden |= {f"N{self.account.made + number}" for number in range(1, coming + 1)}

    @rule()
    def lose_the_lock(self) -> None:
        self.lock = lock()

    @rule(index=st.integers(0, 9))
    def restore_an_old_lock(self, index: int) -> None:
        self.lock = self.old[index % len(self.old)]

    # ------------------------------------------------------------ applies

    @rule()
    def apply(self) -> None:
        error = self._applied()
        made = self.account.made
        if self.account.hidden:
            self._applied()
            assert self.account.made == made, "what is hidden is added once more at most"
            return
        assert error in (None, "refused")
        if error is not None:
            return
        rest = self._plan().plan.actions
        assert all(isinstance(one, Delete) and one.was_retired for one in rest), (
            "nothing is left but what waits for its portion"
        )
        assert len(rest) <= len(self.lock.retired)
        there = {one.template_id: one for one in self.account.templates}
        for one in self.wish.templates:
            entry = self.lock.templates[one.name]
            if not entry.listed and entry.template_id not in there:
                continue  # deleted in the console before any list had shown it: it is waited for
            found = there[entry.template_id]
            assert found.names == tuple(ref.name for ref in one.keywords)
            assert found.title == LIBRARY[one.id].title

    @rule(at=steps, after=st.booleans())
    def apply_with_a_call_that_fails(self, at: int, after: bool) -> None:
        """One lost reply, and the run recovers or the next one does."""

        def lose(step: int) -> None:
            if step == at:
                raise LOST

        self._applied(lose)

    @rule(at=steps)
    def apply_and_be_killed(self, at: int) -> None:
        def kill(step: int) -> None:
            if step == at:
                self.account.die()

        self._applied(kill)

    def _plan(self) -> Any:
        return asyncio.run(survey(self.wish, self.lock, self.account, file="t.yaml", now=NOW, settle=0.0))

    def _applied(self, disturb: Callable[[int], None] = lambda _: None) -> str | None:
        """Plan, and apply unless a guard refuses; what is gone then was to go."""
        self.account.begin(self.lock)
        decision = self._plan()
        if decision.refused:
            return "refused"
        before = {one.template_id for one in self.account.templates}
        self.account.begin(self.lock, disturb)
        run = Run(decision, self.account, self.account.save, now=NOW, settle=0.0, parallelism=1)
        error = None
        try:
            asyncio.run(run.go())
        except* (ReconcilerError, CallError, Killed) as group:
            error = str(group.exceptions[0])
        gone = before - {one.template_id for one in self.account.templates}
        planned = {action.template_id for action in decision.plan.of(Delete)}
        assert gone <= planned, "nothing is deleted that was not to be"
        self.lock = self.account.saved
        self.old.append(self.lock)
        self.account.begin(self.lock)
        return error

    # ------------------------------------------------------------ what always holds

    @invariant()
    def no_look_is_added_twice(self) -> None:
        """Of each look, at most one that the tool has made: whatever was lost is found again."""
        if self.account.hidden:
            return
        made = Counter(
            look(one) for one in self.account.templates if one.template_id not in set(self.console)
        )
        assert not [one for one, times in made.items() if times > 1], made

    @invariant()
    def no_two_names_share_a_template(self) -> None:
        ids = [entry.template_id for entry in self.lock.templates.values()]
        assert len(ids) == len(set(ids))


class Subscribe(World):
    """The same, where look-ups tell no title."""

    spoken = "subscribe"


class Official(World):
    """The same, where nothing can be looked up."""

    spoken = "official"


for machine, examples in ((World, 300), (Subscribe, 150), (Official, 150)):
    machine.TestCase.settings = settings(max_examples=examples, stateful_step_count=30, deadline=None)
TestWorld = World.TestCase
TestSubscribe = Subscribe.TestCase
TestOfficial = Official.TestCase
