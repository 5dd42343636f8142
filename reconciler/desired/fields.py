"""Nodes of YAML -> plain values, and a note of everything that is wrong. Pure.

What readers of a whole file share; desired.py and accounts.py say what may stand where.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from ..core.errors import InputError, Problem
from ..core.guess import Guess
from ..core.model import Place, bare
from ..core.text import short, trimmed
from ..core.unseen import is_blank, narrow, plain
from .yaml_nodes import FULL_COLON, Node, Scalar, Sequence, spot
from .yaml_nodes import Mapping as Map

VERSION = 1
WHOLE = "the file"
MAX_NAME = 64
_FREE = "x-"
"""What a field of the whole file may begin with to be ignored: there anchors may stand"""

_ELSEWHERE = ("endpoint", "token_url", "token_refresh_url", "token_command", "token_api", "command")
_LIKE_A_SECRET = {"secret": "WECHAT_APPSECRET", "token": "WECHAT_ACCESS_TOKEN"}


class Reader:
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
            message = f"{short(key)} looks like a secret, and no secret may stand in this file"
            self._note(
                "secret", message, place, f"remove it, renew it, and set {variable} in the environment"
            )

    def _top(self, root: Node, known: tuple[str, ...], *, required: tuple[str, ...]) -> dict[str, Node]:
        """The fields of the whole file; those that begin with `x-` are nobody's."""
        if isinstance(root, Map):
            kept = {key: value for key, value in root.items.items() if not key.startswith(_FREE)}
            root = replace(root, items=kept)
        return self._fields(root, WHOLE, known, required=required)

    def _fields(
        self,
        node: Node,
        what: str,
        known: tuple[str, ...],
        *,
        required: tuple[str, ...],
        place: Place | None = None,
        hint: str | None = None,
    ) -> dict[str, Node]:
        if not isinstance(node, Map):
            self._wrong_type(node, what, "a mapping", hint, quoted=what != WHOLE)
            return {}
        for key, (key_place, value) in node.items.items():
            if key not in known:
                self._unknown(key, key_place, what, known, self._misplaced(key, value, what))
        for key in required:
            if key not in node.items and not node.merged:
                hint = f"add `{key}: {VERSION if key == 'version' else '…'}`"
                self._note("missing field", f"{what}: {key} is missing", place or node.place, hint)
        return {key: value for key, (_, value) in node.items.items() if key in known}

    def _misplaced(self, key: str, node: Node, what: str) -> str | None:
        """What to do about an unknown field that only stands in the wrong place; None if it does not."""
        return "indent it with plain blanks" if key and is_blank(key[0]) and key[0] != " " else None

    def _unknown(
        self, key: str, place: Place, what: str, known: tuple[str, ...], misplaced: str | None
    ) -> None:
        name = _flat(key)
        if (variable := secret_variable(key)) is not None:
            self._secret(key, place, variable)
        elif name in _ELSEWHERE:
            option = "--" + name.replace("_", "-")
            message = f"{name} can't be set in this file: whoever opens a pull request writes it"
            self._note(
                "unknown field", message, place, f"use the option {option} or RECONCILER_{name.upper()}"
            )
        else:
            close = self._guess.close(narrow(plain(key)).lower(), known)
            hint = misplaced or (f"did you mean {close}?" if close else "known here: " + ", ".join(known))
            self._note("unknown field", f"{what}: unknown field {short(key)}", place, hint)

    def _check_name(self, name: str, place: Place, pattern: re.Pattern[str], kind: tuple[str, str]) -> None:
        """A key that names something: of this pattern, which is whose, and how it is written."""
        whose, hint = kind
        if not pattern.fullmatch(name):
            meant = narrow(name).lower()
            if narrow(name) != name and len(meant) <= MAX_NAME and pattern.fullmatch(meant):
                hint = f"did you mean {meant}? ({hint})"
            self._note("bad name", f"{short(name)!r} can't be {whose} name", place, hint)
        elif len(name) > MAX_NAME:
            hint = f"shorten it by {len(name) - MAX_NAME}"
            self._note(
                "bad name", f"the name {short(name)} is longer than {MAX_NAME} characters", place, hint
            )

    def _text(self, node: Node | None, what: str, hint: str | None = None) -> str | None:
        if node is None:
            return None
        if not isinstance(node, Scalar) or node.kind != "text":
            self._wrong_type(node, what, "text", hint)
            return None
        if not node.text.strip():
            self._note("empty", f"{what} is empty", node.place, "write it, or remove the line")
            return None
        return node.text

    def _keyword_name(self, node: Node | None, what: str) -> str | None:
        text = self._text(node, what)
        if node is not None and text is not None and not bare(text):
            self._note("empty", f"{what} is nothing but a colon", node.place, "write its name")
            return None
        return text

    def _template_names(self, nodes: Iterable[Node], what: str, known: Collection[str]) -> tuple[str, ...]:
        """Names of templates that there are, each once."""
        names = dict[str, None]()
        for node in nodes:
            text = self._text(node, f"{what}: template")
            if text is not None and text in names:
                message = f"{what}: template {short(text)} stands twice"
                self._note("twice", message, node.place, "keep one of them")
            elif text is not None and text not in known:
                close = self._guess.close(text, known)
                hint = f"did you mean {close}?" if close else "add it to templates:, or remove it here"
                self._note(
                    "unknown template", f"{what}: there is no template {short(text)}", node.place, hint
                )
            if text is not None:
                names[text] = None
        return tuple(names)

    def _known_version(self, node: Node | None) -> None:
        version = self._integer(node, "version", VERSION)
        if node is not None and version != VERSION:
            hint = f"write `version: {VERSION}`, or install a newer reconciler"
            self._note("version", f"version {version} is not known here", node.place, hint)

    def _boolean(self, node: Node | None, what: str) -> bool:
        if node is None:
            return False
        if not isinstance(node, Scalar) or node.kind != "boolean":
            self._wrong_type(node, what, "true or false")
            return False
        return node.text.lower() in ("true", "yes", "on")

    def _integer(self, node: Node | None, what: str, default: int) -> int:
        if node is None:
            return default
        if (
            isinstance(node, Scalar)
            and node.kind == "number"
            and re.fullmatch(r"0|[1-9][0-9]{0,17}", node.text)
        ):
            return int(node.text)
        hint = None
        if isinstance(node, Scalar) and node.kind == "number":
            hint = "write at most 18 digits and nothing else, the first not 0: 15"
        elif isinstance(node, Scalar) and node.text.isdecimal():
            hint = f"write it without quotes: {short(narrow(node.text))}"
            if not node.text.isascii():
                hint = f"did you mean {short(narrow(node.text))}?"
        self._wrong_type(node, what, "a whole number from 0", hint)
        return default

    def _choice(self, node: Node | None, what: str, choices: tuple[str, ...], default: str) -> str:
        hint = "one of: " + ", ".join(choices)
        text = self._text(node, what, hint)
        if node is None or text is None:
            return default
        if text not in choices:
            meant = narrow(text).lower()
            if meant != text and meant in choices:
                hint = f"did you mean {meant}? ({hint})"
            self._note("bad value", f"{what}: {short(text)} is not known", node.place, hint)
            return default
        return text

    def _wrong_type(
        self, node: Node, what: str, expected: str, hint: str | None = None, *, quoted: bool = True
    ) -> None:
        """Something else was expected; what was found is `quoted`, unless it may be anything at all."""
        shown = quoted and isinstance(node, Scalar) and node.text and not secret_variable(node.text)
        found = (
            f"the {node.kind} {short(node.text)}" if isinstance(node, Scalar) and shown else f"a {node.kind}"
        )
        if expected != "text" and isinstance(node, Scalar) and node.kind == "text" and "：" in node.text:
            hint = FULL_COLON
        hint = hint or (_quote(node) if expected == "text" else None) or f"write {expected}"
        message = f"{what}: expected {expected}, found {found.replace('a nothing', 'nothing')}"
        self._note("wrong type", message, node.place, hint)

    def _note(self, code: str, message: str, place: Place | None, hint: str) -> None:
        self._problems.append(Problem(code, trimmed(message), spot(self._file, place), hint))


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


def _quote(node: Node) -> str | None:
    """What to do about `yes`, `2026-01-01` and `123` where text was meant: YAML reads them otherwise."""
    if isinstance(node, Scalar) and node.text and node.kind != "text":
        text = short(node.text)
        return f"YAML reads {text} as a {node.kind}: quote it" + (f', "{text}"' if text == node.text else "")
    return None
