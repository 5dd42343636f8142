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


class Meaning(Struct, frozen=True):
    """What a text comes down to: the characters of its words, in no order, and what tells it from others."""

    characters: str
    telling: frozenset[str]


def meaning(text: str, words: Vocabulary) -> Meaning:
    """The meaning of a text: words of one meaning are the same word, and some mean nothing."""
    plain = words.canonical(text)
    return Meaning("".join(sorted(plain)), words.telling_of(plain))


class Meanings(Generic[T]):
    """Meanings, and whose they are."""

    def __init__(self) -> None:
        self._by_telling: dict[frozenset[str], tuple[list[str], list[T]]] = {}

    def add(self, meaning: Meaning, whose: T) -> None:
        """One more."""
        texts, owners = self._by_telling.setdefault(meaning.telling, ([], []))
        texts.append(meaning.characters)
        owners.append(whose)

    def likest(self, meaning: Meaning, counts: Callable[[T], bool] = lambda _: True) -> T | None:
        """Whose meaning is too much like this one: the likest of those that count, and of several the first.
        None if none is.

        A character more or less is not much in a long text, and everything in a short one.
        """
        texts, owners = self._by_telling.get(meaning.telling, ([], []))
        if not meaning.characters or not texts:
            return None
        found = process.extract(
            meaning.characters, texts, scorer=fuzz.ratio, processor=None, limit=_MOST, score_cutoff=_ALIKE
        )
        return next((owners[at] for _, _, at in found if counts(owners[at])), None)
