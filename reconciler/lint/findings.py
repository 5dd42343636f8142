"""What a check finds: a rule, how bad it is, where it is, and what to do. Values, frozen."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from ..core.errors import Problem
from ..core.messages import Said, Text, Trimmed, fitted, words
from ..core.model import Place
from .rulebook import RULES, Rule, Severity
from .subjects import Subject


class Finding(Struct, frozen=True):
    """One thing that a rule says, and what to do. `entry` is where the entry stands that it belongs to."""

    rule: Rule
    severity: Severity
    text: Said
    advice: Said
    place: Place
    entry: Place | None = None
    silenced: str | None = None
    """why it does not count, if somebody says so"""

    @property
    def message(self) -> str:
        """What was found, in words."""
        return words(self.text)

    @property
    def hint(self) -> str:
        """What to do about it, in words."""
        return words(self.advice)


class Report(Struct, frozen=True):
    """All findings of a file, in its order."""

    file: str
    findings: tuple[Finding, ...]
    notes: tuple[Text, ...] = ()
    """what could not be checked, and why"""
    unchecked: frozenset[str] = field(default_factory=frozenset)
    """numbers of rules that were not checked, or not everywhere"""

    def count(self, severity: Severity) -> int:
        """Count the findings of this severity that are not silenced."""
        return sum(one.severity == severity and one.silenced is None for one in self.findings)

    @property
    def silenced(self) -> int:
        """Count the silenced findings."""
        return sum(one.silenced is not None for one in self.findings)


def found(number: str, text: Said, advice: Said, place: Place, entry: Place | None = None) -> Finding:
    """A finding of the rule of this number, as bad as the rule."""
    rule = RULES[number]
    return Finding(rule, rule.severity, fitted(text), fitted(advice), place, entry)


def unreadable(file: str, problems: Iterable[Problem]) -> Report:
    """The report on a file that can't be read: what a reader says of it, for those who read reports only."""
    return Report(file, tuple(_unread(file, one) for one in problems))


def _unread(file: str, problem: Problem) -> Finding:
    """One problem, at its line, or at the first. What another file has wrong is told with its name."""
    where, parts = problem.where or file, (problem.where or "").rsplit(":", 2)
    if len(parts) == 3 and parts[0] == file:
        return found("0.0", problem.text, problem.advice or "", Place(int(parts[1]), int(parts[2])))
    text = problem.text if where == file else Text("lint.elsewhere", where=where, what=problem.text)
    return found("0.0", text, problem.advice or "", Place(1, 1))


def about(
    subject: Subject,
    number: str,
    text: Text,
    advice: Text,
    place: Place,
    *,
    approved: bool = False,
    mild: bool = False,
) -> Finding:
    """A finding about a title or a keyword: `mild` if it may be wrong; what is approved is no error."""
    rule = RULES[number]
    severity = rule.severity if subject.proposed else rule.used
    severity = "warning" if approved or mild else severity
    return Finding(rule, severity, Trimmed(text), Trimmed(advice), place, subject.place)
