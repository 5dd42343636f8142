"""How alike two texts are: the one room that knows rapidfuzz. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct
from rapidfuzz import fuzz, process

from .vocabulary import Vocabulary

T = TypeVar("T")

_ALIKE = 89.0
_MOST = 32
"""Of those that are alike, so many are looked at"""


class CanonicalText(Struct, frozen=True):
    """What a text comes down to: the characters of its words, in no order, and what tells it from others."""

    characters: str
    telling: frozenset[str]


def canonical(text: str, words: Vocabulary) -> CanonicalText:
    """Reduce a text: words of one meaning become the same word, and some are left out."""
    plain = words.canonical(text)
    return CanonicalText("".join(sorted(plain)), words.telling_of(plain))


class CanonicalTexts(Generic[T]):
    """Canonical texts, and whose they are."""

    def __init__(self) -> None:
        self._by_telling: dict[frozenset[str], tuple[list[str], list[T]]] = {}

    def add(self, text: CanonicalText, whose: T) -> None:
        """Add a text and whose it is."""
        texts, owners = self._by_telling.setdefault(text.telling, ([], []))
        texts.append(text.characters)
        owners.append(whose)

    def likest(self, text: CanonicalText, counts: Callable[[T], bool] = lambda _: True) -> T | None:
        """Find whose text is too much like this one: the likest of those that count, of several the first;
        None if there is none.

        A character more or less is not much in a long text, and everything in a short one.
        """
        texts, owners = self._by_telling.get(text.telling, ([], []))
        if not text.characters or not texts:
            return None
        found = process.extract(
            text.characters, texts, scorer=fuzz.ratio, processor=None, limit=_MOST, score_cutoff=_ALIKE
        )
        return next((owners[at] for _, _, at in found if counts(owners[at])), None)
