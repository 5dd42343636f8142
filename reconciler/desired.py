"""templates.yaml -> Desired, or every problem at once, each with its file:line:column. Pure.

The same rules stand in schemas/templates.schema.json for editors; a test holds the two together. They are
read by hand here because a problem must carry its line and column, what to do about it, and no import
that costs more than the reading (`jsonschema` alone takes longer than all of `validate`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from .errors import InputError, Problem
from .model import Desired, KeywordRef, Place, Wanted, bare
from .wechat import DIALECTS
from .yamltree import Mapping as Map
from .yamltree import Node, Scalar, Sequence, parse, spot

VERSION = 1
PRUNE = ("owned", "all", "none")
MAX_NAME = 64

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DURATION = re.compile(r"(0|[1-9][0-9]{0,5})([dhm])")
_SECONDS = {"d": 86400, "h": 3600, "m": 60}

_TOP = ("version", "dialect", "prune", "max_deletes", "retire_after", "templates", "accounts")
_ENTRY = ("id", "title", "keywords", "scene", "protect")
_KEYWORD = ("name", "keyword_id")

_ELSEWHERE = ("endpoint", "token_url", "token_refresh_url", "token_command", "token_api", "command")
_LIKE_A_SECRET = {"secret": "WECHAT_APPSECRET", "token": "WECHAT_ACCESS_TOKEN"}


def read(data: bytes, file: str) -> Desired:
    """Read templates.yaml (contract, "templates.yaml").

    Raises InputError with all that is wrong, in the file's order.
    """
    root, problems = parse(data, file)
    reader = _Reader(file, problems)
    desired = reader.desired(root)
    if problems:
        raise InputError(sorted(problems, key=_position))
    return desired


def _position(problem: Problem) -> tuple[int, int]:
    _, line, column = (problem.where or ":0:0").rsplit(":", 2)
    return int(line), int(column)


class _Reader:
    """Nodes -> values. What is wrong is noted and stood in for, so that reading goes on."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self._file = file
        self._problems = problems
        self._secrets: set[Place] = set()
        self._dialect = "wxopen"
        self._limits = DIALECTS[self._dialect].LIMITS

    # -------------------------------------------------------------- the document

    def desired(self, root: Node) -> Desired:
        self._refuse_secrets(root)
        top = self._fields(root, "the file", _TOP, required=("version", "templates"))
        self._version(top.get("version"))
        self._not_yet_accounts(root, top)
        self._dialect = self._choice(top.get("dialect"), "dialect", tuple(DIALECTS), self._dialect)
        self._limits = DIALECTS[self._dialect].LIMITS
        return Desired(
            templates=self._templates(top.get("templates")),
            dialect=self._dialect,
            prune=self._choice(top.get("prune"), "prune", PRUNE, "owned"),
            max_deletes=self._integer(top.get("max_deletes"), "max_deletes", 3),
            retire_after=self._retire_after(top.get("retire_after")),
        )

    def _refuse_secrets(self, root: Node) -> None:
        """Refuse every field that looks like a secret, wherever it stands; and forget its value, which may
        have got into a field's place by a slip of the indentation: no message shall show it."""
        waiting, seen = [root], {id(root)}
        while waiting:
            node = waiting.pop()
            fields = node.items if isinstance(node, Map) else {}
            for key, (place, value) in fields.items():
                if isinstance(value, Scalar) and (variable := _secret_variable(key)):
                    self._secret(key, place, variable)
                    value.text = ""
            inside = node.items if isinstance(node, Sequence) else [value for _, value in fields.values()]
            waiting += [one for one in inside if id(one) not in seen]
            seen.update(map(id, inside))

    def _secret(self, key: str, place: Place, variable: str) -> None:
        if place not in self._secrets:
            self._secrets.add(place)
            message = f"{key} looks like a secret, and no secret may stand in this file"
            self._note(
                "secret", message, place, f"remove it, renew it, and set {variable} in the environment"
            )

    def _version(self, node: Node | None) -> None:
        version = self._integer(node, "version", VERSION)
        if node is not None and version != VERSION:
            hint = f"write `version: {VERSION}`, or install a newer reconciler"
            self._note("version", f"version {version} is not known here", node.place, hint)

    def _not_yet_accounts(self, root: Node, top: Mapping[str, Node]) -> None:
        if "accounts" in top and isinstance(root, Map):
            hint = "one file and one lock an account, for now"
            self._note("not supported", "accounts: is not supported yet", root.items["accounts"][0], hint)

    def _retire_after(self, node: Node | None) -> int:
        hint = "write a whole number and d, h or m: 7d"
        text = self._text(node, "retire_after", hint) if node is not None else "0d"
        match = _DURATION.fullmatch(text or "0d")
        if node is None or text is None:
            return 0
        if match is None:
            self._note("bad value", f"retire_after: {text} is no duration", node.place, hint)
            return 0
        return int(match[1]) * _SECONDS[match[2]]

    # -------------------------------------------------------------- templates

    def _templates(self, node: Node | None) -> tuple[Wanted, ...]:
        if node is None:
            return ()
        if not isinstance(node, Map):
            self._wrong_type(node, "templates", "a mapping of names to templates")
            return ()
        wanted = [self._wanted(name, place, entry) for name, (place, entry) in node.items.items()]
        self._refuse_twins(wanted)
        return tuple(wanted)

    def _wanted(self, name: str, place: Place, node: Node) -> Wanted:
        self._check_name(name, place)
        fields = self._fields(node, name, _ENTRY, required=("id", "keywords"), place=place)
        id_node, title_node = fields.get("id"), fields.get("title")
        return Wanted(
            name=name,
            id=self._id(id_node, name),
            keywords=self._keywords(fields.get("keywords"), name),
            title=self._text(title_node, f"{name}: title"),
            protect=self._boolean(fields.get("protect"), f"{name}: protect"),
            scene=self._scene(fields.get("scene"), name),
            place=place,
            id_place=id_node.place if id_node else place,
            title_place=title_node.place if title_node else None,
        )

    def _check_name(self, name: str, place: Place) -> None:
        if not _NAME.fullmatch(name):
            hint = "small letters, digits and _, a letter first: order_paid"
            self._note("bad name", f"{name!r} can't be a template's name", place, hint)
        elif len(name) > MAX_NAME:
            hint = f"shorten it by {len(name) - MAX_NAME}"
            self._note("bad name", f"the name {name} is longer than {MAX_NAME} characters", place, hint)

    def _id(self, node: Node | None, name: str) -> str:
        text = self._text(node, f"{name}: id") or ""
        if node is not None and text and not self._limits.takes_id(text):
            message = f"{name}: {text} can't be a title's id for {self._dialect}"
            if self._limits.is_old(text):
                message = f"{name}: {text} is an id of the old library, which is closed"
            hint = f'ids of {self._dialect} are digits: "{self._limits.id_example}"'
            self._note("bad id", message, node.place, hint)
        return text

    def _scene(self, node: Node | None, name: str) -> str | None:
        """What a template is used for, where the dialect asks for it."""
        if node is None:
            return None
        most = self._limits.scene
        if most is None:
            having = ", ".join(one for one, dialect in DIALECTS.items() if dialect.LIMITS.scene is not None)
            message = f"{name}: {self._dialect} has no scene"
            self._note("other dialect", message, node.place, f"remove it; it is for `dialect: {having}`")
            return None
        text = self._text(node, f"{name}: scene")
        if text is not None and len(text) > most:
            message = f"{name}: a scene of {len(text)} characters; it has at most {most}"
            self._note("scene too long", message, node.place, f"shorten it by {len(text) - most}")
        return text

    def _keywords(self, node: Node | None, name: str) -> tuple[KeywordRef, ...]:
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            self._wrong_type(node, f"{name}: keywords", "a list of keyword names")
            return ()
        self._check_count(len(node.items), name, node.place)
        refs = [ref for item in node.items if (ref := self._keyword(item, name)) is not None]
        self._refuse_repeats(refs, name)
        return tuple(refs)

    def _check_count(self, count: int, name: str, place: Place) -> None:
        least, most = self._limits.keywords
        if least <= count <= most:
            return
        of = "a template" if self._dialect == "wxopen" else f"a template of {self._dialect}"
        message = f"{name}: {count} keywords; {of} has {least} to {most}"
        too_few = "name at least " + ("one" if least == 1 else str(least))
        self._note("keyword count", message, place, too_few if count < least else f"remove {count - most}")

    def _keyword(self, node: Node, name: str) -> KeywordRef | None:
        what = f"{name}: keyword"
        if isinstance(node, Scalar) and node.kind == "number":
            hint = "name keywords as the library spells them; their ids are looked up"
            self._note(
                "wrong type", f"{what}: expected a name, found the number {node.text}", node.place, hint
            )
            return None
        if not isinstance(node, Map):
            text = self._keyword_name(node, what)
            return None if text is None else KeywordRef(text, None, node.place)
        fields = self._fields(node, what, _KEYWORD, required=_KEYWORD)
        text = self._keyword_name(fields.get("name"), f"{what} name")
        number = self._integer(fields.get("keyword_id"), f"{what} keyword_id", -1)
        if not self._limits.keyword_ids:
            message = f"{what}: {self._dialect} has no keyword ids"
            self._note("other dialect", message, node.place, "write the name alone")
        return None if text is None else KeywordRef(text, None if number < 0 else number, node.place)

    def _keyword_name(self, node: Node | None, what: str) -> str | None:
        text = self._text(node, what)
        if node is not None and text is not None and not bare(text):
            self._note("empty", f"{what} is nothing but a colon", node.place, "write its name")
            return None
        return text

    def _refuse_repeats(self, refs: Iterable[KeywordRef], name: str) -> None:
        seen: dict[str, list[KeywordRef]] = {}
        for ref in refs:
            earlier = seen.setdefault(bare(ref.name), [])
            if any(_may_be_the_same([one], [ref]) for one in earlier):
                message = f"{name}: keyword {ref.name} stands twice"
                self._note("keyword twice", message, ref.place, "keep one of them")
            earlier.append(ref)

    def _refuse_twins(self, templates: Iterable[Wanted]) -> None:
        """The same template under two names. A bare keyword is the same as one of its name with an id: if the
        library has the name once they mean the same, and if it has it twice, the bare one is a mistake."""
        seen: dict[object, list[Wanted]] = {}
        for wanted in templates:
            if not wanted.id or not wanted.keywords:
                continue
            earlier = seen.setdefault((wanted.id, tuple(bare(ref.name) for ref in wanted.keywords)), [])
            first = next((one for one in earlier if _may_be_the_same(one.keywords, wanted.keywords)), None)
            earlier.append(wanted)
            if first is not None:
                line = first.place.line if first.place else 0
                message = f"{wanted.name} has the same id and keywords as {first.name} on line {line}"
                hint = f"use {first.name} for both, or change one"
                self._note("same template twice", message, wanted.place, hint)

    # -------------------------------------------------------------- values

    def _fields(
        self,
        node: Node,
        what: str,
        known: tuple[str, ...],
        *,
        required: tuple[str, ...],
        place: Place | None = None,
    ) -> dict[str, Node]:
        if not isinstance(node, Map):
            self._wrong_type(node, what, "a mapping")
            return {}
        for key, (key_place, _) in node.items.items():
            if key not in known:
                self._unknown(key, key_place, what, known)
        for key in required:
            if key not in node.items:
                hint = f"add `{key}: {VERSION if key == 'version' else '…'}`"
                self._note("missing field", f"{what}: {key} is missing", place or node.place, hint)
        return {key: value for key, (_, value) in node.items.items() if key in known}

    def _unknown(self, key: str, place: Place, what: str, known: tuple[str, ...]) -> None:
        plain = key.lower().replace("-", "_")
        if (variable := _secret_variable(key)) is not None:
            self._secret(key, place, variable)
        elif plain in _ELSEWHERE:
            option = "--" + plain.replace("_", "-")
            message = f"{key} can't be set in this file: whoever opens a pull request writes it"
            self._note(
                "unknown field", message, place, f"use the option {option} or RECONCILER_{plain.upper()}"
            )
        else:
            close = get_close_matches(key, known, 1)
            hint = f"did you mean {close[0]}?" if close else "known here: " + ", ".join(known)
            self._note("unknown field", f"{what}: unknown field {key}", place, hint)

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
            hint = f"write it without quotes: {node.text}"
        self._wrong_type(node, what, "a whole number from 0", hint)
        return default

    def _choice(self, node: Node | None, what: str, choices: tuple[str, ...], default: str) -> str:
        hint = "one of: " + ", ".join(choices)
        text = self._text(node, what, hint)
        if node is None or text is None:
            return default
        if text not in choices:
            self._note("bad value", f"{what}: {text} is not known", node.place, hint)
            return default
        return text

    def _wrong_type(self, node: Node, what: str, expected: str, hint: str | None = None) -> None:
        shown = isinstance(node, Scalar) and node.text and not _secret_variable(node.text)
        found = f"the {node.kind} {node.text}" if isinstance(node, Scalar) and shown else f"a {node.kind}"
        hint = hint or (_quote(node) if expected == "text" else None) or f"write {expected}"
        message = f"{what}: expected {expected}, found {found.replace('a nothing', 'nothing')}"
        self._note("wrong type", message, node.place, hint)

    def _note(self, code: str, message: str, place: Place | None, hint: str) -> None:
        self._problems.append(Problem(code, message, spot(self._file, place), hint))


def _secret_variable(key: str) -> str | None:
    """The variable for what a field that looks like a secret would hold."""
    plain = key.lower().replace("-", "_")
    if plain in _ELSEWHERE:
        return None
    return next((variable for word, variable in _LIKE_A_SECRET.items() if word in plain), None)


def _may_be_the_same(one: Iterable[KeywordRef], other: Iterable[KeywordRef]) -> bool:
    """Of keywords that have the same names: whether no two ids tell them apart."""
    ids = [(a.keyword_id, b.keyword_id) for a, b in zip(one, other, strict=True)]
    return all(None in pair or pair[0] == pair[1] for pair in ids)


def _quote(node: Node) -> str | None:
    """What to do about `yes`, `2026-01-01` and `123` where text was meant: YAML reads them otherwise."""
    if isinstance(node, Scalar) and node.text and node.kind != "text":
        return f'YAML reads {node.text} as a {node.kind}: quote it, "{node.text}"'
    return None
