"""Code cites a section of docs/wechat-api.md or a heading of the contract, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent

SECTIONS = {"wechat-api.md": range(1, 8)}
"""Documents that are cited by the number of a section, and which sections they have"""

HEADED = {"contract.md", "contract-review.md"}
"""Documents that are cited by a heading"""

CITATION = re.compile(
    r"(?P<file>[a-z-]+\.md)(?P<sections>(?:,? (?:and )?§\d+)(?:(?:,| and| to) §\d+)*)?"
    r"|(?P<contract>contract)(?:\.md|-review\.md)?, \""
    r"|(?P<notes>\bnotes?, sections? \d)"
)


class Citation(NamedTuple):
    """A document that is named somewhere; `sections` by their numbers, if it is cited so."""

    place: str
    file: str
    sections: tuple[int, ...]


def citations() -> Iterator[Citation]:
    """All of the package, with the line on which each begins."""
    for path in sorted((ROOT / "reconciler").rglob("*.py")):
        text = path.read_text("utf-8")
        for match in CITATION.finditer(text):
            place = f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}"
            file = match["file"] or ("contract.md" if match["contract"] else match[0])
            numbers = re.findall(r"§(\d+)", match["sections"] or "")
            yield Citation(place, file, tuple(map(int, numbers)))


def test_each_citation_is_of_a_document_that_is_known() -> None:
    found = list(citations())
    assert len(found) > 50
    assert [one for one in found if one.file not in {*SECTIONS, *HEADED}] == []


def test_each_section_that_is_cited_is_there() -> None:
    cited = [one for one in citations() if one.sections]
    assert {one.file for one in cited} == set(SECTIONS)
    assert [one for one in cited if not set(one.sections) <= set(SECTIONS[one.file])] == []
