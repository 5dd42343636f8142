"""Nodes of YAML -> plain values, and a note of everything that is wrong. Pure.

Readers of a whole file share it; what may stand where is said in `templates`, `accounts` and `proposals`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from msgspec.structs import replace

from ..core.close_matches import Guess
from ..core.errors import InputError, Problem
from ..core.invisible import is_blank, narrow, plain
from ..core.messages import Said, Text, Trimmed
from ..core.model import Place, bare
from ..core.text import short
from .yaml_nodes import FULL_COLON, Node, Scalar, Sequence, a_kind, spot
from .yaml_nodes import Mapping as Map

VERSION = 1
WHOLE = Text("desired.the-file")
_OF_ALL_TEMPLATES = ("dialect", "prune", "max_deletes", "retire_after")
"""Fields of the top of templates.yaml that people write where one template or account stands"""

A_MAPPING = Text("desired.a-mapping")
TEMPLATE_NAMES = Text("desired.list-of-template-names")
KEEP_ONE = Text("desired.keep-one-of-them")
MAX_NAME = 64
_FREE = "x-"
"""What a field of the whole file may begin with to be ignored: there anchors may stand"""

_WHOLE_WITH_A_POINT = re.compile(r"([1-9][0-9]{0,17}|0)\.0+")
"""A whole number that somebody has written as most people write a version."""

_ELSEWHERE = ("endpoint", "token_url", "token_refresh_url", "token_command", "token_api", "command")
_LIKE_A_SECRET = {"secret": "WECHAT_APPSECRET", "token": "WECHAT_ACCESS_TOKEN"}
_KINDS = {
    "text": Text("desired.text"),
    "boolean": Text("desired.boolean"),
    "number": Text("desired.number"),
    "date": Text("desired.date"),
    "nothing": Text("desired.nothing"),
    "merge": Text("desired.merge"),
}
TEXT = _KINDS["text"]


class NameRule(NamedTuple):
    """How the names of something are written: the pattern, whose they are, and the pattern in words."""

    pattern: re.Pattern[str]
    whose: Text
    written: Text


class FieldReader:
    """Nodes -> values. What is wrong is noted and stood in for, so that reading goes on."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self._file = file
        self._problems = problems
        self._secrets: set[Place] = set()
        self._walked: dict[int, Node] = {}
        """What may stand in several places, and has been looked through for secrets"""
        self._guess = Guess()

    def raise_problems(self) -> None:
        """Raises InputError with all that is wrong, in the file's order, if anything is."""
        if self._problems:
            raise InputError(sorted(self._problems, key=_position))

    def _refuse_secrets(self, root: Node) -> None:
        """Refuse every field that looks like a secret, wherever it stands; and forget its value, which may
        have got into a field's place by a slip of the indentation: no message shall show it."""
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if not isinstance(node, Scalar) and node.anchored:
                if id(node) in self._walked:
                    continue
                self._walked[id(node)] = node
            fields = node.items if isinstance(node, Map) else {}
            for key, (place, value) in fields.items():
                if isinstance(value, Scalar) and (variable := secret_variable(key)):
                    self._secret(key, place, variable)
                    value.text = ""
            waiting += node.items if isinstance(node, Sequence) else [value for _, value in fields.values()]

    def _secret(self, key: str, place: Place, variable: str) -> None:
        if place not in self._secrets:
            self._secrets.add(place)
            text = Text("desired.secret", field=short(key))
            self._note("secret", text, place, Text("desired.set-variable", variable=variable))

    def _top(self, root: Node, known: tuple[str, ...], *, required: tuple[str, ...]) -> dict[str, Node]:
        """The fields of the whole file; those that begin with `x-` are nobody's."""
        if isinstance(root, Map):
            kept = {key: value for key, value in root.items.items() if not key.startswith(_FREE)}
            root = replace(root, items=kept)
        return self._fields(root, WHOLE, known, required=required)

    def _fields(
        self,
        node: Node,
        what: Said,
        known: tuple[str, ...],
        *,
        required: tuple[str, ...],
        place: Place | None = None,
        advice: Text | None = None,
    ) -> dict[str, Node]:
        """The known fields of a mapping; `what` it is called, `advice` where it is no mapping at all."""
        if not isinstance(node, Map):
            self._wrong_type(node, what, A_MAPPING, advice, quoted=what != WHOLE)
            return {}
        written = set(node.items)
        for key, (key_place, value) in node.items.items():
            if key not in known:
                # What is misspelt is not missing: whoever added it, too, would make a second mistake.
                written.add(self._unknown(key, key_place, what, known, self._misplaced(key, value, what)))
        for key in required:
            if key not in written and not node.merged:
                add = Text("desired.add-field", field=key, value=VERSION if key == "version" else "…")
                text = Text("desired.missing-field", of=what, field=key)
                self._note("missing field", text, place or node.place, add)
        return {key: value for key, (_, value) in node.items.items() if key in known}

    def _misplaced(self, key: str, node: Node, what: Said) -> Text | None:
        """What to do about an unknown field that only stands in the wrong place; None if it does not."""
        if key and is_blank(key[0]) and key[0] != " ":
            return Text("desired.indent-with-blanks")
        if what != WHOLE and key in _OF_ALL_TEMPLATES:
            return Text("desired.of-all-templates", field=key)
        return None

    def _unknown(
        self, key: str, place: Place, what: Said, known: tuple[str, ...], misplaced: Text | None
    ) -> str:
        """Say so; the field that was probably meant, or the key itself."""
        name = _flat(key)
        if (variable := secret_variable(key)) is not None:
            self._secret(key, place, variable)
        elif name in _ELSEWHERE:
            option = "--" + name.replace("_", "-")
            use = Text("desired.use-option", option=option, variable=f"RECONCILER_{name.upper()}")
            self._note("unknown field", Text("desired.not-in-this-file", field=name), place, use)
        else:
            close = None if misplaced else self._guess.close(narrow(plain(key)).lower(), known)
            meant = (
                Text("core.did-you-mean", name=close) if close else Text("desired.known-here", fields=known)
            )
            text = Text("desired.unknown-field", of=what, field=short(key))
            self._note("unknown field", text, place, misplaced or meant)
            return close or key
        return key

    def _meant(self, name: str, known: Collection[str]) -> Text | None:
        """What to do about a name that nobody knows, and that is like one which is known."""
        close = self._guess.close(name, known)
        return Text("core.did-you-mean", name=close) if close else None

    def _check_name(self, name: str, place: Place, rule: NameRule) -> None:
        """A key that names something."""
        if not rule.pattern.fullmatch(name):
            meant, advice = narrow(name).lower(), rule.written
            if narrow(name) != name and len(meant) <= MAX_NAME and rule.pattern.fullmatch(meant):
                advice = Text("desired.did-you-mean", name=meant, rule=rule.written)
            text = Text("desired.bad-name", name=short(name), whose=rule.whose)
            self._note("bad name", text, place, advice)
        elif len(name) > MAX_NAME:
            text = Text("desired.name-too-long", name=short(name), most=MAX_NAME)
            self._note("bad name", text, place, Text("desired.shorten", count=len(name) - MAX_NAME))

    def _text(self, node: Node | None, what: Said, advice: Text | None = None) -> str | None:
        if node is None:
            return None
        if not isinstance(node, Scalar) or node.kind != "text":
            self._wrong_type(node, what, TEXT, advice)
            return None
        if not node.text.strip():
            text = Text("desired.empty", field=what)
            self._note("empty", text, node.place, Text("desired.write-or-remove"))
            return None
        return node.text

    def _keyword_name(self, node: Node | None, what: Said) -> str | None:
        name = self._text(node, what)
        if node is not None and name is not None and not bare(name):
            text = Text("desired.only-colon", field=what)
            self._note("empty", text, node.place, Text("desired.write-name"))
            return None
        return name

    def _template_names(self, nodes: Iterable[Node], what: Said, known: Collection[str]) -> tuple[str, ...]:
        """Names of templates that there are, each once."""
        names = dict[str, None]()
        for node in nodes:
            name = self._text(node, Text("desired.template-of", of=what))
            if name is None:
                continue
            if name in names:
                text = Text("desired.template-twice", of=what, template=short(name))
                self._note("twice", text, node.place, KEEP_ONE)
            elif name not in known:
                text = Text("desired.unknown-template", of=what, template=short(name))
                advice = self._meant(name, known) or Text("desired.add-template")
                self._note("unknown template", text, node.place, advice)
            names[name] = None
        return tuple(names)

    def _known_version(self, node: Node | None) -> None:
        version = self._integer(node, "version", VERSION)
        if node is not None and version != VERSION:
            advice = Text("desired.write-version", known=VERSION)
            self._note("version", Text("desired.version", version=version), node.place, advice)

    def _boolean(self, node: Node | None, what: Said) -> bool:
        if node is None:
            return False
        if not isinstance(node, Scalar) or node.kind != "boolean":
            self._wrong_type(node, what, Text("desired.true-or-false"))
            return False
        return node.text.lower() in ("true", "yes", "on")

    def _integer(self, node: Node | None, what: Said, default: int) -> int:
        if node is None:
            return default
        if (
            isinstance(node, Scalar)
            and node.kind == "number"
            and re.fullmatch(r"0|[1-9][0-9]{0,17}", node.text)
        ):
            return int(node.text)
        self._wrong_type(node, what, Text("desired.whole-number"), _as_integer(node))
        return default

    def _choice(self, node: Node | None, what: Said, choices: tuple[str, ...], default: str) -> str:
        one_of = Text("desired.one-of", values=choices)
        value = self._text(node, what, one_of)
        if node is None or value is None:
            return default
        if value not in choices:
            meant, advice = narrow(value).lower(), one_of
            if meant != value and meant in choices:
                advice = Text("desired.did-you-mean", name=meant, rule=one_of)
            text = Text("desired.unknown-value", field=what, value=short(value))
            self._note("bad value", text, node.place, advice)
            return default
        return value

    def _wrong_type(
        self, node: Node, what: Said, expected: Text, advice: Text | None = None, *, quoted: bool = True
    ) -> None:
        """Something else was expected; what was found is `quoted`, unless it may be anything at all."""
        found = a_kind(node)
        if quoted and isinstance(node, Scalar) and node.text and not secret_variable(node.text):
            found = Text("desired.the-value", kind=_KINDS[node.kind], value=short(node.text))
        if expected != TEXT and isinstance(node, Scalar) and node.kind == "text" and "：" in node.text:
            advice = FULL_COLON
        if advice is None and expected == TEXT:
            advice = _quote(node)
        text = Text("desired.wrong-type", field=what, expected=expected, found=found)
        self._note("wrong type", text, node.place, advice or Text("desired.write", what=expected))

    def _note(self, code: str, text: Text, place: Place | None, advice: Text) -> None:
        self._problems.append(Problem(code, Trimmed(text), spot(self._file, place), advice))


