"""What somebody wants to send: values by keyword, from a file and from the command line. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from ...core.invisible import code
from ...core.messages import Text
from ...core.model import Value
from ...desired.fields import TEXT, WHOLE, FieldReader, field_of
from ...desired.yaml_nodes import BREAK, Node, Scalar, parse, spot
from ...desired.yaml_nodes import Mapping as Map

COLOR = re.compile("#[0-9A-Fa-f]{6}")
COLOR_HINT = Text("app.color")


class Draft(Struct, frozen=True):
    """A message as it is asked for. Names are of keywords, or their keys.

    `values` are a file's, `over` and `colors` come before them. `extras` are by the name of their option:
    page, form_id, state, lang, url, miniprogram.
    """

    to: str
    values: Mapping[str, Value]
    over: Sequence[tuple[str, str]] = ()
    colors: Sequence[tuple[str, str]] = ()
    emphasis: str | None = None
    extras: Mapping[str, str] = field(default_factory=dict)


_UNSENDABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def unsendable(text: str, *, lines: bool = False) -> Text | None:
    """What of a text can't stand in a message: a line break, unless it may have `lines`, another control
    character, or half of a surrogate pair.

    >>> unsendable("咖啡"), unsendable("a\\nb"), unsendable("a\\nb", lines=True)
    (None, Text('app.line-break'), None)
    """
    found = next((char for char in _UNSENDABLE.findall(text) if not (lines and char == "\n")), None)
    if found is None:
        return None
    return Text("app.line-break") if BREAK.match(found) else Text("app.control", character=code(found))


def read(data: bytes, file: str) -> dict[str, Value]:
    """Values by name, of YAML or JSON: `购买地点: 上海`, or `购买地点: {value: 上海, color: "#173177"}`.

    Raises InputError with all that is wrong.
    """
    root, problems = parse(_paired(data), file, holds="values", seen_only=False)
    reader = _Reader(file, problems)
    values = dict(reader.values(root))
    reader.raise_problems()
    return values


_PAIR = re.compile(rb"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


def _paired(data: bytes) -> bytes:
    """JSON writes what is beyond the first 65536 characters as two escapes, and YAML knows no such pairs."""
    if not data.lstrip().startswith((b"{", b"\xef\xbb\xbf{")):
        return data
    return _PAIR.sub(
        lambda match: bytes.fromhex((match[1] + match[2]).decode()).decode("utf-16-be").encode(), data
    )


class _Reader(FieldReader):
    def values(self, root: Node) -> Iterator[tuple[str, Value]]:
        if not isinstance(root, Map):
            expected, advice = Text("app.values-by-keyword"), Text("app.write-values")
            self._wrong_type(root, WHOLE, expected, advice)
            return
        for name, (_, node) in root.items.items():
            yield name, self._value(node, name)

    def _value(self, node: Node, name: str) -> Value:
        where = spot(self._file, node.place)
        if isinstance(node, Scalar):
            return Value(_written(node), None, where)
        if not isinstance(node, Map):
            self._wrong_type(node, name, Text("app.a-value"), Text("app.write-value"))
            return Value("", None, where)
        fields = self._fields(node, name, ("value", "color"), required=("value",), place=node.place)
        value = fields.get("value")
        if value is not None and not isinstance(value, Scalar):
            self._wrong_type(value, field_of(name, "value"), TEXT)
            value = None
        return Value(_written(value) if value else "", self._color(fields.get("color"), name), where)

    def _color(self, node: Node | None, name: str) -> str | None:
        color = self._text(node, field_of(name, "color"))
        if node is not None and color is not None and not COLOR.fullmatch(color):
            self._note("bad value", Text("app.bad-color", keyword=name, color=color), node.place, COLOR_HINT)
        return color


def _written(node: Scalar) -> str:
    """A value as it was written: 2016 and 10:00 are what the user is to read, not numbers."""
    return "" if node.kind == "nothing" else node.text
