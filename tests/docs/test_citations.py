"""What code, tests and pages cite of docs/wechat-api.md and docs/contract.md stands there.

A citation is `wechat-api.md §2`, with names of what stands in the section behind it (`§1, template/list`), or
`wechat-api.md, "Common to all"`, or `contract, "Guards"`, of headings. No page is named that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
WECHAT, CONTRACT = "wechat-api.md", "contract.md"

SOURCES = {"reconciler": "*.py", "tests": "*.py", "benchmarks": "*.py", "schemas": "*.json"}
"""Where the program's text stands, and in which files"""

PAGE = re.compile(r"\b(wechat-api\.md|contract(?:\.md)?)(?=[ ,])")
PART = re.compile(
    r'(?P<link>,? (?:and |to )?|; )(?:§(?P<section>\d+)|"(?P<heading>[^"]+)"|(?P<word>[`\w/]+)(?=[,;.):]))'
)
HEADING = re.compile(r'^##+ (?:(?P<number>\d+)\. )?(?P<name>.*?)(?: <a id="[\w-]+"></a>)?$', re.MULTILINE)
BOLD = re.compile(r"^(?:- (?:`\w+`: )?)?\*\*([^*\n]+?)[.:]?\*\*", re.MULTILINE)
"""What begins an item or a paragraph may be cited as a heading is"""
NAMED = re.compile(r"(?<![\w./\"'-])\w[\w./-]*\.md\b")
"""A page by its name; what begins a string of the code is a file that it works with"""
NOTES = re.compile(r"\b[Tt]he notes\b|\(notes\b|\bnotes?,? (?:sections? )?\d")
"""Words for a page that nobody has"""


class Citation(NamedTuple):
    """A part of a page that is named somewhere: a section by its number, something in it, or a heading."""

    place: str
    page: str
    section: int | None = None
    name: str | None = None


@cache
def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


@cache
def sections(page: str) -> Mapping[int, str]:
    """The text of each section that has a number."""
    each = re.split(r"^## ", text_of(page), flags=re.MULTILINE)
    return {int(one.partition(".")[0]): one for one in each if re.match(r"\d+\. ", one)}


@cache
def headings(page: str) -> frozenset[str]:
    text = text_of(page)
    return frozenset([one["name"] for one in HEADING.finditer(text)] + BOLD.findall(text))


def files() -> list[Path]:
    """All that may cite, but for this file."""
    code = [one for folder, pattern in SOURCES.items() for one in (ROOT / folder).rglob(pattern)]
    return sorted({*code, *ROOT.glob("*.md"), *DOCS.glob("*.md")} - {Path(__file__)})


@cache
def flat(path: Path) -> str:
    """The text of a file in one line: a citation may go on in the next one, of comments, too."""
    text = path.read_text("utf-8")
    if path.suffix == ".md":
        # Where links lead, the site's build tells.
        text = re.sub(r"\[[^][]*\.md\]\([^()\s]*\)|(?<=\])\([^()\s]*\)", "", text)
    return re.sub(r"\s*\n\s*(?:# )?", " ", text).replace('\\"', '"')


def parts(text: str, at: int) -> Iterator[tuple[int | None, str | None]]:
    """What is cited of a page whose name ends at `at`."""
    section: int | None = None
    while match := PART.match(text, at):
        if match["section"]:
            until = int(match["section"])
            first = until if section is None or "to" not in match["link"] else section + 1
            yield from ((number, None) for number in range(first, until + 1))
            section = until
        elif match["heading"]:
            yield section, match["heading"]
        elif section is None or match["link"] != ", ":
            return
        else:
            yield section, match["word"].strip("`")
        at = match.end()


def citations() -> Iterator[Citation]:
    for path in files():
        text, place = flat(path), str(path.relative_to(ROOT))
        for match in PAGE.finditer(text):
            page = match[1] if match[1].endswith(".md") else CONTRACT
            yield from (Citation(place, page, *one) for one in parts(text, match.end()))


CITATIONS = tuple(dict.fromkeys(citations()))


def test_what_a_citation_is() -> None:
    text = (
        'wechat-api.md §1 to §3, §6, 45026; §7 and §2, "False empties"). wechat-api.md says contract, "Order"'
    )
    found = [(match[1], list(parts(text, match.end()))) for match in PAGE.finditer(text)]
    told = [*((one, None) for one in (1, 2, 3, 6)), (6, "45026"), (7, None), (2, None), (2, "False empties")]
    assert found == [(WECHAT, told), (WECHAT, []), ("contract", [(None, "Order")])]
    assert len([one for one in CITATIONS if one.page == WECHAT]) > 60
    assert len([one for one in CITATIONS if one.page == CONTRACT]) > 15


def test_sections_are_numbered() -> None:
    assert list(sections(WECHAT)) == list(range(1, 8))


def test_each_section_that_is_cited_is_there() -> None:
    cited = [one for one in CITATIONS if one.section is not None]
    assert [one for one in cited if one.section not in sections(one.page)] == []


def test_what_is_cited_of_a_section_stands_in_it() -> None:
    cited = [(one, one.section, one.name) for one in CITATIONS if one.section and one.name]
    assert len(cited) > 10
    assert [one for one, section, name in cited if name not in sections(one.page).get(section, "")] == []


def test_each_heading_that_is_cited_is_there() -> None:
    cited = [one for one in CITATIONS if one.section is None]
    assert {one.page for one in cited} == {WECHAT, CONTRACT}
    assert [one for one in cited if one.name not in headings(one.page)] == []


def test_no_page_is_named_that_is_not_there() -> None:
    there = {one.name for one in (*ROOT.glob("*.md"), *DOCS.glob("*.md"))}
    named = {(path, Path(one).name) for path in files() for one in NAMED.findall(flat(path))}
    assert sorted((str(path), name) for path, name in named if name not in there) == []
    assert [path for path in files() if NOTES.search(flat(path))] == []
