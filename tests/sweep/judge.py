"""What must hold after a disturbed run, the run after it, and one more: pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.state.records import Template

from .scenarios import Scenario, look, meaning
from .world import KILLED, LOCK, SPILLED, Run, State

CHANGING = {"add", "del"}
MAY_LIE = {"templates.yaml", LOCK}
OWN_FOLDER = ".reconciler"


@dataclass(frozen=True)
class Trace:
    """A case from its beginning to its end."""

    before: State
    runs: tuple[Run, ...]
    """the disturbed one, the one that goes on, the one that has nothing to do"""
    states: tuple[State, ...]
    """after each of them"""
    added: tuple[Template, ...]
    """by all of them"""
    deleted: tuple[tuple[str, str | None], ...]
    """ids, each with the lock's text at that moment"""
    killed: bool
    """whether it was to be"""
    calm: bool
    """whether nothing was to happen"""


def judge(scenario: Scenario, trace: Trace) -> list[str]:
    """All that is wrong; empty if the tool has survived."""
    return [
        *_exit_code(scenario, trace),
        *_end(scenario, trace),
        *_adds(scenario, trace),
        *_deletes(scenario, trace),
        *_third(trace),
        *_leftovers(trace),
        *_output(trace),
    ]


def _exit_code(scenario: Scenario, trace: Trace) -> Iterator[str]:
    """Of the disturbed run (contract, "Exit codes")."""
    run, state = trace.runs[0], trace.states[0]
    changed = (state.account, state.lock) != (trace.before.account, trace.before.lock)
    if run.status == KILLED and trace.killed:
        return
    if run.status not in (0, 1, 3, 4) or (trace.calm and run.status):
        yield f"the first run ended with {run.status}: {_last_words(run)}"
    if run.status in (1, 3) and changed:
        yield f"exit {run.status} although something was changed"
    if run.status == 0 and (wrong := _difference(scenario, state)):
        yield f"exit 0 although {wrong}"
    if run.status == 4 and not changed and CHANGING.isdisjoint(run.calls):
        yield "exit 4 although nothing was changed, nor may have been"


def _end(scenario: Scenario, trace: Trace) -> Iterator[str]:
    run = trace.runs[1]
    if run.status != 0:
        yield f"the second run ended with {run.status}: {_last_words(run)}"
    if wrong := _difference(scenario, trace.states[1]):
        yield f"after the second run {wrong}"


def _difference(scenario: Scenario, state: State) -> str | None:
    try:
        there = meaning(scenario, state.account, state.lock)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return f"the lock can't be read: {error!r}"
    meant = scenario.end
    if there.account != meant.account:
        more, less = Counter(there.account), Counter(meant.account)
        return (
            f"the account has {[*(more - less).elements()]} too many and lacks {[*(less - more).elements()]}"
        )
    return None if there.lock == meant.lock else f"the lock is {_short(there.lock)}"


def _short(lock: Any) -> str:
    return json.dumps(lock, ensure_ascii=False)


def _adds(scenario: Scenario, trace: Trace) -> Iterator[str]:
    needed = Counter(scenario.wanted[name] for name in scenario.adds)
    for one in (Counter(map(look, trace.added)) - needed).elements():
        yield f"added once too often: {one}"


def _deletes(scenario: Scenario, trace: Trace) -> Iterator[str]:
    """Only what the plan says, and only when the lock on disk can do without it (contract, "Order")."""
    owned = {*scenario.locked.values(), *scenario.retired}
    for template_id, lock in trace.deleted:
        if template_id not in scenario.deletes:
            yield f"deleted, and should not have been: {template_id}"
        elif template_id in owned and template_id not in _retired(lock):
            yield f"deleted before the lock had it under `retired`: {template_id}"


def _retired(lock: str | None) -> set[str]:
    try:
        document = json.loads(lock or "{}")
    except ValueError:
        return set()
    return {one["template_id"] for one in document.get("retired", ())}


def _third(trace: Trace) -> Iterator[str]:
    """Nothing is left to be done."""
    run = trace.runs[2]
    if run.status != 0:
        yield f"the third run ended with {run.status}: {_last_words(run)}"
    if not CHANGING.isdisjoint(run.calls):
        yield f"the third run calls {', '.join(run.calls)}"
    if trace.states[2].lock != trace.states[1].lock:
        yield "the third run changes the lock"


def _leftovers(trace: Trace) -> Iterator[str]:
    for name in trace.states[1].files:
        own = name.split("/")[0] == OWN_FOLDER and not name.endswith((".tmp", ".run"))
        if name not in MAY_LIE and not own:
            yield f"left behind: {re.sub('[a-z0-9_]{8}[.]tmp', '….tmp', name)}"


def _output(trace: Trace) -> Iterator[str]:
    for number, run in enumerate(trace.runs, 1):
        text = run.out + run.err
        if "Traceback" in text:
            yield f"run {number} prints a traceback: {_last_words(run)}"
        if SPILLED in text:
            yield f"run {number} prints a secret"
    for state in trace.states:
        yield from (f"a secret is in {name}" for name in state.spilled)


def _last_words(run: Run) -> str:
    return " / ".join(line.strip() for line in run.err.strip().splitlines()[-3:])
