"""What is linted, whichever file it came from: a title with its keywords, and where each stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from ..core.messages import Text
from ..core.model import (
    KeywordRef,
    Library,
    LibraryKeyword,
    Place,
    Proposal,
    Title,
    Wanted,
    alike,
    bare,
)
from ..library.search import fold

_START = Place(1, 1)


class Keyword(Struct, frozen=True):
    """A keyword. `example` is None where nobody tells it; `approved`: the library has it under this title."""

    name: str
    place: Place
    example: str | None = None
    example_place: Place = _START
    approved: bool = False


class Subject(Struct, frozen=True):
    """A title and its keywords. `name` and `id` are those of an entry of templates.yaml, None of a proposal.

    `title` is None where nobody tells it; `approved`: the library has this title under this id.
    """

    name: str | None
    id: str | None
    place: Place
    title: str | None
    title_place: Place
    keywords: tuple[Keyword, ...]
    approved: bool = False
    type: int | None = None

    @property
    def titled(self) -> Text:
        """Name the title in a message."""
        title = str(self.title)
        if self.name is None:
            return Text("lint.title", title=title)
        return Text("lint.title-of", template=self.name, title=title)

    @property
    def called(self) -> str:
        """Name the subject in a message: its template, or its title."""
        return self.name or self.title or ""

    @property
    def proposed(self) -> bool:
        """Tell whether it is proposed for the library, and is no title of it yet."""
        return self.id is None


def of_templates(templates: Iterable[Wanted], library: Library | None) -> tuple[Subject, ...]:
    """The entries of templates.yaml, with what the library tells of them."""
    known = {} if library is None else {title.id: title for title in library.titles}
    return tuple(_of_wanted(wanted, known) for wanted in templates)


def of_proposals(proposals: Iterable[Proposal]) -> tuple[Subject, ...]:
    """The titles of proposals.yaml."""
    return tuple(map(_of_proposal, proposals))


def _of_wanted(wanted: Wanted, known: Mapping[str, Title]) -> Subject:
    found = known.get(wanted.id)
    told = None if found is None else found.title
    offered = () if found is None else found.keywords or ()
    return Subject(
        name=wanted.name,
        id=wanted.id,
        place=wanted.place or _START,
        title=wanted.title or told,
        title_place=wanted.title_place or wanted.id_place or _START,
        keywords=tuple(_keyword(ref, offered) for ref in wanted.keywords),
        approved=told is not None and fold(told) == fold(wanted.title or told),
        type=None if found is None else found.type,
    )


def _keyword(ref: KeywordRef, offered: Iterable[LibraryKeyword]) -> Keyword:
    place = ref.place or _START
    one = next((one for one in offered if alike(one.name) == alike(ref.name) and _meant(one, ref)), None)
    return Keyword(bare(ref.name), place, (one and one.example) or None, place, approved=one is not None)


def _meant(one: LibraryKeyword, ref: KeywordRef) -> bool:
    return ref.keyword_id is None or one.keyword_id == ref.keyword_id


def _of_proposal(proposal: Proposal) -> Subject:
    place = proposal.place or _START
    keywords = tuple(
        Keyword(bare(one.name), one.place or _START, one.example, one.example_place or _START)
        for one in proposal.keywords
    )
    return Subject(None, None, place, proposal.title, proposal.title_place or place, keywords)
