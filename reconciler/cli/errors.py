"""Errors -> words and exit codes, in one place."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import click

from ..app.signals import asked, unheard
from ..core import bugs
from ..core.errors import INTERRUPTED, Exit, OutputError, Problem, ReconcilerError
from ..core.messages import Text
from .console import Console, silence
from .document import open_page
from .options import command_of

READER_LEFT = 141
"""What a shell calls a program that SIGPIPE has ended: `plan | head -1`"""


def guarded(argv: Sequence[str], environment: Mapping[str, str], call: Callable[[], Any]) -> int:
    """Call; tell what goes wrong as text or JSON; return the exit code."""
    open_page(command_of(argv))
    console = Console(json=wants_json(argv, environment))
    try:
        code = _told(console, argv, call)
        sys.stdout.flush()
    except (OutputError, OSError) as error:
        silence(sys.stdout)
        told = error if isinstance(error, OutputError) else OutputError(error)
        if told.reader_left and told.exit_code == Exit.ERROR and not _changes(argv):
            return READER_LEFT
        code = told.exit_code
        console.say(Text("cli.output-unwritten", why=str(told), done=told.done))
    return code


def _changes(argv: Sequence[str]) -> bool:
    """Whether this command changes something: then it says that it has not."""
    return command_of(argv) in ("apply", "import", "send") and "--dry-run" not in argv


def without_stdout() -> int:
    """stdout was closed before the run: better to say so now than after something was changed."""
    Console().say(Text("cli.no-stdout"))
    return Exit.ERROR


def _told(console: Console, argv: Sequence[str], call: Callable[[], Any]) -> int:
    try:
        return int(call() or 0)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.UsageError as error:
        console.errors([_usage(error)], Exit.USAGE)
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        return _interrupted(console)
    except ReconcilerError as error:
        console.errors([_with_help(one, argv) for one in error.problems], Exit(error.exit_code))
        return error.exit_code
    except OutputError:
        raise
    except SystemExit:  # click's own, for a pipe that is read no more
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from None
    except BaseException as error:
        return _last_door(console, error)


def _of_a_path(console: Console, error: OSError) -> int:
    """A name that the system does not take (too long, in a folder that nobody may look into) is no full
    disk under stdout. (An error of a stream has no name.)"""
    if error.filename is None:
        raise error
    where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else None
    text = Text("cli.unusable-path", why=error.strerror or str(error))
    console.errors([Problem("path", text, where, None)], Exit.ERROR)
    return Exit.ERROR


def _last_door(console: Console, error: BaseException) -> int:
    """Tell what nobody has foreseen. (An interruption in the making of a class comes as another error.)"""
    if isinstance(error, OSError):
        return _of_a_path(console, error)
    if asked():
        return _interrupted(console)
    console.errors([bugs.problem(error)], Exit.ERROR)
    return Exit.ERROR


def _interrupted(console: Console) -> int:
    with unheard(), suppress(OutputError):  # a terminal that has gone away takes no words
        console.errors([INTERRUPTED], Exit.INTERRUPTED)
    return Exit.INTERRUPTED


def _usage(error: click.UsageError) -> Problem:
    command = error.ctx.command_path if error.ctx else "reconciler"
    return Problem("usage", error.format_message(), None, Text("cli.see-help", command=command))


def _with_help(problem: Problem, argv: Sequence[str]) -> Problem:
    """A wrong use that the application has found; if that says not what to do, with where to read it."""
    if problem.code != "usage" or problem.advice is not None:
        return problem
    return problem._replace(advice=Text("cli.see-help", command=f"reconciler {command_of(argv)}"))


def wants_json(argv: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether errors are to be JSON. Asked before click has parsed, since parsing may be what fails."""
    wanted = environment.get("RECONCILER_FORMAT", "")
    for index, word in enumerate(argv):
        if word == "--":
            break
        if word == "--format" and index + 1 < len(argv):
            wanted = argv[index + 1]
        elif word.startswith("--format="):
            wanted = word.partition("=")[2]
    return wanted == "json"
