"""A file that was read -> the report on it: which rules are asked, and which can't be. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..core.model import Desired, Library, Proposal
from ..desired.yaml_nodes import Comment
from ..wechat.dialects import DIALECTS
from . import silence, subjects
from .findings import Finding, Report
from .rules import groups, keywords, titles
from .subjects import Subject
from .vocabulary import Vocabulary

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
    note = "not compared with the titles of the library (1.1, 1.2): name a pulled one with --library"
    return silence.apply(Report(file, found, (note,), frozenset({"1.1", "1.2"})), comments)


def _of_names(entries: Iterable[Subject], words: Vocabulary) -> Iterator[Finding]:
    for entry in entries:
        yield from titles.each(entry, words)
        yield from keywords.check(entry, words)


def _gaps(
    desired: Desired, entries: Sequence[Subject], library: Library | None
) -> tuple[tuple[str, ...], frozenset[str]]:
    """What could not be checked: in words, and as the rules' numbers."""
    untitled = [one.called for one in entries if one.title is None]
    bare = [one.called for one in entries if any(word.example is None for word in one.keywords)]
    known = {one.name for one in entries if one.type is not None}
    untyped = [one.name for one in desired.groups if not known.issuperset(one.templates)]
    hint = "the library does not tell them: see `validate --library`"
    if not DIALECTS[desired.dialect].LIMITS.listed:
        hint = "the library of service accounts can't be listed"
    elif library is None:
        hint = "name a pulled library with --library"
    told = (
        (untitled, _TITLES, f"the titles of {_few(untitled)} (1.1 to 1.6): write title:, or {hint}"),
        (bare, ("2.4",), f"the examples of keywords of {_few(bare)} (2.4): {hint}"),
        (untyped, ("3.3",), f"the types in the groups {_few(untyped)} (3.3): {hint}"),
    )
    notes = tuple(f"not checked: {note}" for names, _, note in told if names)
    return notes, frozenset(number for names, numbers, _ in told if names for number in numbers)


def _few(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
