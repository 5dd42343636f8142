"""Hold a report of coverage's (its JSON) against a floor a folder: `coverage.py REPORT`.

Where a wrong line costs somebody a template (plan, apply, lock), all lines that no test has run are told.
What only runs in processes of their own counts as not run.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

STRICT = ("apply", "lock", "plan")
FLOORS = {
    **dict.fromkeys(STRICT, 99),
    "app": 95,
    "cli": 92,
    "core": 97,
    "desired": 98,
    "library": 99,
    "lint": 99,
    "render": 99,
    "sandbox": 97,
    "wechat": 98,
}
"""Percent of the lines of each folder of reconciler/"""


class Folder(NamedTuple):
    """The lines of a folder."""

    name: str
    lines: int
    missing: int

    @property
    def percent(self) -> float:
        """How many of them were run."""
        return 100 * (self.lines - self.missing) / self.lines if self.lines else 100.0

    @property
    def is_low(self) -> bool:
        """Whether that is too few."""
        return self.percent < FLOORS[self.name]


def files(report: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Folder, path and figures of each file in a folder of the package."""
    for path, figures in sorted(report["files"].items()):
        parts = PurePosixPath(path.replace("\\", "/")).parts
        inside = parts[parts.index("reconciler") + 1 :]
        if len(inside) > 1:
            yield inside[0], "/".join(inside), figures


def folders(report: Mapping[str, Any]) -> list[Folder]:
    """What became of each folder. Raises SystemExit for one without a floor."""
    found: dict[str, Folder] = {}
    for name, _, figures in files(report):
        if name not in FLOORS:
            raise SystemExit(f"{name}/ has no floor: give it one in {__file__}")
        _, lines, missing = found.get(name, Folder(name, 0, 0))
        summary = figures["summary"]
        found[name] = Folder(name, lines + summary["num_statements"], missing + len(figures["missing_lines"]))
    return list(found.values())


def spans(lines: Iterable[int]) -> str:
    """Line numbers, those in a row as one.

    >>> spans([3, 4, 5, 9])
    '3-5, 9'
    """
    rows: list[list[int]] = []
    for line in lines:
        if rows and line == rows[-1][1] + 1:
            rows[-1][1] = line
        else:
            rows.append([line, line])
    return ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in rows)


def main(report: str) -> int:
    """Tell; 1 if a folder is below its floor."""
    known = json.loads(Path(report).read_text("utf-8"))
    found = folders(known)
    for one in found:
        tail = f"  below its floor of {FLOORS[one.name]}" if one.is_low else ""
        sys.stdout.write(f"{one.name:9} {one.percent:6.2f} %  {one.missing:4} of {one.lines}{tail}\n")
    for name, path, figures in files(known):
        if name in STRICT and figures["missing_lines"]:
            sys.stdout.write(f"not run: reconciler/{path}:{spans(figures['missing_lines'])}\n")
    return int(any(one.is_low for one in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
