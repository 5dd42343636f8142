"""What lint found, as SARIF 2.1.0, which code scanning reads. Pure."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from ... import __version__
from ...core.messages import words
from ...core.text import harmless
from ...lint.findings import Finding, Report
from ...lint.rulebook import RULES, Rule
from . import rules

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_INDEX = {number: index for index, number in enumerate(RULES)}


def render(report: Report) -> str:
    """One run with all rules; what is silenced is a result that is suppressed."""
    driver = {"name": "reconciler", "version": __version__, "rules": [_rule(one) for one in RULES.values()]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _notes(report)}],
        "results": [_result(one, report.file) for one in report.findings],
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return harmless(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.number,
        "name": rule.name,
        "shortDescription": {"text": words(rule.summary)},
        "fullDescription": {"text": words(rule.why)},
        "help": {"text": rules.text(rule)},
        "defaultConfiguration": {"level": rule.severity},
    }


def _notes(report: Report) -> list[dict[str, Any]]:
    return [{"level": "note", "message": {"text": words(note)}} for note in report.notes]


def _result(finding: Finding, file: str) -> dict[str, Any]:
    region = {"startLine": finding.place.line, "startColumn": finding.place.column}
    location = {"physicalLocation": {"artifactLocation": {"uri": uri(file)}, "region": region}}
    result: dict[str, Any] = {
        "ruleId": finding.rule.number,
        "ruleIndex": _INDEX[finding.rule.number],
        "level": finding.severity,
        "message": {"text": f"{finding.message}; {finding.hint}"},
        "locations": [location],
        "suppressions": [],
    }
    if finding.silenced is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.silenced}]
    return result


def uri(file: str) -> str:
    """A path as an address, relative where the path is: that is what code scanning can show.

    >>> uri("./模板/a b.yaml"), uri("/x/t.yaml")
    ('%E6%A8%A1%E6%9D%BF/a%20b.yaml', 'file:///x/t.yaml')
    """
    plain = quote(file.replace("\\", "/").removeprefix("./"))
    return f"file://{plain}" if plain.startswith("/") else plain
