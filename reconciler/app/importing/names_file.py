"""The file of `import --names`: a template_id or a title -> the name that it shall have, or its id. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from ...core.errors import InputError, Problem
from ...core.invisible import plain
from ...core.messages import Said, Text
from ...core.model import Live, Place
from ...desired.fields import WHOLE, FieldReader, field_of
from ...desired.templates import TEMPLATE_NAME
from ...desired.yaml_nodes import Mapping as Map
from ...desired.yaml_nodes import Node, parse, spot

_FIELDS = ("name", "id")


class Choice(Struct, frozen=True):
    """What somebody has chosen for a template. `id` is its title's in the library."""

    name: str | None
    id: str | None
    place: Place


class Choices(Struct, frozen=True):
    """All choices, by template_id or title."""

    file: str = ""
    of: Mapping[str, Choice] = field(default_factory=dict)

    def exact(self, live: Live) -> Choice | None:
        """What was chosen for this template and no other."""
        return self.of.get(live.template_id)

    def id_of(self, live: Live) -> str | None:
        """The id of its title, if it was chosen."""
        return next((one.id for one in self._both(live) if one.id), None)

    def base_of(self, live: Live) -> str | None:
        """The name that was chosen for templates of its title."""
        by_title = self.of.get(plain(live.title))
        return None if by_title is None else by_title.name

    def unused(self, lives: tuple[Live, ...]) -> tuple[str, ...]:
        """Keys that are no template's."""
        known = {key for live in lives for key in (live.template_id, plain(live.title))}
        return tuple(key for key in self.of if key not in known)

    def taken(self, live: Live) -> InputError:
        """The name that was chosen for it is another's."""
        choice = self.of[live.template_id]
        text = Text("app.name-taken", name=choice.name or "")
        advice = Text("app.choose-another-name", template_id=live.template_id)
        return InputError(Problem("name taken", text, spot(self.file, choice.place), advice))

    def _both(self, live: Live) -> Iterator[Choice]:
        return (self.of[key] for key in (live.template_id, plain(live.title)) if key in self.of)


def read(data: bytes, file: str) -> Choices:
    """Read such a file. Raises InputError with all that is wrong."""
    root, problems = parse(data, file, holds="names")
    reader = _Reader(file, problems)
    choices = dict(reader.choices(root))
    reader.raise_problems()
    return Choices(file, choices)


class _Reader(FieldReader):
    def choices(self, root: Node) -> Iterator[tuple[str, Choice]]:
        if not isinstance(root, Map):
            expected, advice = Text("app.names-by-title"), Text("app.write-names")
            self._wrong_type(root, WHOLE, expected, advice)
            return
        for key, (place, node) in root.items.items():
            yield key, self._choice_of(key, place, node)

    def _choice_of(self, key: str, place: Place, node: Node) -> Choice:
        if not isinstance(node, Map):
            return Choice(self._name(node, key), None, place)
        fields = self._fields(node, key, _FIELDS, required=(), place=place)
        return Choice(
            self._name(fields.get("name"), field_of(key, "name")),
            self._text(fields.get("id"), field_of(key, "id")),
            place,
        )

    def _name(self, node: Node | None, what: Said) -> str | None:
        text = self._text(node, what)
        if node is not None and text is not None:
            self._check_name(text, node.place, TEMPLATE_NAME)
        return text
