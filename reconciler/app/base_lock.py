"""The lock as it stood at the commit of `--base REF`, and a decision held against it."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from ..core import git
from ..core.errors import InputError
from ..core.messages import Text
from ..core.model import Caveat
from ..lock.file import parse_lock
from ..plan import edited_lock as edited
from ..plan.decision import Decision
from ..plan.edited_lock import Base
from ..plan.guards import Permits


def held_against(ref: str, path: Path, decision: Decision, permits: Permits) -> Decision:
    """Add to a decision what the lock's edits since a commit say of it; a warning where git can't tell.

    It runs git, and takes its time.
    """
    base = _read(ref, path)
    if isinstance(base, Text):
        return _warned(decision, [Caveat("no base", Text("app.no-base", ref=ref, why=base))])
    refusals = edited.refused(base, decision, permits)
    return _warned(decision, edited.told(base, decision.lock, decision.desired)).refusing(*refusals)


def _warned(decision: Decision, caveats: list[Caveat] | tuple[Caveat, ...]) -> Decision:
    plan = replace(decision.plan, warnings=(*decision.plan.warnings, *caveats))
    return replace(decision, plan=plan)


def _read(ref: str, path: Path) -> Base | Text:
    """Read the base; or why there is none."""
    try:
        data = git.at(ref, path)
        return Base(ref, None if data is None else parse_lock(data, str(path)), str(path))
    except git.GitError as error:
        return error.text
    except InputError as error:
        return Text("app.unreadable-base", why=error.problems[0].text)
