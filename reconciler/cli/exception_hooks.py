"""Python's own hooks for exceptions that nobody catches. A traceback would show an error's text."""

from __future__ import annotations

import sys
import threading

from ..core import bugs


def keep_python_quiet() -> None:
    """Tell an exception that nobody catches (in a thread, a destructor, at the end) as a bug."""
    sys.excepthook = lambda _kind, error, _trace: _say(error)
    sys.unraisablehook = lambda unraisable: _say(unraisable.exc_value)
    threading.excepthook = lambda hooked: _say(hooked.exc_value)


def _say(error: BaseException | None) -> None:
    from .console import Console

    if error is not None and not isinstance(error, KeyboardInterrupt | SystemExit):
        Console().problem(bugs.problem(error))
