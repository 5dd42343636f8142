"""How many calls a run makes, counted by the server.

The bounds are the fewest that the API allows: an account lists at most 20 templates a page and gives no
total, so 24 templates take 2 pages and 25 take 2; a title that no lock knows takes one look-up, and there
is no call that adds two templates. A secret is turned into a token once a run, and once more for each time
that WeChat lets it expire; a given token takes none.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from . import samples
from .commands import reconciler
from .server import Emulator, running
from .table import Figure, Row, Table

TOKEN, PAGE, LOOK_UP, ADD = (
    "/cgi-bin/stable_token", "template/list", "template/library/get", "template/add",
)  # fmt: skip
IN_FLIGHT = 64


def measure() -> Table:
    """A plan with nothing to do, and a first apply, each with a token and with a secret."""
    rows = [
        *_rows("plan, 24 templates, nothing to do", _idle_plan(), {PAGE: 2}),
        *_rows("first apply, 25 templates, secret", _first_apply(given=False), _first_apply_takes(token=1)),
        *_rows("first apply, 25 templates, token", _first_apply(given=True), _first_apply_takes(token=0)),
        _row(f"tokens, {IN_FLIGHT} look-ups in flight when one expires", _expired()[TOKEN], 1 + 1),
    ]
    return Table("calls", rows, ["counted by the server; reference and bound: the fewest the API allows"])


def _first_apply_takes(token: int) -> dict[str, int]:
    """One list page of an empty account, and the two of the check."""
    return {TOKEN: token, PAGE: 1 + 2, LOOK_UP: 25, ADD: 25}


def _expired() -> Counter[str]:
    """A plan whose token dies at the first look-up, while all others are under way with it."""
    with TemporaryDirectory() as name, running(pause=0.05) as emulator:
        samples.write(Path(name), IN_FLIGHT)
        emulator.break_it("get@1=dead-token")
        return _counted(emulator, Path(name), "plan", "--parallelism", str(IN_FLIGHT), token=None)


def _idle_plan() -> Counter[str]:
    with TemporaryDirectory() as name, running() as emulator:
        folder = Path(name)
        samples.write(folder, 24)
        reconciler(folder, emulator.url, "apply", "--yes")
        return _counted(emulator, folder, "plan", token=emulator.token())


def _first_apply(*, given: bool) -> Counter[str]:
    with TemporaryDirectory() as name, running() as emulator:
        samples.write(Path(name), 25)
        return _counted(emulator, Path(name), "apply", "--yes", token=emulator.token() if given else None)


def _counted(emulator: Emulator, folder: Path, *arguments: str, token: str | None) -> Counter[str]:
    before = emulator.calls()
    reconciler(folder, emulator.url, *arguments, token=token)
    return emulator.calls() - before


def _rows(what: str, counted: Counter[str], takes: dict[str, int]) -> list[Row]:
    """A row in all, then one a kind of call."""
    kinds = [kind for kind in sorted(takes.keys() | counted.keys()) if counted[kind] or takes.get(kind)]
    return [
        _row(what, counted.total(), sum(takes.values())),
        *(_row(f"  {kind}", counted[kind], takes.get(kind, 0)) for kind in kinds),
    ]


def _row(what: str, count: int, takes: int) -> Row:
    return Row(what, Figure(count, "calls"), Figure(takes, "calls"), at_most=Figure(takes, "calls"))
