"""What is said to people. A room says it as a value, an id with fields; the words are made here.

English stands beside this file, a module a room, as `id: "words with {fields}"`; where a count decides
between two forms, as a pair of them. Another language is a catalogue of gettext's, in which the English is
the msgid and the id the msgctxt: it needs no code. Only a room that prints asks for words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ..text import trimmed

if TYPE_CHECKING:
    from gettext import NullTranslations

Form = str | tuple[str, str]
"""Words, or those for one and those for several"""


class Text:
    """Something to be said: an id of the catalogue, and the fields of its words. A value.

    A field is a name, a number, more text, or several of these, which are told with commas between them.

    >>> str(Text("lock.version", version=3, known=2))
    'the lock is of version 3; this reconciler knows 2'
    """

    __slots__ = ("fields", "id")

    def __init__(self, id: str, /, **fields: Field) -> None:  # noqa: A002
        self.id = id
        self.fields: Mapping[str, Field] = fields

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and (self.id, self.fields) == (other.id, other.fields)

    def __hash__(self) -> int:
        return hash((self.id, frozenset(self.fields.items())))

    def __repr__(self) -> str:
        return (
            f"Text({', '.join([repr(self.id), *(f'{key}={value!r}' for key, value in self.fields.items())])})"
        )

    def __str__(self) -> str:
        return words(self)

    def with_words(self, change: Callable[[str], str]) -> Text:
        """The same with the words of others in its fields changed, at any depth."""
        changed = object.__new__(type(self))
        changed.id = self.id
        changed.fields = {key: _changed(value, change) for key, value in self.fields.items()}
        return changed


Field = str | float | Text | tuple[str | Text, ...]


def _changed(value: Field, change: Callable[[str], str]) -> Field:
    if isinstance(value, tuple):
        return tuple(change(one) if isinstance(one, str) else one.with_words(change) for one in value)
    if isinstance(value, Text):
        return value.with_words(change)
    return change(value) if isinstance(value, str) else value


class Trimmed(Text):
    """The same text, in whose words whatever has no blank in it is cut as a value is: a name may be long."""

    __slots__ = ()

    def __init__(self, text: Text, /) -> None:
        super().__init__(text.id, **text.fields)


Said = str | Text
"""Text of ours, or words that are somebody else's: a server's, the system's"""


def fitted(said: Said) -> Said:
    """The same, trimmed, whether it is text of ours or somebody else's words."""
    return trimmed(said) if isinstance(said, str) else Trimmed(said)


def some(names: Sequence[str | Text], most: int = 3) -> Field:
    """The first names of several, and how many more there are."""
    first = tuple(names[:most])
    return Text("core.and-more", names=first, count=len(names) - most) if len(names) > most else first


_translations: NullTranslations | None = None
_english: dict[str, Form] = {}


def speak(translations: NullTranslations | None) -> None:
    """Make words from this catalogue from now on; None for English."""
    global _translations  # noqa: PLW0603  (one process has one reader)
    _translations = translations


def words(said: Said) -> str:
    """The words for something. Raises KeyError for an unknown id, or a field that is not given."""
    if isinstance(said, str):
        return said
    fields = {key: _shown(value) for key, value in said.fields.items()}
    told = _form(said.id, english()[said.id], said.fields).format(**fields)
    return trimmed(told) if isinstance(said, Trimmed) else told


def english() -> Mapping[str, Form]:
    """The whole catalogue, by id."""
    if not _english:
        from . import catalogue  # noqa: PLC0415  (a run that has nothing to say needs none)

        _english.update(catalogue.MESSAGES)
    return _english


def _form(id_: str, form: Form, fields: Mapping[str, object]) -> str:
    if isinstance(form, str):
        return form if _translations is None else _translations.pgettext(id_, form)
    count = fields["count"]
    assert isinstance(count, int)
    if _translations is None:
        return form[0] if count == 1 else form[1]
    return _translations.npgettext(id_, *form, count)


def _shown(value: object) -> object:
    if isinstance(value, tuple):
        comma = ", " if _translations is None else _translations.pgettext("list", ", ")
        return comma.join(str(one) for one in value)
    return str(value) if isinstance(value, Text) else value
