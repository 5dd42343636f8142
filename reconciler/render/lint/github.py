"""What lint found, as commands of GitHub Actions, which shows each beside its line. Pure.

Lines that begin with `::` are commands, so nothing of a file's may begin one: line breaks are escaped, and
whatever else GitHub escapes (its runner undoes %25, %0D and %0A, in properties also %3A and %2C).
"""

from __future__ import annotations

from ...core.messages import words
from ...core.text import visible
from ...lint.findings import Finding, Report
from .text import summary

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(report: Report) -> str:
    """A command a finding that counts, one a note, and a summary that is no command."""
    lines = [_command(one, report.file) for one in report.findings if one.silenced is None]
    lines += [f"::notice::{visible(words(note).translate(_DATA))}" for note in report.notes]
    return "".join(f"{line}\n" for line in (*lines, visible(summary(report).translate(_DATA))))


def _command(finding: Finding, file: str) -> str:
    title = f"{finding.rule.number} {finding.rule.name}"
    properties = {
        "file": file,
        "line": str(finding.place.line),
        "col": str(finding.place.column),
        "title": title,
    }
    told = ",".join(f"{key}={visible(value.translate(_PROPERTY))}" for key, value in properties.items())
    message = visible(f"{finding.message}\n{finding.hint}".translate(_DATA))
    return f"::{finding.severity} {told}::{message}"
