"""A file that was read -> the report on it: which rules are asked, and which can't be. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..core.messages import Text, some
from ..core.model import Desired, Library, Proposal
from ..desired.yaml_nodes import Comment
from ..wechat.dialects.limits import LIMITS
from . import silence, subjects
from .findings import Finding, Report
from .rules import groups, keywords, titles
from .subjects import Subject
from .vocabulary import Vocabulary

_MOST = 5
"""Names that a note has"""
_TITLES = ("1.1", "1.2", "1.3", "1.4", "1.5", "1.6")


def templates(
    desired: Desired, library: Library | None, comments: Iterable[Comment], file: str, words: Vocabulary
) -> Report:
    """The report on templates.yaml; the library, if there is one, tells titles, examples and types."""
    entries = subjects.of_templates(desired.templates, library)
    by_name = {one.called: one for one in entries}
    found = [*_of_names(entries, words), *titles.among(entries, (), words)]
    found += [finding for group in desired.groups for finding in groups.check(group, by_name)]
    notes, unchecked = _gaps(desired, entries, library)
    return silence.apply(Report(file, tuple(found), notes, unchecked), comments)


def proposals(
    proposed: Iterable[Proposal],
    library: Library | None,
    comments: Iterable[Comment],
    file: str,
    words: Vocabulary,
) -> Report:
    """The report on proposals.yaml; the library, if there is one, has titles not to be repeated."""
    entries = subjects.of_proposals(proposed)
    existing = () if library is None else library.titles
    found = (*_of_names(entries, words), *titles.among(entries, existing, words))
    if library is not None:
        return silence.apply(Report(file, found), comments)
    note = Text("lint.not-compared")
    return silence.apply(Report(file, found, (note,), frozenset({"1.1", "1.2"})), comments)


def _of_names(entries: Iterable[Subject], words: Vocabulary) -> Iterator[Finding]:
    for entry in entries:
        yield from titles.each(entry, words)
        yield from keywords.check(entry, words)


def _gaps(
    desired: Desired, entries: Sequence[Subject], library: Library | None
) -> tuple[tuple[Text, ...], frozenset[str]]:
    """What could not be checked: as notes, and as the rules' numbers."""
    untitled = [one.called for one in entries if one.title is None]
    bare = [one.called for one in entries if any(word.example is None for word in one.keywords)]
    known = {one.name for one in entries if one.type is not None}
    untyped = [one.name for one in desired.groups if not known.issuperset(one.templates)]
    advice = Text("lint.not-told")
    if not LIMITS[desired.dialect].listed:
        advice = Text("lint.not-listed")
    elif library is None:
        advice = Text("lint.name-library")
    gaps = (
        (untitled, _TITLES, Text("lint.titles-unchecked", names=some(untitled, _MOST), advice=advice)),
        (bare, ("2.4",), Text("lint.examples-unchecked", names=some(bare, _MOST), advice=advice)),
        (untyped, ("3.3",), Text("lint.types-unchecked", names=some(untyped, _MOST), advice=advice)),
    )
    notes = tuple(note for names, _, note in gaps if names)
    return notes, frozenset(number for names, numbers, _ in gaps if names for number in numbers)
