"""What git has of a file: as it stood at a commit, and what was ever committed. This module alone runs git.

A checkout is what somebody else has sent. So nothing that its configuration, attributes or links name is run
or fetched: only plumbing that reads objects, a closed environment, no shell, bounded output and time.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from threading import Lock, Timer
from typing import IO

from .messages import Text

LIMIT = 16 << 20
"""Bytes of one file"""
SECONDS = 30.0
"""for all that is asked at once"""
MOST = 1_000_000
"""template_ids of a whole history"""
LISTED = 64 << 20
"""Bytes of what else git says"""

_SET = {
    "GIT_ALLOW_PROTOCOL": "none",  # with these two a partial clone fetches nothing
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",  # what was committed, not what a ref says instead
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_KEPT = re.compile("PATH|HOME|USERPROFILE|XDG_CONFIG_HOME|SYSTEMROOT|TMPDIR|TEMP|TMP|GIT_CONFIG_[A-Z0-9_]+")
"""What of our environment git may see: no credential, and of git's own only where the user's settings are
(`safe.directory` may stand there)"""
_OFF = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "protocol.allow=never", "log.showSignature=false")
_ID = re.compile(rb'"template_id"\s*:\s*"([^"\\]+)"')
_LOCK = ".lock.json"
_ANY_LOCK = f":(top,glob)**/*{_LOCK}"
_EVERY = ("rev-list", "--all", "--full-history")
"""Side branches that a merge has undone, too"""
_CHANGES = ("diff-tree", "--stdin", "--root", "-m", "-r", "--raw", "--no-renames", "--no-commit-id")
"""Of each commit, against each of its parents"""
_AT_ONCE = Lock()


class GitError(Exception):
    """Git could not be asked; `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text


class NoCommitError(GitError):
    """There is no such commit here."""


def at(ref: str, path: Path) -> bytes | None:
    """A file as it stood at a commit, at most LIMIT + 1 bytes; None where it was not there.

    Raises NoCommitError, and GitError: no git, no repository, no such file can be in one, or no answer in
    SECONDS.
    """
    folder, below = _place(path)
    commit = _commit(ref, folder)
    with _Git(["cat-file", "--batch"], folder, feed=f"{commit}:./{below}\n".encode()) as git:
        kind, blob = _object(git)
    if kind not in ("blob", "missing"):
        raise GitError(Text("core.git-no-file", path=str(path), ref=ref))
    return blob


def committed(path: Path, ids: Collection[str]) -> frozenset[str] | None:
    """Which of these template_ids any committed lock holds, on any ref, in the whole history.

    Looked at are this file and all that is named `*.lock.json`: it may have had another name. None where
    that can't be told: no git, no repository, a shallow or partial clone, a file that was never committed,
    or no answer in SECONDS.
    """
    try:
        folder, below = _place(path)
        if not _is_whole(folder) or not _was_committed(folder, below):
            return None
        refs = _said(["show-ref", "--head", "--hash"], folder)
        with _AT_ONCE:  # a fleet asks for one lock after the other, and they lie in one folder
            ever = _ever(folder, None if below.endswith(_LOCK) else below, refs)
        return ever.intersection(ids)
    except (GitError, OSError):
        return None


def tracks(path: Path) -> bool:
    """Whether a file came with the checkout: git knows it by its name. False where git can't be asked."""
    try:
        folder, below = _place(path)
        return bool(_said(["ls-files", "-z", "--", f":(literal){below}"], folder))
    except (GitError, OSError):
        return False


def _place(path: Path) -> tuple[Path, str]:
    """The nearest folder that is there, and the file's path below it. Raises GitError."""
    try:
        whole = path.resolve()
        folder = next(one for one in whole.parents if one.is_dir())
    except (OSError, ValueError, RuntimeError, StopIteration):
        raise GitError(Text("core.git-no-folder", path=str(path))) from None
    below = whole.relative_to(folder).as_posix()
    if not below.isprintable():
        raise GitError(Text("core.git-odd-name", name=repr(below)))
    return folder, below


@lru_cache(maxsize=256)  # a fleet's locks lie in one folder; and one run speaks of one commit
def _commit(ref: str, folder: Path) -> str:
    """The commit that a ref is, as its object's name. Raises NoCommitError and GitError."""
    if not ref or ref.startswith("-") or not ref.isprintable():
        raise NoCommitError(Text("core.git-no-ref", ref=repr(ref)))
    if _said(["rev-parse", "--is-inside-work-tree"], folder) != b"true\n":
        raise GitError(Text("core.git-no-repository", folder=str(folder)))
    said = _said(["rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}"], folder)
    name = said.decode("ascii", "replace").strip()
    if not re.fullmatch("[0-9a-f]{40,64}", name):
        raise NoCommitError(Text("core.git-no-commit", ref=ref))
    return name


def _is_whole(folder: Path) -> bool:
    """Whether there is a repository, and not a shallow clone. (A partial one lacks what is asked for.)"""
    return _said(["rev-parse", "--is-shallow-repository"], folder).strip() == b"false"


def _was_committed(folder: Path, below: str) -> bool:
    return bool(_said([*_EVERY, "--max-count=1", "--", f":(literal){below}"], folder))


@lru_cache(maxsize=2)
def _ever(folder: Path, other: str | None, refs: bytes) -> frozenset[str]:
    """All template_ids that a lock ever held, or the file of `other` name; `refs` are all that there are.

    Raises GitError where not all of it is here, or it is more than MOST.
    """
    paths = [_ANY_LOCK] if other is None else [f":(literal){other}", _ANY_LOCK]
    commits = _said([*_EVERY, "--", *paths], folder)
    changes = _said([*_CHANGES, "--", *paths], folder, feed=commits).splitlines()
    objects = {line.split()[3] for line in changes if line.startswith(b":")}
    if not objects:
        raise GitError(Text("core.git-lost-commit"))
    return _held(folder, sorted(one.decode("ascii") for one in objects if one.strip(b"0")))


def _held(folder: Path, objects: Sequence[str]) -> frozenset[str]:
    """The template_ids in those of these objects that are files. Raises GitError."""
    found = set[str]()
    with _Git(["cat-file", "--batch"], folder, feed="".join(f"{one}\n" for one in objects).encode()) as git:
        for _ in objects:
            kind, blob = _object(git)
            if kind == "missing" or (blob is not None and len(blob) > LIMIT) or len(found) > MOST:
                raise GitError(Text("core.git-no-object"))
            found.update(one.decode("utf-8", "replace") for one in _ID.findall(blob or b""))
    return frozenset(found)


def _object(git: _Git) -> tuple[str, bytes | None]:
    """The next answer of `cat-file --batch`: the kind, and of a blob its bytes. Raises GitError."""
    head = git.line().decode("utf-8", "replace").rstrip("\n")
    if head.endswith(" missing"):
        return "missing", None
    _, _, facts = head.partition(" ")
    kind, _, size = facts.partition(" ")
    if not size.isdigit():
        raise GitError(Text("core.git-no-answer"))
    if int(size) > LIMIT and kind == "blob":
        return kind, git.read_exactly(LIMIT + 1)
    content = git.read_exactly(int(size) + 1)[:-1]
    return kind, content if kind == "blob" else None


def _said(words: Sequence[str], folder: Path, feed: bytes = b"") -> bytes:
    """All that git says; nothing where it ends with an error. Raises GitError."""
    with _Git(words, folder, feed=feed) as git:
        return git.all()


class _Git:
    """A git that is read from, and dead when its `with` ends. Raises GitError.

    `feed` is what it reads; it waits in a file, so that neither waits for the other.
    """

    def __init__(self, words: Sequence[str], folder: Path, *, feed: bytes = b"") -> None:
        program = shutil.which("git")
        if program is None or not Path(program).is_absolute():
            raise GitError(Text("core.git-missing"))
        options = [part for one in _OFF for part in ("-c", one)]
        try:
            with _fed(feed) as source:
                self._process = Popen(
                    [program, "--no-pager", *options, *words],
                    cwd=folder,
                    env=_environment(),
                    stdin=source,
                    stdout=PIPE,
                    stderr=DEVNULL,
                    start_new_session=True,
                )
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise GitError(Text("core.git-not-run", why=why)) from None
        assert self._process.stdout is not None
        self._output = self._process.stdout
        self._late = False
        self._timer = Timer(SECONDS, self._end_late)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> _Git:
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._kill()
        self._output.close()
        self._process.wait()

    def all(self) -> bytes:
        """What it says until it ends; nothing where that is in an error. Raises GitError where that is too
        much, or too late."""
        said = self._output.read(LISTED + 1)
        if len(said) > LISTED or self._late:
            raise GitError(Text("core.git-no-end"))
        return said if self._process.wait() == 0 else b""

    def line(self) -> bytes:
        """The next line."""
        return self._output.readline(1 << 16)

    def read_exactly(self, size: int) -> bytes:
        """So many bytes. Raises GitError where there are fewer."""
        said = self._output.read(size)
        if len(said) < size:
            raise GitError(Text("core.git-no-end"))
        return said

    def _end_late(self) -> None:
        self._late = True
        self._kill()

    def _kill(self) -> None:
        if self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


@contextmanager
def _fed(feed: bytes) -> Iterator[int | IO[bytes]]:
    if not feed:
        yield DEVNULL
        return
    with tempfile.TemporaryFile() as file:
        file.write(feed)
        file.seek(0)
        yield file


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if _KEPT.fullmatch(name)} | _SET
