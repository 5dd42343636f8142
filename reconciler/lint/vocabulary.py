"""The words of the rules: words.toml, read. What is done with them is said by the rules' own rooms."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct

from ..library.search import fold, stem


class WordList(Struct, frozen=True, dict=True):
    """Words to be found, and longer ones in which they mean something else."""

    words: tuple[str, ...]
    unless: tuple[str, ...] = ()

    def found(self, text: str) -> tuple[str, ...]:
        """The words that stand in a text, each once, in its order; none that is a part of a longer one.

        >>> WordList(("上新", "新品"), ("线上新",)).found("线上新品")
        ('新品',)
        >>> WordList(("券", "优惠券")).found("优惠券")
        ('优惠券',)
        """
        spans = [(match.start(), match.start() + len(match[1]), match[1]) for match in self._matches(text)]
        outermost = [one for one in spans if not any(_inside(one, other) for other in spans)]
        return tuple(dict.fromkeys(word for _, _, word in outermost if word not in self.unless))

    def _matches(self, text: str) -> Iterator[re.Match[str]]:
        """The longest at each place, though they overlap."""
        return self._pattern.finditer(fold(text))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(f"(?=({any_of((*self.words, *self.unless)).pattern}))")


def _inside(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return one[:2] != other[:2] and other[0] <= one[0] and one[1] <= other[1]


class Example(Struct, frozen=True):
    """What keywords of these endings need in their example: time, amount, count, phone, mail or code."""

    needs: str
    endings: tuple[str, ...]


class Vocabulary(Struct, frozen=True, dict=True):
    """All words of the rules."""

    title_symbols: str
    keyword_symbols: str
    personal: WordList
    generic: tuple[str, ...]
    marketing: WordList
    written_as: Mapping[int, str]
    """how else a character is written, as str.translate takes it"""
    free: tuple[str, ...]
    """endings of keywords whose examples need nothing"""
    kinds: Mapping[str, str]
    """a word of marketing -> its category"""
    synonyms: tuple[tuple[str, ...], ...]
    fillers: tuple[str, ...]
    telling: tuple[str, ...]
    broad: tuple[str, ...]
    vague: tuple[str, ...]
    examples: tuple[Example, ...]

    def is_generic(self, title: str) -> bool:
        """Tell whether a title names no service.

        >>> load().is_generic("系统消息通知"), load().is_generic("系统维护通知")
        (True, False)
        """
        return not self._generic.sub("", stem(fold(title)))

    def canonical(self, text: str) -> str:
        """A text with the first of all words that mean the same, and without those that mean nothing.

        >>> load().canonical("您的订单已支付成功")
        '订单付款成功'
        """
        return self._alike.sub(lambda match: self._first.get(match[0], ""), fold(text))

    def telling_of(self, text: str) -> frozenset[str]:
        """The words in a text that tell it from another, however alike they are."""
        return frozenset(match[0] for match in self._telling.finditer(text))

    def kind_of(self, word: str) -> str:
        """A word of marketing with its category on WeChat's page.

        >>> load().kind_of("红包")
        '红包 (红包类)'
        """
        return f"{word} ({self.kinds[word]})"

    @cached_property
    def _generic(self) -> re.Pattern[str]:
        return any_of(self.generic)

    @cached_property
    def _first(self) -> dict[str, str]:
        return {word: words[0] for words in self.synonyms for word in words}

    @cached_property
    def _alike(self) -> re.Pattern[str]:
        return any_of((*self._first, *self.fillers))

    @cached_property
    def _telling(self) -> re.Pattern[str]:
        return any_of(self.telling)


def any_of(words: Sequence[str]) -> re.Pattern[str]:
    """Any of these words, where several begin the longest."""
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))


def load() -> Vocabulary:
    """The words that stand beside this module."""
    return of(tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8")))


def of(tables: Mapping[str, Any]) -> Vocabulary:
    """The words of such tables as words.toml has."""
    kinds = {word: kind for kind, words in tables["marketing"].items() for word in words}
    return Vocabulary(
        title_symbols=tables["symbols"]["titles"],
        keyword_symbols=tables["symbols"]["keywords"],
        personal=WordList(tuple(tables["personal"]["words"]), tuple(tables["personal"]["unless"])),
        generic=tuple(tables["generic"]["words"]),
        marketing=WordList(tuple(kinds), tuple(tables["not_marketing"]["words"])),
        written_as=str.maketrans(tables["written_as"]),
        free=tuple(tables["free"]["endings"]),
        kinds=kinds,
        synonyms=tuple(map(tuple, tables["alike"]["synonyms"])),
        fillers=tuple(tables["alike"]["fillers"]),
        telling=tuple(tables["alike"]["telling"]),
        broad=tuple(tables["broad"]["words"]),
        vague=tuple(tables["broad"]["vague"]),
        examples=tuple(Example(one["needs"], tuple(one["endings"])) for one in tables["examples"]),
    )
