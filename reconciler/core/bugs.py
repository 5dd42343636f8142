"""Bugs of ours as problems, told by their type and place. Never by their text: it may hold a token.

An error that is foreseen is a ReconcilerError, and no bug. The words are made here, not in the
catalogue, which can't be loaded any more where Python is at its end.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .. import __version__
from .errors import Problem

if TYPE_CHECKING:
    from types import TracebackType

PACKAGE = __name__.partition(".")[0]
HINT = "report this, and what the command was (without secrets): the rest is not shown, it may hold some"


def problem(error: BaseException) -> Problem:
    """Describe a bug as a problem: what, where in our code, and with which versions."""
    cause = leaf(error)
    python = ".".join(map(str, sys.version_info[:3]))
    where = place(cause.__traceback__) or place(error.__traceback__)
    at = f" at {where}" if where else ""
    message = f"a bug: {kind(type(cause))}{at} (reconciler {__version__}, Python {python}, {sys.platform})"
    return Problem("bug", message, None, HINT)


def leaf(error: BaseException) -> BaseException:
    """The first of the exceptions that a task group puts together."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def kind(of: type[BaseException]) -> str:
    """The name of a type, with its module's where it is not Python's own."""
    return of.__qualname__ if of.__module__ == "builtins" else f"{of.__module__}.{of.__qualname__}"


def place(trace: TracebackType | None) -> str | None:
    """File and line of the innermost of our own lines that it came through."""
    found = None
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0] == PACKAGE:
            # As text: pathlib would take 3 ms of every run.
            file = trace.tb_frame.f_code.co_filename.replace("\\", "/")
            _, _, below = file.rpartition(f"/{PACKAGE}/")
            found = f"{PACKAGE}/{below}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
