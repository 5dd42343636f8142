"""Files beside templates.yaml that would use its locks, since these are named after file and account.

`templates.yaml` keeps the lock of its account `prod` in `templates.prod.lock.json`, and so does a
`templates.prod.yaml` without accounts; `templates.yaml` and `templates.yml` differ in nothing that a lock is
named after. Each of two would take what the other has made for its own, and delete it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InputError, Problem, UsageError
from ..core.messages import Text
from ..desired.yaml_nodes import spot
from .input_files import Inputs, home, is_stream
from .lock_paths import lock_path

if TYPE_CHECKING:
    from ..core.model import Account, Desired

SUFFIXES = (".yaml", ".yml", ".json")
"""What a file of templates may end in"""


def refuse_shared_locks(
    inputs: Inputs, file: str, desired: Desired, chosen: Sequence[Account] | None
) -> None:
    """See that no file beside this one would use a lock of these accounts. Raises InputError.

    A neighbour that can't be read can't be applied: it is told as soon as it can.
    """
    path = home(file)
    accounts: dict[str | None, Account | None] = (
        {None: None} if chosen is None else {one.name: one for one in chosen}
    )
    where = file if desired.accounts_file is None else str(path.parent / desired.accounts_file)
    found = [
        _problem(file, neighbour, where, accounts[name], name)
        for neighbour, name, theirs in _neighbours(path, list(accounts), alone=is_stream(file))
        if theirs in _names(inputs, neighbour)
    ]
    if found:
        raise InputError(found)


def refuse_the_file_itself(file: str, lockfile: str | None) -> None:
    """See that no lock is written over what is wanted. Raises UsageError."""
    if lockfile is None or is_stream(file):
        return
    if _same(Path(file), Path(lockfile)):
        raise UsageError.of(Text("app.lock-is-yaml", lock=lockfile))


def _neighbours(
    path: Path, names: Sequence[str | None], *, alone: bool
) -> Iterator[tuple[Path, str | None, str | None]]:
    """Files that may share a lock: each, whose lock of ours it is, and whose of theirs."""
    there = {one.name for one in path.parent.iterdir()} if path.parent.is_dir() and not alone else set()
    for suffix in SUFFIXES:
        if f"{path.stem}{suffix}" in there - {path.name}:
            yield from ((path.with_name(f"{path.stem}{suffix}"), name, name) for name in names)
        for name in names:
            if name is not None and f"{path.stem}.{name}{suffix}" in there:
                yield path.with_name(f"{path.stem}.{name}{suffix}"), name, None
        stem, _, theirs = path.stem.rpartition(".")
        if None in names and stem and f"{stem}{suffix}" in there:
            yield path.with_name(f"{stem}{suffix}"), None, theirs


def _names(inputs: Inputs, neighbour: Path) -> frozenset[str | None]:
    """Whose locks a file uses: its accounts', or the one that has no name."""
    try:
        desired = inputs.desired(str(neighbour)) if neighbour.is_file() else None
    except InputError:
        desired = None
    if desired is None:
        return frozenset()
    return frozenset([None] if desired.accounts is None else [one.name for one in desired.accounts])


def _problem(file: str, neighbour: Path, where: str, account: Account | None, name: str | None) -> Problem:
    lock = lock_path(file, None, name, sandbox=False).name
    text = Text("app.shared-lock", lock=lock, other=str(neighbour))
    if name is not None:
        text = Text("app.shared-lock-of", account=name, lock=lock, other=str(neighbour))
    place = spot(where, account.place if account else None)
    return Problem("shared lock", text, place, Text("app.rename-one"))


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