def _position(problem: Problem) -> tuple[int, int]:
    _, line, column = (problem.where or ":0:0").rsplit(":", 2)
    return int(line), int(column)


def secret_variable(key: str) -> str | None:
    """The variable for what a field that looks like a secret would hold."""
    name = _flat(key)
    if name in _ELSEWHERE:
        return None
    return next((variable for word, variable in _LIKE_A_SECRET.items() if word in name), None)


def _flat(key: str) -> str:
    """A field's name however it is written: in capitals, with hyphens, in letters of full width."""
    return (key if key.isascii() else narrow(plain(key))).lower().replace("-", "_")


def field_of(owner: Said, field: str) -> Text:
    """What a field is called, with whose it is."""
    return Text("desired.of", of=owner, what=field)


def keyword_field(keyword: Text, field: str) -> Text:
    """What a field of a keyword is called."""
    return Text("desired.field-of", of=keyword, field=field)


def _as_integer(node: Node) -> Text | None:
    """How to write what was meant as a whole number."""
    if isinstance(node, Scalar) and node.kind == "number":
        if whole := _WHOLE_WITH_A_POINT.fullmatch(node.text):
            return Text("desired.write-whole", number=whole[1])
        return Text("desired.digits-only")
    if isinstance(node, Scalar) and node.text.isdecimal():
        meant = short(narrow(node.text))
        if node.text.isascii():
            return Text("desired.unquote", number=meant)
        return Text("core.did-you-mean", name=meant)
    return None


def _quote(node: Node) -> Text | None:
    """What to do about `yes`, `2026-01-01` and `123` where text was meant: YAML reads them otherwise."""
    if isinstance(node, Scalar) and node.text and node.kind != "text":
        shown = short(node.text)
        if shown != node.text:
            return Text("desired.quote", value=shown, kind=_KINDS[node.kind])
        return Text("desired.quote-as", value=shown, kind=_KINDS[node.kind])
    return None
