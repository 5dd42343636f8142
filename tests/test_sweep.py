"""A part of the sweep (`make sweep` runs the whole): every scenario, every kind of fault, every call."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.sandbox.faults.schedule import parse as parse_fault

from .sweep import fleets
from .sweep.cases import WIDE, Case, parse, run
from .sweep.judge import Trace, judge
from .sweep.pool import all_cases, sample, sweep
from .sweep.scenarios import FAILED_ANEW, PAID_ANEW, SCENARIOS, look
from .sweep.world import SPILLED, world

# Hundreds of runs, each a process of its own, on a machine that has other tests to run.
pytestmark = pytest.mark.timeout(600)


def survivors(cases: list[Case]) -> list[str]:
    """What the tool did not survive; each line is what `python -m tests.sweep` takes, and what is wrong."""
    found = [verdict for verdict in sweep(cases) if verdict.problems]
    return sorted(f"{verdict.case}: {'; '.join(verdict.problems)}" for verdict in found)


@pytest.mark.parametrize("scenario", ["replace", "subscribe:replace", "official:replace"])
def test_every_kill_of_a_replacement(scenario: str) -> None:
    kills = [case for case in all_cases([scenario]) if case.kind.startswith("kill")]
    assert survivors(kills) == []


def test_a_part_of_all() -> None:
    part = sample(all_cases(), every=120)
    assert {case.scenario for case in part} == {*SCENARIOS}
    looked_up = {"categories", "titles"}  # before an add that YAML gives a title
    assert {case.call for case in part} - {None} == {"token", "list", "get", "add", "del"} | looked_up
    assert survivors(part) == []


@pytest.mark.parametrize("way", fleets.WAYS)
def test_a_fleet_whose_calls_go_wrong_in_every_way_at_once(way: str) -> None:
    assert fleets.tried(fleets.Case(0, way)) == []


def test_a_fleets_faults_are_of_every_kind_at_every_call() -> None:
    found = [parse_fault(one) for one in fleets.Case(0, "httpx").faults()]
    assert {(one.call, one.kind) for one in found} == {
        (call, kind) for call in fleets.CALLS for kind in fleets.KINDS
    }
    assert {"bad-status", "bad-http", "bad-header", "lengths", "bad-length", "bad-chunk"} <= {*fleets.KINDS}


# ---------------------------------------------------------------- the judge


@pytest.fixture(scope="module")
def calm() -> Trace:
    """A replacement that nothing disturbed."""
    with world() as made:
        return run(made, Case("replace", "calm"))[1]


def judged(trace: Trace) -> list[str]:
    return judge(SCENARIOS["replace"], trace)


def first(trace: Trace, **changes: Any) -> Trace:
    """The trace with another first run."""
    return replace(trace, runs=(replace(trace.runs[0], **changes), *trace.runs[1:]), calm=False)


def test_a_calm_run_is_beyond_reproach(calm: Trace) -> None:
    assert judged(calm) == []
    assert judged(first(calm, status=4)) == []


def test_exit_codes(calm: Trace) -> None:
    unchanged = replace(calm, states=(calm.before, *calm.states[1:]))
    new = [f"new {one}" for one in (FAILED_ANEW, PAID_ANEW)]
    assert judged(replace(first(calm, status=4), calm=True)) == ["the first run ended with 4: "]
    assert judged(first(calm, status=-9)) == ["the first run ended with -9: "]
    assert judged(replace(first(calm, status=-9), killed=True)) == []
    assert judged(first(calm, status=1)) == ["exit 1 although something was changed"]
    assert judged(first(calm, status=3)) == ["exit 3 although something was changed"]
    assert judged(unchanged) == [
        f"exit 0 although the account has ['FAILED', 'PAID'] too many and lacks {sorted(new)}"
    ]
    assert judged(first(unchanged, status=1)) == []
    assert judged(first(unchanged, status=4, calls=("token", "list"))) == [
        "exit 4 although nothing was changed, nor may have been"
    ]


def test_an_end_that_was_not_meant(calm: Trace) -> None:
    end = calm.states[1]
    lost = replace(end, account=tuple(one for one in end.account if one.template_id != "BYSTANDER"))
    assert judged(replace(calm, states=(end, lost, end))) == [
        "after the second run the account has [] too many and lacks ['BYSTANDER']"
    ]
    half = replace(end, lock='{"version')
    assert judged(replace(calm, states=(end, half, half)))[0].startswith(
        "after the second run the lock can't be read: JSONDecodeError("
    )
    assert judged(replace(calm, states=(end, replace(end, lock=None), end))) == [
        "after the second run the lock is null",
        "the third run changes the lock",
    ]


def test_adds_and_deletes(calm: Trace) -> None:
    again = calm.added[:1]
    assert judged(replace(calm, added=calm.added + again)) == [f"added once too often: {look(again[0])}"]
    (failed, lock), paid = calm.deleted
    assert judged(replace(calm, deleted=((failed, None), paid))) == [
        "deleted before the lock had it under `retired`: FAILED"
    ]
    assert judged(replace(calm, deleted=(*calm.deleted, ("BYSTANDER", lock)))) == [
        "deleted, and should not have been: BYSTANDER"
    ]


def test_what_is_left_behind_and_what_is_told(calm: Trace) -> None:
    end = calm.states[1]
    lie = (".templates.lock.json.abcd_123.tmp", ".reconciler/.gitignore", ".reconciler/x.run")
    left = replace(end, files=(*end.files, *lie))
    spilled = replace(end, spilled=("templates.lock.json",))
    assert judged(replace(calm, states=(end, left, end))) == [
        "left behind: .templates.lock.json.….tmp", "left behind: .reconciler/x.run",
    ]  # fmt: skip
    assert judged(replace(calm, states=(end, spilled, end))) == ["a secret is in templates.lock.json"]
    assert judged(first(calm, out=f"token {SPILLED}")) == ["run 1 prints a secret"]
    assert judged(first(calm, err="Traceback:\nit broke\n")) == [
        "run 1 prints a traceback: Traceback: / it broke"
    ]


# ---------------------------------------------------------------- cases as lines


@pytest.mark.parametrize(
    "line",
    ["first calm", "replace*8 kill@3:after", "mixed kill@6+list@2-3=lag", "all file@7", "adopt *=drop"],
)
def test_a_case_is_a_line(line: str) -> None:
    assert str(parse(line)) == line


@pytest.mark.parametrize("line", ["", "replace", "nothing calm"])
def test_what_is_no_case(line: str) -> None:
    with pytest.raises(ValueError, match="is no case; such as: replace add@2=drop:after"):
        parse(line)


def test_kinds_are_counted_by_what_happens() -> None:
    assert [
        Case("first", one).kind
        for one in ("calm", "kill@3", "kill@3:after", "kill@3:after+list@2=lag", "file@2", "add@1=-1:after")
    ] == [
        "calm",
        "kill at a request",
        "kill at a request:after",
        "kill at a request, then lag",
        "kill at a file",
        "-1:after",
    ]
    assert Case("first", "calm", WIDE).call is None
