"""What lint found, for people: a line a finding, what to do about it, and a summary. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.text import counted, one_line, visible
from ...desired.yaml_nodes import spot
from ...lint.findings import Finding, Report


def render(report: Report) -> str:
    """All that counts; what is silenced is counted only."""
    lines = [line for one in report.findings if one.silenced is None for line in _lines(one, report.file)]
    return visible("".join(f"{one_line(line)}\n" for line in (*lines, summary(report))))


def summary(report: Report) -> str:
    """How it is, in a line."""
    counts = [counted(report.count("error"), "error"), counted(report.count("warning"), "warning")]
    if report.silenced:
        counts.append(f"{report.silenced} silenced")
    return f"{report.file}: {', '.join(counts)}"


def _lines(finding: Finding, file: str) -> Iterator[str]:
    rule = finding.rule
    yield f"{spot(file, finding.place)}: {finding.severity} {rule.number} {rule.name}: {finding.message}"
    yield f"    {finding.hint}"
