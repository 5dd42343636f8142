"""What a rule means, as text and as a document. Pure."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from ...core.messages import words
from ...lint.rulebook import Rule


def text(rule: Rule) -> str:
    """A rule in full, for a terminal; each line ended."""
    severity = rule.severity + ("" if rule.used == rule.severity else f"; {rule.used} in templates.yaml")
    lines = [f"{rule.number} {rule.name} ({severity}): {rule.summary}", ""]
    if rule.page:
        lines += [f"    {rule.page}", ""]
    lines += wrap(words(rule.why), 90, initial_indent="    ", subsequent_indent="    ")
    if rule.good:
        lines += ["", f"    good: {rule.good}", f"    bad:  {rule.bad}"]
    return "".join(f"{line}\n" for line in lines)


def document(rule: Rule) -> dict[str, Any]:
    """A rule as `lint --explain --format json` has it."""
    return {
        "number": rule.number,
        "name": rule.name,
        "severity": rule.severity,
        "used": rule.used,
        "summary": words(rule.summary),
        "page": rule.page,
        "why": words(rule.why),
        "good": words(rule.good),
        "bad": words(rule.bad),
    }
