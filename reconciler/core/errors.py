"""One base error, and the exit codes as a table.

An error says what, where and what to do next; `code` is for programs, `message` and `hint` for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

from .messages import Said, Text, words
from .text import one_line


class Exit(IntEnum):
    """The exit codes of the contract."""

    OK = 0
    ERROR = 1
    """an error, or refused by the user; neither account nor lock was changed"""
    CHANGES = 2
    """only from `plan --detailed-exitcode`"""
    REFUSED = 3
    """refused by a guard; nothing was changed"""
    INCOMPLETE = 4
    """failed after account or lock was changed, or it is not known whether the account was"""
    USAGE = 64
    """wrong usage of the command line"""
    INTERRUPTED = 130


class Problem(NamedTuple):
    """One thing that is wrong, as a value. `where` is file:line:column, or None; `advice` what to do next."""

    code: str
    text: Said
    where: str | None = None
    advice: Said | None = None

    @property
    def message(self) -> str:
        """What is wrong, in words."""
        return words(self.text)

    @property
    def hint(self) -> str | None:
        """What to do next, in words."""
        return None if self.advice is None else words(self.advice)


MAX_TOLD = 100
"""Problems of a file that are told (contract, "templates.yaml"): a file can have one a line"""
MAX_NOTED = 10_000
"""Problems of a file that are kept, to be put into its order"""
MORE = "more"
"""The code of what stands for all further problems"""


def more(count: int) -> Problem:
    """A problem that stands for `count` others that are not told.

    >>> more(3).message, count_of(more(3))
    ('and 3 more', 3)
    """
    return Problem(MORE, Text("core.more", count=count))


def count_of(problem: Problem) -> int:
    """The number of problems that one stands for."""
    count = problem.text.fields["count"] if isinstance(problem.text, Text) and problem.code == MORE else 1
    return count if isinstance(count, int) else 1


def told(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Cut a list of problems to those that are told, and one that stands for the rest, if there is a rest."""
    every = list(problems)
    each = [one for one in every if one.code != MORE]
    rest = sum(count_of(one) for one in every if one.code == MORE) + max(0, len(each) - MAX_TOLD)
    return (*each[:MAX_TOLD], more(rest)) if rest else tuple(each)


class Problems(list[Problem]):
    """What is wrong with a file, as it is found: of a great many the first, and how many follow."""

    def append(self, problem: Problem) -> None:
        """Add a problem."""
        if len(self) < MAX_NOTED:
            super().append(problem)
        elif self[-1].code == MORE:
            self[-1] = more(count_of(self[-1]) + 1)
        else:
            super().append(more(1))


INTERRUPTED = Problem("interrupted", Text("core.interrupted"))


class ReconcilerError(Exception):
    """The base of all errors that a user may see: one problem or several, and an exit code."""

    exit_code = Exit.ERROR

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__()

    def __str__(self) -> str:
        return "; ".join(problem.message for problem in self.problems)


class InputError(ReconcilerError):
    """A file that the user or an earlier run wrote can't be used. Of many problems the first are told."""

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        super().__init__(problems if isinstance(problems, Problem) else told(problems))


class UsageError(ReconcilerError):
    """The command line asks for something that can't be."""

    exit_code = Exit.USAGE

    @classmethod
    def of(cls, text: Said) -> UsageError:
        """One mistake, in this text. (The command line says where its options are explained.)"""
        return cls(Problem("usage", text))


class RefusedError(ReconcilerError):
    """A guard refused; nothing was written."""

    exit_code = Exit.REFUSED


