"""The sections of a page and the tables in them, for tests that hold a page against the program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from .blocks import ROOT

Table = list[list[str]]
"""Lines of cells: the head, the line below it, and the rows"""


@cache
def sections(page: str) -> dict[str, str]:
    """What stands below each heading of a page, up to the next one, by the heading's id."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    parts = re.split(r'^#+ .*<a id="([\w-]+)"></a>$', text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def tables(section: str) -> Iterator[Table]:
    """The tables of a section. (A bar in a cell is written `\\|`.)"""
    for table in re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE):
        lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines()]
        yield [[cell.strip() for cell in line] for line in lines]


def rows(page: str, heading: str) -> Table:
    """The rows of the first table under a heading, without its head."""
    return next(tables(sections(page)[heading]))[2:]


def coded(cell: str) -> str:
    """A cell that is code."""
    return cell.strip("`")
