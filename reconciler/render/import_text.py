"""What an import found, as text and as a document. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..app.importing.entries import Additions
from ..app.importing.match import LeftOut
from ..core.messages import words
from ..core.model import KeywordRef, Wanted
from ..core.text import counted, one_line
from ..plan.decision import Decision
from .plan_text import summary


def text(found: Additions, rest: Decision, file: str, lock: str, *, written: bool) -> str:
    """What the file says from now on and what it can't say, what the lock owns, and what a plan would say
    then; each line ended."""
    return "".join(f"{one_line(line)}\n" for line in _lines(found, rest, file, lock, written=written))


def _lines(found: Additions, rest: Decision, file: str, lock: str, *, written: bool) -> Iterator[str]:
    would = "" if written else "would be "
    yield f"{file}: {counted(len(found.added), 'template')} {would}added"
    for one in found.added:
        back = ", owned already" if one.name in found.restored else ""
        what = f"{one.id} {one.title or ''} [{_names(one)}]"
        yield f"  + {one.name}: {what} {found.entries[one.name].template_id}{back}"
    for left in found.left:
        yield f"  ! left out: {left.live.template_id} {left.live.title}{_content(left)}: {left.reason}"
    yield f"{lock}: {counted(len(rest.lock.templates), 'template')} {would}owned"
    yield summary(rest.plan) if written else f"then {summary(rest.plan)}"


def document(found: Additions, rest: Decision) -> dict[str, Any]:
    """The fields of `import --format json` that tell what was found, and what a plan would say then."""
    return {
        "added": [
            {
                "name": one.name,
                "template_id": found.entries[one.name].template_id,
                "id": one.id,
                "title": one.title,
                "keywords": [_keyword(ref) for ref in one.keywords],
                "owned_already": one.name in found.restored,
            }
            for one in found.added
        ],
        "left": [
            {"template_id": left.live.template_id, "title": left.live.title, "reason": words(left.reason)}
            for left in found.left
        ],
        "owned": {name: entry.template_id for name, entry in rest.lock.templates.items()},
        "changes_left": bool(rest.plan.actions),
    }


def _names(wanted: Wanted) -> str:
    return ", ".join(ref.name for ref in wanted.keywords)


def _content(left: LeftOut) -> str:
    return "" if left.live.names is None else f" [{', '.join(left.live.names)}]"


def _keyword(ref: KeywordRef) -> dict[str, Any]:
    return {"name": ref.name, "keyword_id": ref.keyword_id}
