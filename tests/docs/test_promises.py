"""docs/promises.md: each promise names tests that there are, and both languages promise the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..pages import names_of_tests

ROOT = Path(__file__).parent.parent.parent
PAGES = ["promises.md", "promises.zh.md"]
PROMISE = re.compile(r"^- (.+)\n((?:  `tests/[^`\n]+`\n)*)", re.MULTILINE)


def promises(page: str) -> list[tuple[str, list[str]]]:
    """The sentences, each with the tests that it names; not what can't be promised."""
    text = (ROOT / "docs" / page).read_text("utf-8").partition('<a id="limits">')[0]
    return [(sentence, re.findall("`([^`]+)`", tests)) for sentence, tests in PROMISE.findall(text)]


@pytest.mark.parametrize("page", PAGES)
def test_every_promise_names_its_tests(page: str) -> None:
    found = promises(page)
    assert len(found) > 40
    for sentence, tests in found:
        assert tests, f"a sentence without a test: {sentence}"
        for test in tests:
            file, _, name = test.partition("::")
            assert (ROOT / file).is_file(), test
            assert name in names_of_tests(ROOT / file), test


def test_no_test_is_named_outside_of_a_promise() -> None:
    for page in PAGES:
        text = (ROOT / "docs" / page).read_text("utf-8")
        assert text.count("`tests/") == sum(len(tests) for _, tests in promises(page)), page


def test_both_pages_promise_the_same() -> None:
    english, chinese = ([tests for _, tests in promises(page)] for page in PAGES)
    assert english == chinese
