"""A case as a value and as a line that can be typed: `replace add@2=drop:after`, `first*8 kill@3:after`.

After the scenario's name, and perhaps *PARALLELISM, comes what befalls the first run:

- calm                          nothing
- CALL@N=KIND[:after][,…]       faults of the sandbox
- kill@N[:after]                SIGKILL at the Nth request; or after it was carried out, before its reply
- kill@N[:after]+CALL@M=KIND    and faults, which here befall the second run, too
- file@N                        SIGKILL before the Nth operation in the folder
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .faults import faults
from .judge import CHANGING, Trace, judge
from .scenarios import SCENARIOS, Scenario
from .world import Disturbance, Run, State, World

_SHAPE = re.compile(r"([a-z:]+)(?:\*([0-9]+))? (?:(?:(kill)@([0-9]+)(:after)?|(file)@([0-9]+)|calm)\+?)?(.*)")
_SEVERAL = re.compile("list@[0-9]+-[0-9]+=")
WIDE = 8
"""The parallelism that users have who ask for none."""


@dataclass(frozen=True)
class Case:
    """A scenario and what befalls its first run. `parallelism` 1 makes the order of the calls certain."""

    scenario: str
    happens: str
    parallelism: int = 1

    def __str__(self) -> str:
        wide = f"*{self.parallelism}" if self.parallelism != 1 else ""
        return f"{self.scenario}{wide} {self.happens}"

    @property
    def kind(self) -> str:
        """What it is counted under."""
        if self.happens.startswith(("kill", "file", "calm")):
            how = ", then lag" if "+" in self.happens else ":after" if ":after" in self.happens else ""
            return {"k": "kill at a request", "f": "kill at a file", "c": "calm"}[self.happens[0]] + how
        first, *more = self.happens.split(",")
        for_good = ", for good" if "-=" in first else ""
        return first.partition("=")[2] + for_good + "".join(f", then {one}" for one in more)

    @property
    def call(self) -> str | None:
        """The call that a fault befalls."""
        return self.happens.partition("@")[0] if "=" in self.happens and "+" not in self.happens else None

    @property
    def settle(self) -> float:
        """Seconds to list for. Two lists that lag must end long before, on a slow machine, too."""
        return 2.0 if _SEVERAL.search(self.happens) else 0.3

    @property
    def disturbance(self) -> Disturbance:
        found = _SHAPE.fullmatch(str(self))
        assert found is not None
        _, _, _, request, executed, _, file, given = found.groups()
        return Disturbance(
            request=int(request) if request else None,
            executed=executed is not None,
            file=int(file) if file else None,
            faults=given,
        )


def parse(line: str) -> Case:
    """The case of a line. ValueError if there is none."""
    found = _SHAPE.fullmatch(line)
    if found is None or found[1] not in SCENARIOS:
        raise ValueError(f"{line!r} is no case; such as: replace add@2=drop:after")
    return Case(found[1], line.partition(" ")[2], int(found[2] or 1))


@dataclass(frozen=True)
class Verdict:
    """What became of a case."""

    case: Case
    problems: tuple[str, ...]
    reached: bool
    """whether the kill or the file operation came to pass at all"""


def run(world: World, case: Case) -> tuple[Scenario, Trace]:
    """Disturb a run, go on in peace, and once more."""
    scenario, disturbance = SCENARIOS[case.scenario], case.disturbance
    world.begin(scenario, case.parallelism, disturbance.faults, case.settle)
    before = world.state()
    runs: list[Run] = []
    states: list[State] = []
    for each in (disturbance, None, None):
        if runs and "+" not in case.happens:
            world.mend()
        runs.append(world.apply(each))
        states.append(world.state())
    return scenario, Trace(
        before,
        tuple(runs),
        tuple(states),
        tuple(world.store.added),
        tuple(world.store.deleted),
        killed=disturbance.request is not None or disturbance.file is not None,
        calm=disturbance == Disturbance(),
    )


def tried(world: World, case: Case) -> Verdict:
    """The verdict on a case."""
    return verdict(case, *run(world, case))


def verdict(case: Case, scenario: Scenario, trace: Trace) -> Verdict:
    """What the judge says."""
    reached = not trace.killed or trace.runs[0].status < 0
    return Verdict(case, tuple(judge(scenario, trace)), reached)


def cases(world: World, scenario: str) -> Iterator[Case]:
    """All of a scenario, from what an undisturbed run does."""
    for parallelism in (1, WIDE):
        world.begin(SCENARIOS[scenario], parallelism)
        calm = world.apply()
        kills = [*_requests(calm.calls), *_files(calm.operations)]
        yield Case(scenario, "calm", parallelism)
        yield from (Case(scenario, one, parallelism) for one in kills)
        if parallelism == 1:
            yield from (Case(scenario, one) for one in faults(calm.calls))


def _requests(calls: Sequence[str]) -> Iterator[str]:
    for number, call in enumerate(calls, 1):
        yield f"kill@{number}"
        yield f"kill@{number}:after"
        if call in CHANGING:
            yield f"kill@{number}:after+list@2=lag"
            yield f"kill@{number}:after+list@2-3=lag"


def _files(operations: Sequence[str]) -> Iterator[str]:
    return (f"file@{number}" for number in range(1, len(operations) + 1))
