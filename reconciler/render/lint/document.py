"""What lint found, as one JSON document. Pure."""

from __future__ import annotations

import json
from typing import Any

from ...core.messages import words
from ...core.text import harmless
from ...lint.findings import Finding, Report


def render(report: Report) -> str:
    """Everything, what is silenced too."""
    document = {
        "version": 1,
        "file": report.file,
        "counts": {
            "error": report.count("error"),
            "warning": report.count("warning"),
            "silenced": report.silenced,
        },
        "notes": list(map(words, report.notes)),
        "findings": [_row(one, report.file) for one in report.findings],
        "errors": [],
    }
    return harmless(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"


def _row(finding: Finding, file: str) -> dict[str, Any]:
    return {
        "rule": finding.rule.number,
        "name": finding.rule.name,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
        "file": file,
        "line": finding.place.line,
        "column": finding.place.column,
        "silenced": finding.silenced,
    }
