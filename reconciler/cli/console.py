"""All output of the command line. Its rules:

stdout carries the result and nothing else; with JSON exactly one document. Everything else goes to stderr.
Lower case, no final period. A hint is the next thing to do. No colour but on a terminal, nor with NO_COLOR.
Text that came from a server or a file can't move the cursor, begin a line, or command a CI that shows it:
control characters and the marks of commands are shown, not sent, and lines begin with words of ours.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from ..app.signals import whole
from ..core.errors import MORE, Exit, OutputError, Problem, count_of
from ..core.messages import Said, Text, words
from ..core.text import harmless, one_line, visible
from .document import current

_COLOURS = {"+": "32", "-": "31", ">": "36", "!": "33"}


def open_streams() -> bool:
    """Make the standard streams fit to be used whatever the caller did to them; False if stdout was closed.

    A closed descriptor is put on the null device: the next file that is opened would get its number, and
    with it what is meant for a person.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    closed = sys.stdout is None
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(
                sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False)
            )
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        # Titles are Chinese whatever the locale says, and no name may end a run that has changed something.
        getattr(stream, "reconfigure", lambda **_: None)(encoding="utf-8", errors="backslashreplace")
    return not closed


class Console:
    """Standard output and standard error of a command."""

    _progress = False
    """A line of progress stands on the terminal: there is one, whoever speaks next"""

    def __init__(self, *, json: bool = False, verbose: bool = False) -> None:
        self.json = json
        self.verbose = verbose
        self.page = current()

    def result(self, text: str) -> None:
        """The result, in text format; with JSON nothing."""
        if not self.json:
            self._clear()
            self._write(self._coloured(visible(text)))

    def document(self, document: Mapping[str, Any]) -> None:
        """The one JSON document, with `errors` if it has none; in text format nothing."""
        if self.json:
            import json

            made = {"errors": [], **document}
            made["errors"] = made.pop("errors")  # they stand last, where a person looks
            self.stream([harmless(json.dumps(made, ensure_ascii=False, indent=2)) + "\n"])

    def stream(self, parts: Iterable[str]) -> None:
        """The one JSON document, piece by piece; what stands in it is harmless already."""
        self._clear()
        with whole():
            for part in parts:
                self.page.begun = True
                self._write(part)

    @property
    def moves(self) -> bool:
        """Whether progress is shown."""
        return _moves(sys.stderr)

    @staticmethod
    def _write(text: str) -> None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError as error:
            raise OutputError(error) from None

    def errors(self, problems: Sequence[Problem], code: Exit) -> None:
        """What ended the run: on stderr as text, or on stdout as the one JSON document, if none is there."""
        if self.json and not self.page.begun:
            self.document(self.page.failed(problems, code))
        else:
            self.problems(problems)

    def problems(self, problems: Sequence[Problem]) -> None:
        """What went wrong, as text on stderr; nothing, if nothing did."""
        if not problems:
            return
        for problem, following in zip(problems, [*problems[1:], None], strict=True):
            if problem.code == MORE:
                self.say(problem.message)
                continue
            # No word of the catalogue's: of a bug, an interpreter that is ending must be able to tell, too.
            self.say(f"{problem.where or 'error'}: {problem.message}")
            if problem.hint and (following is None or following.hint != problem.hint):
                self._lines(f"    {problem.hint}")
        if len(problems) > 1:
            self.say(Text("cli.problems", problems=sum(map(count_of, problems))))

    def problem(self, problem: Problem) -> None:
        """One thing that went wrong, as text on stderr."""
        self.problems([problem])

    def say(self, text: Said) -> None:
        """A line for the person at the terminal."""
        self._lines(one_line(words(text)))

    def warn(self, text: Said) -> None:
        """A warning for the person at the terminal."""
        self.say(Text("cli.warning", text=text))

    def show(self, text: str) -> None:
        """The result, for the person at the terminal, where stdout carries JSON."""
        if self.json:
            self._lines(text.rstrip("\n"))

    def _lines(self, text: str) -> None:
        self._clear()
        _tell(visible(text) + "\n")

    def confirmed(self, question: Text) -> bool:
        """Ask the person at the terminal. All but a yes is a no, the end of the input too."""
        return self.asked(Text("cli.yes-or-no", question=question)).lower() in ("y", "yes")

    @property
    def answers(self) -> bool:
        """Whether a person is there to be asked, and to see what the question is about."""
        return not self.json and sys.stdin.isatty()

    def asked(self, question: Said) -> str:
        """What the person at the terminal answers; nothing at the end of the input."""
        self._clear()
        _tell(visible(words(question)))
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):
            self.say("")
        return answer.strip()

    def detail(self, text: Said) -> None:
        """A line with --verbose."""
        if self.verbose:
            self.say(text)

    def progress(self, text: Said) -> None:
        """What is going on right now; on a terminal only, each text in the place of the last."""
        if _moves(sys.stderr) and not self.verbose:
            _tell(f"\r\x1b[K{visible(words(text))}")
            Console._progress = True

    def _clear(self) -> None:
        if Console._progress and self.moves:
            _tell("\r\x1b[K")
        Console._progress = False

    @staticmethod
    def _coloured(text: str) -> str:
        if not _moves(sys.stdout) or os.environ.get("NO_COLOR"):
            return text
        lines = text.split("\n")
        return "\n".join(
            f"\x1b[{colour}m{line}\x1b[0m" if (colour := _COLOURS.get(line.strip()[:1])) else line
            for line in lines
        )


def _tell(text: str) -> None:
    """Write to stderr. Where that can't be written nobody is told, and the run goes on all the same."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Point a stream that takes nothing at the null device. Python would flush it at exit, and fail."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _moves(stream: TextIO) -> bool:
    """Whether this is a terminal that understands escapes."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"
