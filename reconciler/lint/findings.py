"""What a check finds: a rule, how bad it is, where it is, and what to do. Values, frozen."""

from __future__ import annotations

from dataclasses import dataclass, field

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
