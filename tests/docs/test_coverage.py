"""docs/coverage.md is complete and true: each row of the page has a command and a test that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..pages import names_of_tests, shell

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "coverage.md").read_text("utf-8")
ROWS = re.findall(r"^\| (?!the page)([^|]+) \| `([^`|]+)` \| `([^`|]+)` \|$", PAGE, re.MULTILINE)

MUST = (
    *("template/library/list", "template/library/get", "template/add", "template/list", "template/del"),
    *("message/wxopen/template/send", "`token`", "40037", "41028", "41029", "41030", "45009"),
    *("a payment allows 3", "a submitted form allows 1", "within 7 days", "count separately"),
    *("1.1 ", "1.2 ", "1.3 ", "1.4 ", "1.5 ", "1.6 ", "2.1 ", "2.2 ", "2.3 ", "2.4 ", "2.5 "),
    *("the first:", "the second:", "the third:", "the fourth:", "站内信"),
)
"""What the page has: six calls and the token, errors, conditions, rules and penalties"""


def test_every_line_of_a_table_is_a_row() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    assert len(lines) == len(ROWS) + lines.count("| the page | command | test |")


@pytest.mark.parametrize("part", MUST)
def test_everything_of_the_page_has_a_row(part: str) -> None:
    assert [row for row, _, _ in ROWS if part in row]


@pytest.mark.parametrize("command", sorted({command for _, command, _ in ROWS}))
def test_every_command_is_one(command: str) -> None:
    words = re.sub(r" [A-Z=#0-9]+\b|KEYWORD=\S*", " x", command)
    assert shell(f"{words} --help").startswith("Usage: reconciler "), words


@pytest.mark.parametrize(("row", "test"), [(row, test) for row, _, test in ROWS])
def test_every_test_is_one(row: str, test: str) -> None:
    file, _, name = test.partition("::")
    assert name in names_of_tests(ROOT / file), row
