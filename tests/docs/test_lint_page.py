"""docs/lint.md has every rule of the rulebook, as severe as it is there, and every format of the command."""

from __future__ import annotations

import pytest

from reconciler.cli.commands.lint import FORMATS
from reconciler.core.messages import words
from reconciler.lint.rulebook import RULES

from .tables import coded, rows

SEVERITIES = {
    "lint.md": {"error": "error", "warning": "warning"},
    "lint.zh.md": {"error": "错误", "warning": "警告"},
}


@pytest.mark.parametrize("page", SEVERITIES)
def test_every_rule_stands_there_and_is_as_severe(page: str) -> None:
    said = SEVERITIES[page]
    told = [
        (number, coded(name), proposed, used) for number, name, _, _, proposed, used in rows(page, "rules")
    ]
    assert told == [
        (number, rule.name, said[rule.severity], said[rule.used]) for number, rule in RULES.items()
    ]


def test_the_page_says_what_holds_as_the_program_does() -> None:
    told = {row[0]: row[2] for row in rows("lint.md", "rules")}
    assert told == {number: words(rule.summary) for number, rule in RULES.items()}


@pytest.mark.parametrize("page", SEVERITIES)
def test_every_format_stands_there(page: str) -> None:
    assert [coded(row[0]) for row in rows(page, "formats")] == list(FORMATS)
