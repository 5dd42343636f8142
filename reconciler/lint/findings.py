"""What a check finds: a rule, how bad it is, where it is, and what to do. Values, frozen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..errors import Problem
from ..model import Place
from .rules import RULES, Rule, Severity
from .subjects import Subject


@dataclass(frozen=True)
class Finding:
    """One thing that a rule says. `entry` is where the entry stands that it belongs to."""

    rule: Rule
    severity: Severity
    message: str
    hint: str
    place: Place
    entry: Place | None = None
    silenced: str | None = None
    """why it does not count, if somebody says so"""


@dataclass(frozen=True)
class Report:
    """All findings of a file, in its order."""

    file: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    """what could not be checked, and why"""
    unchecked: frozenset[str] = field(default_factory=frozenset)
    """numbers of rules that were not checked, or not everywhere"""

    def count(self, severity: Severity) -> int:
        """How many findings are of this severity and not silenced."""
        return sum(one.severity == severity and one.silenced is None for one in self.findings)

    @property
    def silenced(self) -> int:
        """How many are silenced."""
        return sum(one.silenced is not None for one in self.findings)


def found(number: str, message: str, hint: str, place: Place, entry: Place | None = None) -> Finding:
    """A finding of the rule of this number, as bad as the rule."""
    rule = RULES[number]
    return Finding(rule, rule.severity, message, hint, place, entry)


def unreadable(file: str, problems: Iterable[Problem]) -> Report:
    """The report on a file that can't be read: what a reader says of it, for those who read reports only."""
    return Report(file, tuple(found("0.0", one.message, one.hint or "", _place(one)) for one in problems))


def _place(problem: Problem) -> Place:
    """Where it is: the first line, where it is the whole file."""
    parts = (problem.where or "").rsplit(":", 2)
    at_line = len(parts) == 3 and parts[1].isdecimal() and parts[2].isdecimal()
    return Place(int(parts[1]), int(parts[2])) if at_line else Place(1, 1)


def about(
    subject: Subject,
    number: str,
    message: str,
    hint: str,
    place: Place,
    *,
    approved: bool = False,
    mild: bool = False,
) -> Finding:
    """A finding about a title or a keyword: `mild` if it may be wrong; what is approved is no error."""
    rule = RULES[number]
    severity = rule.severity if subject.proposed else rule.used
    return Finding(rule, "warning" if approved or mild else severity, message, hint, place, subject.place)
