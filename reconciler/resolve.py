"""Keyword names -> the library's ids: a title and a wish -> a Spec, or every problem with its place. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from .errors import InputError, Problem
from .model import KeywordRef, Library, LibraryKeyword, Lock, Place, Spec, Title, Wanted, bare
from .words import one_line
from .yamltree import quoted, spot

MAX_LISTED = 30
"""Keywords that a hint lists; a title can have 100 (wechat-api.md §1)."""


def resolve(
    wanted: Iterable[Wanted], catalogue: Mapping[str, Title], file: str, titles: Titles | None = None
) -> dict[str, Spec]:
    """The Spec of every wanted template whose title was looked up, by template name.

    `titles` is what else is known of titles that a look-up does not tell.

    Raises InputError with every unknown keyword, ambiguous keyword and wrong title of the file.
    """
    problems: list[Problem] = []
    known = titles or Titles()
    specs = {
        one.name: _spec(one, catalogue[one.id], known, file, problems)
        for one in wanted
        if one.id in catalogue
    }
    if problems:
        raise InputError(problems)
    return specs


def resolve_all(
    wanted: Iterable[Wanted],
    catalogue: Mapping[str, Title],
    answers: Mapping[str, str],
    file: str,
    *,
    example: str,
    titles: Titles | None = None,
) -> dict[str, Spec]:
    """The same, where `answers` are what was said of ids that the library does not have.

    Raises InputError with all that it does not know, in the file's order.
    """
    wanted = list(wanted)
    problems = [unknown_title(one, answers[one.id], file, example) for one in wanted if one.id in answers]
    try:
        specs = resolve(wanted, catalogue, file, titles)
    except InputError as error:
        problems.extend(error.problems)
    if problems:
        raise InputError(sorted(problems, key=_line))
    return specs


def check(wanted: Iterable[Wanted], library: Library, file: str, *, library_file: str, example: str) -> None:
    """Hold what is wanted against a pulled library, with no call at all.

    Raises InputError with all that it does not know, as a plan would.
    """
    wanted = list(wanted)
    catalogue = {title.id: title for title in library.titles}
    answers = {one.id: f"{library_file} has not" for one in wanted if one.id not in catalogue}
    resolve_all(wanted, catalogue, answers, file, example=example)


def _line(problem: Problem) -> tuple[int, int]:
    parts = (problem.where or "").rsplit(":", 2)
    return (int(parts[1]), int(parts[2])) if len(parts) == 3 else (0, 0)


def unknown_title(wanted: Wanted, answer: str, file: str, example: str) -> Problem:
    """The library has no such title, says the server: `answer` is what it said; `example` is a good id."""
    message = f"{wanted.name}: the library has no title {wanted.id} ({answer})"
    hint = f"ids look like {example}; the console shows them"
    return Problem("unknown title", message, spot(file, wanted.id_place), hint)


@dataclass(frozen=True)
class Titles:
    """What lock and account tell of titles, beside what a look-up tells."""

    own: Mapping[str, str] = field(default_factory=dict)
    """template name -> the title that its template has on the account"""
    recorded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """library id -> the titles that templates of it had when they were last seen"""


def recorded(lock: Lock) -> dict[str, tuple[str, ...]]:
    """The titles that the lock knows, by library id."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in (*lock.templates.values(), *(one.entry for one in lock.retired)):
        if entry.title.strip():
            found[entry.id] = (*found.get(entry.id, ()), entry.title.strip())
    return found


def _spec(wanted: Wanted, title: Title, titles: Titles, file: str, problems: list[Problem]) -> Spec:
    def note(code: str, message: str, place: Place | None, hint: str) -> None:
        problems.append(Problem(code, f"{wanted.name}: {message}", spot(file, place), hint))

    name = title.title or titles.own.get(wanted.name) or wanted.title or ""
    known = titles.recorded.get(wanted.id, ())
    if wanted.title is not None and wanted.title.strip() != name.strip():
        message = f"the title of {wanted.id} is {name}, not {wanted.title}"
        note(
            "wrong title",
            message,
            wanted.title_place,
            f"write `title: {quoted(name)}`, or correct the id",
        )
    if title.keywords is None:
        names = tuple(LibraryKeyword(None, bare(ref.name)) for ref in wanted.keywords)
        return Spec(title.id, name, names, recorded=known)
    chosen: list[LibraryKeyword] = []
    for ref in wanted.keywords:
        candidates = [keyword for keyword in title.keywords if bare(keyword.name) == bare(ref.name)]
        if ref.keyword_id is not None:
            candidates = [keyword for keyword in candidates if keyword.keyword_id == ref.keyword_id]
        if len(candidates) == 1:
            chosen.append(candidates[0])
        elif candidates:
            note("ambiguous keyword", *_ambiguous(ref, title, candidates))
        else:
            note("unknown keyword", *_unknown(ref, title))
    return Spec(title.id, name, tuple(chosen), recorded=known)


def _ambiguous(
    ref: KeywordRef, title: Title, candidates: Iterable[LibraryKeyword]
) -> tuple[str, Place | None, str]:
    message = f"{_called(title)} has the keyword {ref.name} more than once"
    return message, ref.place, _choose(candidates)


def _unknown(ref: KeywordRef, title: Title) -> tuple[str, Place | None, str]:
    keywords = title.keywords or ()
    names = [bare(keyword.name) for keyword in keywords]
    close = get_close_matches(bare(ref.name), names, 1, cutoff=0.5)
    run_on = next((char for char in "，、；" if char in ref.name), None)
    with_id = "" if ref.keyword_id is None else f" with keyword_id {ref.keyword_id}"
    message = f"{_called(title)} has no keyword {ref.name}{with_id}"
    if ref.keyword_id is not None and bare(ref.name) in names:
        same = [keyword for keyword in keywords if bare(keyword.name) == bare(ref.name)]
        return message, ref.place, _choose(same)
    if run_on is not None and all(bare(part) in names for part in ref.name.split(run_on)):
        return message, ref.place, f"these are several: separate them with , and not with {run_on}"
    more = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    listed = (
        (f"did you mean {close[0]}? " if close else "") + "its keywords: " + ", ".join(names[:MAX_LISTED])
    )
    return message, ref.place, one_line(listed + more)


def _called(title: Title) -> str:
    return f"{title.id} {title.title}" if title.title else title.id


def _choose(candidates: Iterable[LibraryKeyword]) -> str:
    return "write one of:\n" + "\n".join(f"      {pasteable(keyword)}" for keyword in candidates)


def pasteable(keyword: LibraryKeyword) -> str:
    """A keyword as YAML that names it beyond doubt, with the library's example."""
    example = f"  # {one_line(keyword.example)}" if keyword.example else ""
    return f"{{name: {quoted(keyword.name)}, keyword_id: {keyword.keyword_id}}}{example}"