class Reason(StrEnum):
    """Why WeChat refuses a call: what an errcode means for those who must decide what to do."""

    FULL = "full"
    """the account holds as many templates as it may"""
    BUSY = "busy"
    """the server can't answer for the moment"""
    TOKEN = "token"
    """the token is refused, or the credentials that give one"""
    ADDRESS = "address"
    """this machine's address is not on an allow list (not `permission`: it is mended elsewhere)"""
    PERMISSION = "permission"
    """the account is of another kind, or may not use the API"""
    BANNED = "banned"
    """account, template or API is blocked for violations (not `permission`: the kind of account is right)"""
    QUOTA = "quota"
    """too many calls in this minute or on this day"""
    GONE = "gone"
    """there is no template of this id"""
    CONTENT = "content"
    """what the call asks for or says is refused: a title, a keyword, a value, a recipient"""
    RETIRED = "retired"
    """the server has no such call, or not any more"""
    MALFORMED = "malformed"
    """the body did not arrive as it was written (not `content`: it says nothing about a title)"""
    UNKNOWN = "unknown"
    """a code that is not in the table"""


_OF_WHAT_WAS_ASKED = frozenset({Reason.FULL, Reason.GONE, Reason.CONTENT, Reason.UNKNOWN})


class CallError(ReconcilerError):
    """A call to WeChat failed. `executed` says whether the server may have carried it out.

    `executed` is False when the server's own answer says no, or when nothing was sent; None when nobody
    knows (a connection that broke, a reply that can't be read). `passing`: the same call may go well in a
    moment. `reason`: why WeChat refuses it; None where the failure is no answer of WeChat's. `errcode` is
    for telling people, and `document` is what a refusal says beside it.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        reason: Reason | None = None,
        errcode: int | None = None,
        executed: bool | None = False,
        passing: bool = False,
        document: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(problem)
        self.document = document or {}
        self.reason = reason
        self.errcode = errcode
        self.executed = executed
        self.passing = passing

    @property
    def is_about_what_was_asked(self) -> bool:
        """Whether WeChat refuses just what was asked for, not the account, the token or the moment.

        Of a look-up it means that the title is unknown: no code is published for it (wechat-api.md §1).
        """
        return self.reason in _OF_WHAT_WAS_ASKED

    def reworded(self, *, text: Said | None = None, advice: Said | None = None) -> CallError:
        """The same failure with another `text` or `advice`. (Line breaks in words are a server's.)"""
        problem = self.problems[0]
        if text is not None:
            problem = problem._replace(text=_in_one_line(text))
        if advice is not None:
            problem = problem._replace(advice=_in_one_line(advice))
        return self._alike(problem, executed=self.executed, passing=self.passing)

    def before_the_call(self) -> CallError:
        """The same failure, of a call that waited for this one and was therefore not carried out."""
        return self._alike(self.problems[0], executed=False, passing=False)

    def _alike(self, problem: Problem, *, executed: bool | None, passing: bool) -> CallError:
        return CallError(
            problem, reason=self.reason, errcode=self.errcode, executed=executed, passing=passing
        )


def _in_one_line(said: Said) -> Said:
    return one_line(said) if isinstance(said, str) else said.with_words(one_line)


def joined(failures: Sequence[CallError]) -> CallError:
    """Several failures of one step as one error, which tells the problems of all."""
    if len(failures) == 1:
        return failures[0]
    executed = None if any(failure.executed is None for failure in failures) else False
    error = failures[0]._alike(failures[0].problems[0], executed=executed, passing=False)
    error.problems = tuple(sorted((one for failure in failures for one in failure.problems), key=_in_words))
    return error


def _in_words(problem: Problem) -> tuple[str, ...]:
    return (problem.code, problem.message, problem.where or "", problem.hint or "")


class StoppedError(ReconcilerError):
    """The user or the system asked the run to end; what was under way has been finished."""

    exit_code = Exit.INTERRUPTED


class IncompleteError(ReconcilerError):
    """An apply failed after it had changed, or may have changed, the account or the lock."""

    exit_code = Exit.INCOMPLETE


class OutputError(Exception):
    """stdout can't take the result: it was closed, or its disk is full. `done` is what happened before."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(cause.strerror or str(cause))
        self.exit_code = Exit.ERROR
        self.done: Said = Text("core.nothing-changed")
        self.reader_left = isinstance(cause, BrokenPipeError)

    def after(self, done: Said) -> OutputError:
        """The same error, of a run that has changed something."""
        self.exit_code, self.done = Exit.INCOMPLETE, done
        return self
