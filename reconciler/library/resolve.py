"""Keyword names -> the library's ids: a title and a wish -> a Spec, or every problem with its place. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from ..core.close_matches import Guess
from ..core.errors import InputError, Problem, Problems
from ..core.invisible import plain
from ..core.messages import Said, Text, some
from ..core.model import (
    KeywordRef,
    Library,
    LibraryKeyword,
    Lock,
    Place,
    Spec,
    Title,
    Wanted,
    alike,
    bare,
)
from ..core.text import one_line, short
from ..desired.yaml_nodes import quoted, spot

MAX_LISTED = 30
"""Keywords that a hint lists; a title can have 100 (wechat-api.md §1)."""


def resolve(
    wanted: Iterable[Wanted], catalogue: Mapping[str, Title], file: str, titles: Titles | None = None
) -> dict[str, Spec]:
    """The Spec of every wanted template whose title was looked up, by template name.

    `titles` is what else is known of titles that a look-up does not tell.

    Raises InputError with every unknown keyword, ambiguous keyword and wrong title of the file.
    """
    resolver = _Resolver(file, titles or Titles())
    specs = {one.name: resolver.spec(one, catalogue[one.id]) for one in wanted if one.id in catalogue}
    if resolver.problems:
        raise InputError(resolver.problems)
    return specs


def resolve_all(
    wanted: Iterable[Wanted],
    catalogue: Mapping[str, Title],
    answers: Mapping[str, Said],
    file: str,
    *,
    hint: Said,
    titles: Titles | None = None,
) -> dict[str, Spec]:
    """The same, where `answers` are what was said of ids that the library does not have.

    Raises InputError with all that it does not know, in the file's order.
    """
    wanted = list(wanted)
    problems = [unknown_title(one, answers[one.id], file, hint) for one in wanted if one.id in answers]
    try:
        specs = resolve(wanted, catalogue, file, titles)
    except InputError as error:
        problems.extend(error.problems)
    if problems:
        raise InputError(sorted(problems, key=_line))
    return specs


def check(wanted: Iterable[Wanted], library: Library, file: str, *, library_file: str, hint: Said) -> None:
    """Hold what is wanted against a pulled library, with no call at all.

    Raises InputError with all that it does not know, as a plan would.
    """
    wanted = list(wanted)
    catalogue = {title.id: title for title in library.titles}
    answer = Text("library.not-in-file", file=library_file)
    answers = {one.id: answer for one in wanted if one.id not in catalogue}
    resolve_all(wanted, catalogue, answers, file, hint=hint)


def _line(problem: Problem) -> tuple[int, int]:
    parts = (problem.where or "").rsplit(":", 2)
    return (int(parts[1]), int(parts[2])) if len(parts) == 3 else (0, 0)


def unknown_title(wanted: Wanted, answer: Said, file: str, hint: Said) -> Problem:
    """The library has no such title, says the server: `answer` is what it said; `hint` leads to a good id."""
    text = Text("library.unknown-title", template=wanted.name, id=short(wanted.id), answer=answer)
    return Problem("unknown title", text, spot(file, wanted.id_place), hint)


class Titles(Struct, frozen=True):
    """What lock and account tell of titles, beside what a look-up tells."""

    own: Mapping[str, str] = field(default_factory=dict)
    """template name -> the title that its template has on the account"""
    recorded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """library id -> the titles that templates of it had when they were last seen"""


def recorded(lock: Lock) -> dict[str, tuple[str, ...]]:
    """The titles that the lock knows, by library id."""
    found: dict[str, dict[str, None]] = {}
    for entry in (*lock.templates.values(), *(one.entry for one in lock.retired)):
        if entry.title.strip():
            found.setdefault(entry.id, {})[entry.title.strip()] = None
    return {id_: tuple(titles) for id_, titles in found.items()}


class _Resolver:
    """Wishes and titles -> Specs. What is wrong is noted; a Spec stands in for it."""

    def __init__(self, file: str, titles: Titles) -> None:
        self._file = file
        self._titles = titles
        self._guess = Guess()
        self._offers: dict[str, dict[str, list[LibraryKeyword]]] = {}
        self.problems = Problems()

    def spec(self, wanted: Wanted, title: Title) -> Spec:
        """Make the Spec of a template: what an add of it sends."""
        name = title.title or self._titles.own.get(wanted.name) or wanted.title or ""
        known = self._titles.recorded.get(wanted.id, ())
        scene = wanted.scene or name or wanted.name
        self._check_title(wanted, name)
        if title.keywords is None:
            names = tuple(LibraryKeyword(None, bare(ref.name)) for ref in wanted.keywords)
            return Spec(title.id, name, names, scene, known)
        chosen = (self._chosen(wanted, ref, title) for ref in wanted.keywords)
        return Spec(title.id, name, tuple(one for one in chosen if one is not None), scene, known)

    def _check_title(self, wanted: Wanted, name: str) -> None:
        if wanted.title is not None and plain(wanted.title) != plain(name):
            text = Text(
                "library.wrong-title",
                template=wanted.name,
                id=short(wanted.id),
                title=short(name),
                written=short(wanted.title),
            )
            advice = Text("library.correct-id")
            if name == short(name):
                advice = Text("library.write-title", title=quoted(plain(name)))
            self._note("wrong title", text, wanted.title_place, advice)

    def _chosen(self, wanted: Wanted, ref: KeywordRef, title: Title) -> LibraryKeyword | None:
        candidates = self._offered(title).get(alike(ref.name), [])
        if ref.keyword_id is not None:
            candidates = [keyword for keyword in candidates if keyword.keyword_id == ref.keyword_id]
        if len(candidates) == 1:
            return candidates[0]
        named = Text("library.title-of", template=wanted.name, title=_called(title))
        if candidates:
            text = Text("library.ambiguous-keyword", of=named, keyword=short(ref.name))
            self._note("ambiguous keyword", text, ref.place, _choose(candidates))
            return None
        text = Text("library.unknown-keyword", of=named, keyword=short(ref.name))
        if ref.keyword_id is not None:
            text = Text("library.unknown-id", of=named, keyword=short(ref.name), keyword_id=ref.keyword_id)
        self._note("unknown keyword", text, ref.place, self._instead(ref, title))
        return None

    def _offered(self, title: Title) -> dict[str, list[LibraryKeyword]]:
        """A title's keywords by their names as YAML may write them, in the library's order."""
        if title.id not in self._offers:
            offers = self._offers.setdefault(title.id, {})
            for keyword in title.keywords or ():
                offers.setdefault(alike(keyword.name), []).append(keyword)
        return self._offers[title.id]

    def _instead(self, ref: KeywordRef, title: Title) -> Text:
        """What to do about a keyword that the title has not."""
        offered = self._offered(title)
        if ref.keyword_id is not None and alike(ref.name) in offered:
            return _choose(offered[alike(ref.name)])
        run_on = next((char for char in "，、；" if char in ref.name), None)
        if run_on is not None and all(alike(part) in offered for part in ref.name.split(run_on)):
            return Text("library.several-keywords", separator=run_on)
        return self._names(ref, title)

    def _names(self, ref: KeywordRef, title: Title) -> Text:
        names = [bare(keyword.name) for keyword in title.keywords or ()]
        close = self._guess.close(bare(ref.name), names, cutoff=0.5)
        offered = _keywords(names)
        return offered if close is None else Text("library.did-you-mean", name=one_line(close), known=offered)

    def _note(self, code: str, text: Text, place: Place | None, advice: Text) -> None:
        self.problems.append(Problem(code, text, spot(self._file, place), advice))


def _keywords(names: Sequence[str]) -> Text:
    return Text("library.keywords", names=some([one_line(short(name)) for name in names], MAX_LISTED))


def _called(title: Title) -> str:
    return f"{short(title.id)} {short(title.title)}" if title.title else short(title.id)


def _choose(candidates: Sequence[LibraryKeyword]) -> Text:
    lines = [f"      {pasteable(keyword)}" for keyword in candidates[:MAX_LISTED]]
    return Text("library.write-one-of", lines="\n".join(lines))


def pasteable(keyword: LibraryKeyword) -> str:
    """A keyword as YAML that names it beyond doubt, with the library's example."""
    example = f"  # {one_line(short(keyword.example))}" if keyword.example else ""
    return (
        f"{{name: {quoted(plain(keyword.name) or keyword.name)}, keyword_id: {keyword.keyword_id}}}{example}"
    )
