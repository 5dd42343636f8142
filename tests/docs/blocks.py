"""The code blocks of a page, and a desk at which a reader would try them one after the other."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
ID = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")

FENCE = re.compile(
    r"(?P<exempt><!-- not run: (?P<why>[^\n]+?) -->\n)?"
    r"^(?P<indent> *)```(?P<language>\w+)?(?P<info>[^\n]*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A fenced block; `title` is the file that it stands for, `exempt` why nobody runs it."""

    place: str
    language: str
    title: str | None
    text: str
    exempt: str | None


def blocks_of(path: Path) -> list[Block]:
    """Of one page, in its order."""
    page = path.read_text("utf-8")
    found = []
    for match in FENCE.finditer(page):
        title = re.search(r'title="([^"]+)"', match["info"])
        text = re.sub(rf"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
        line = page.count("\n", 0, match.start()) + 1
        place = f"{path.relative_to(ROOT)}:{line}"
        found.append(Block(place, match["language"] or "", title and title[1], text, match["why"]))
    return found


def commands_of(console: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with what it prints."""
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        ends = next(number for number, line in enumerate(lines) if not line.endswith("\\\n"))
        yield "".join(lines[: ends + 1]).rstrip("\n"), "".join(lines[ends + 1 :])


def masked(text: str) -> str:
    """Without what differs from run to run: template_ids."""
    return ID.sub("ID", text)


class Desk:
    """A folder with an empty HOME in which commands are run as in one terminal: `cd` and `export` stay."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        home = folder / "home"
        self._cwd = str(folder / "desk")
        for made in (home, Path(self._cwd)):
            made.mkdir()
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MAKE", "MFLAGS", "RECONCILER_", "WECHAT_", "GIT_", "XDG_"))
        }
        author = {
            f"GIT_{who}_{what}": f"{what.lower()}@example.com"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        self.environment = {**kept, **author, "HOME": str(home), "PATH": path, **environment}
        self._state = folder / "state"
        self._groups: list[int] = []

    @property
    def folder(self) -> Path:
        """Where the next command is run."""
        return Path(self._cwd)

    def run(self, command: str, *, within: float = 110) -> tuple[str, int]:
        """What a person sees of it, stdout and stderr, and its exit code."""
        before = self.environment
        # Whoever writes --sandbox on a page means the one in the process.
        environment = {
            name: value
            for name, value in before.items()
            if not (name == "RECONCILER_ENDPOINT" and "--sandbox" in command)
        }
        end = f"trap 'code=$?; {{ env -0; pwd; }} > {self._state}; exit $code' EXIT"
        # A file, not a pipe: what is left running in the background would keep that open.
        with tempfile.TemporaryFile() as printed:
            process = subprocess.Popen(
                ["bash", "-c", f"{end}\n{command}"],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                cwd=self._cwd,
                env=environment,
                start_new_session=True,
            )
            self._groups.append(process.pid)
            code = process.wait(within)
            printed.seek(0)
            output = printed.read().decode("utf-8")
        *exported, cwd = self._state.read_text("utf-8").split("\0")
        self._cwd = cwd.rstrip("\n")
        self.environment = dict(one.split("=", 1) for one in exported)
        if environment is not before and "RECONCILER_ENDPOINT" in before:
            self.environment.setdefault("RECONCILER_ENDPOINT", before["RECONCILER_ENDPOINT"])
        return output, code

    def close(self) -> None:
        """End what was left running."""
        for group in self._groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGTERM)
