"""What a command reads: files that were named on the command line, and files that were found.

A file that was named may be a pipe or `-`, and may lie anywhere. One that was found, because it has the name
that a file has if nobody says otherwise or because another file names it, is whatever a pull request makes
it: it is a regular file in the repository, or it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ..core import files
from ..core.errors import InputError, Problem
from ..core.messages import Said, Text
from ..desired import accounts as accounts_file
from ..desired import templates
from ..desired.yaml_nodes import MAX_BYTES, MAX_STREAM

if TYPE_CHECKING:
    from ..core.model import Desired, Library

STDIN = "-"
DEFAULT = "templates.yaml"
PATIENCE = 10.0
"""Seconds that a pipe may take, where a command has no --timeout"""

MAX_LIBRARY = 16 << 20
"""Bytes of a pulled library; one of 599 titles has less than one MiB"""

NO_FILE = Text("app.no-file")
NO_YAML = Text("app.no-yaml")


class Inputs:
    """Reads the files of one run. What came out of a pipe is kept: it comes out once.

    `patience` is how many seconds a pipe may take; `named` says whether somebody has named the file of the
    templates, if only by its usual name.
    """

    def __init__(self, *, patience: float = PATIENCE, named: bool = True) -> None:
        self.patience = patience
        self._named = named
        self._poured: dict[str, bytes] = {}

    def desired(self, file: str) -> Desired:
        """templates.yaml, read, and with it the file of its accounts, if it names one. Raises InputError."""
        desired = templates.read(self.yaml(file), file)
        if desired.accounts_file is None:
            return desired
        folder = home(file).parent
        where = str(folder / desired.accounts_file)
        hint = Text("app.write-accounts", file=file)
        data = self.read(where, MAX_STREAM, hint, inside=files.tree_of(folder))
        names = [one.name for one in desired.templates]
        return replace(desired, accounts=accounts_file.read(data, where, names))

    def yaml(self, file: str, hint: Said | None = None) -> bytes:
        """A YAML file as it is. Raises InputError."""
        found = file == DEFAULT and not self._named
        inside = files.tree_of(Path()) if found else None
        return self.read(file, MAX_BYTES, hint or (_no_yaml() if found else NO_YAML), inside=inside)

    def library(self, file: str, dialect: str | None, yaml: str) -> Library:
        """A pulled library of this dialect, or of any. Raises InputError."""
        from ..library import file as library

        data = self.read(file, MAX_LIBRARY, Text("app.pull-it"))
        return library.of_dialect(library.loads(data, file), dialect, file, yaml)

    def read(
        self, file: str, limit: int, hint: Said, *, missing: Text = NO_FILE, inside: Path | None = None
    ) -> bytes:
        """The bytes of a file that must be there; `inside` this folder, if it was found and not named.

        Raises InputError, also for one of more than `limit` bytes.
        """
        if file in self._poured:
            return self._poured[file]
        if file == STDIN and inside is None:
            data: bytes | None = files.read_stdin(limit=limit, patience=self.patience)
        else:
            patience = None if inside is not None else self.patience
            data = files.read(Path(file), limit=limit, inside=inside, patience=patience)
        if data is None:
            raise InputError(Problem("no file", missing, file, hint))
        if is_stream(file):
            self._poured[file] = data
        return data


def is_there(file: str) -> bool:
    """Whether there is something to read."""
    return file == STDIN or Path(file).exists() or Path(file).is_symlink()


def is_stream(file: str) -> bool:
    """Whether a file is standard input or a pipe: it has no folder of its own, and can't be written."""
    return file == STDIN or files.is_pipe(Path(file))


def home(file: str) -> Path:
    """Where templates.yaml lies, as far as its neighbours care: what comes from a pipe lies here."""
    return Path(DEFAULT) if is_stream(file) else Path(file)


def from_the_top(file: str, environment: Mapping[str, str]) -> str:
    """A file's path from the top of its checkout, as a CI or git has that; as it is, where it has none."""
    path = Path(file).absolute()
    whole = files.whole(path.parent) / path.name
    named = (environment.get(name) for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"))
    tops = [files.whole(Path(one)) for one in named if one]
    tree = files.tree_of(whole.parent) if files.in_repository(whole.parent) else Path.cwd()
    for top in (*tops, tree):
        if whole.is_relative_to(top) and not is_stream(file):
            return whole.relative_to(top).as_posix()
    return file


def _no_yaml() -> Text:
    """What to do where there is no templates.yaml; it may lie above: as far as the repository goes, and
    without git one folder up."""
    here = Path.cwd()
    top = files.tree_of(here) if files.in_repository(here) else here.parent
    for depth, folder in enumerate(here.parents, 1):
        if not folder.is_relative_to(top):
            break
        if (folder / DEFAULT).is_file():
            above = "../" * depth + DEFAULT
            return Text("app.yaml-above", above=above)
    return NO_YAML
