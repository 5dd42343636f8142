"""A table of figures: what, measured, reference, ratio, bound, verdict."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

HEADINGS = ("what", "measured", "reference", "ratio", "bound", "verdict")


@dataclass(frozen=True)
class Figure:
    """A number with its unit; of several runs the median, and the range they lay in."""

    value: float
    unit: str
    among: tuple[float, float] | None = None

    @classmethod
    def of(cls, runs: Sequence[float], unit: str) -> Figure:
        """The median of runs."""
        return cls(median(runs), unit, (min(runs), max(runs)))

    def __str__(self) -> str:
        number = self._format(self.value)
        among = f" ({'-'.join(map(self._format, self.among))})" if self.among else ""
        return f"{number} {self.unit}{among}"

    def _format(self, value: float) -> str:
        return f"{value:.0f}" if value == int(value) or value >= 1000 else f"{value:.1f}"


@dataclass(frozen=True)
class Row:
    """A figure, what it is compared with, and what it may be at most: a multiple of that, or a number."""

    what: str
    measured: Figure
    reference: Figure | None = None
    at_most_times: float | None = None
    at_most: Figure | None = None
    of_pairs: float | None = None
    """the ratio, where it is not that of the two figures: the median of runs in pairs"""

    @property
    def ratio(self) -> float | None:
        """measured / reference."""
        if self.of_pairs is not None:
            return self.of_pairs
        if self.reference is None or not self.reference.value:
            return None
        return self.measured.value / self.reference.value

    @property
    def within(self) -> bool | None:
        """Whether the bound is kept; None where there is none."""
        if self.at_most is not None:
            return self.measured.value <= self.at_most.value
        if self.at_most_times is not None and self.ratio is not None:
            return self.ratio <= self.at_most_times
        return None

    def cells(self) -> tuple[str, ...]:
        """The row's texts, one a heading."""
        bound = self.at_most or (f"{self.at_most_times:.1f} x" if self.at_most_times else "")
        verdict = {None: "", True: "ok", False: "OVER"}[self.within]
        ratio = "" if self.ratio is None else f"{self.ratio:.2f} x"
        return (self.what, str(self.measured), str(self.reference or ""), ratio, str(bound), verdict)


@dataclass(frozen=True)
class Table:
    """Rows under a title; `notes` say how they were measured."""

    title: str
    rows: Sequence[Row]
    notes: Sequence[str] = field(default=())

    def __str__(self) -> str:
        cells = [HEADINGS, *(row.cells() for row in self.rows)]
        widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
        lines = [_line(texts, widths) for texts in cells]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([self.title, *(f"  {note}" for note in self.notes), "", *lines])


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    padded = [text + " " * (width - _width(text)) for text, width in zip(texts, widths, strict=True)]
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns of a terminal: Chinese takes two a character."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
