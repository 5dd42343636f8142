"""What a check finds: a rule, how bad it is, where it is, and what to do. Values, frozen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..core.errors import Problem
from ..core.model import Place
from ..core.text import trimmed
from .rulebook import RULES, Rule, Severity
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
    return Finding(rule, rule.severity, trimmed(message), trimmed(hint), place, entry)


def unreadable(file: str, problems: Iterable[Problem]) -> Report:
    """The report on a file that can't be read: what a reader says of it, for those who read reports only."""
    return Report(file, tuple(_unread(file, one) for one in problems))


def _unread(file: str, problem: Problem) -> Finding:
    """One problem, at its line, or at the first. What another file has wrong is told with its name."""
    where, parts = problem.where or file, (problem.where or "").rsplit(":", 2)
    if len(parts) == 3 and parts[0] == file:
        return found("0.0", problem.message, problem.hint or "", Place(int(parts[1]), int(parts[2])))
    message = problem.message if where == file else f"{where}: {problem.message}"
    return found("0.0", message, problem.hint or "", Place(1, 1))


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
    severity = "warning" if approved or mild else severity
    return Finding(rule, severity, trimmed(message), trimmed(hint), place, subject.place)
