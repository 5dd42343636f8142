"""`python -m benchmarks [PART ...]`: one table a part. Exits 1 only if a part could not be run."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence

from .commands import FailedError
from .table import Table

PARTS = {
    "calls": "calls",
    "time": "timing",
    "fleet": "fleet",
    "startup": "startup",
    "locks": "locks",
    "memory": "memory",
}
"""The parts and their modules; each has `measure() -> Table`."""


def main(argv: Sequence[str]) -> int:
    """Run the parts that are named, or all; one that fails does not keep the others from running."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("part", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)}; default: all")
    wanted: list[str] = parser.parse_args(argv).part or list(PARTS)
    if unknown := [part for part in wanted if part not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}")
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    failed = [part for part in wanted if not _run(part)]
    return 1 if failed else 0


def _run(part: str) -> bool:
    """Print a part's table; False if it could not be run."""
    try:
        table: Table = importlib.import_module(f"{__package__}.{PARTS[part]}").measure()
    except FailedError as error:
        print(f"{part}: {error}", file=sys.stderr)
        return False
    except Exception:
        print(f"{part}: {traceback.format_exc()}", file=sys.stderr)
        return False
    print(f"{table}\n", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
