"""YAML text -> a tree of plain values in which everything knows its line and column, or its comments. Pure.

It walks PyYAML's events rather than its nodes: there an explicit tag, an alias and a duplicate key are
still visible, and a document nested 10,000 deep is refused at level 65 without recursion.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NoReturn

import yaml
from msgspec import Struct, field

from ..core.errors import InputError, Problem, Problems
from ..core.invisible import called, code, compiled, find, is_blank, is_control
from ..core.messages import Said, Text
from ..core.model import Place
from ..core.text import short

MAX_BYTES = 1 << 20
MAX_STREAM = 64 << 20
MAX_DEPTH = 64
_DEPTH = "maximum nesting depth"
"""in what libyaml says where it stops by itself, at 1,000"""
MAX_VALUES = 200_000
"""Values after aliases are followed: far above what 1 MiB of honest YAML holds, far below a bomb."""

MAX_RAW = 20
"""Raw control characters that are told: a binary file has thousands."""

_MARKER = r"(?m)^(?:(?:<{7}|>{7}|\|{7})(?: .*)?|={7})\r?$"
"""A line that git writes between what two sides say; `<<<<<<<` begins such a place"""

_RAW_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
"""What may stand nowhere in a file, not even in a comment. YAML's parser tells of one, without its line."""

_SIMPLE = r"[^\W_][\w()（）/·．.-]*"
"""Text that means itself in YAML, if no plain type claims it"""

_EMPTY = {
    "templates": (Text("desired.no-templates"), Text("desired.begin-templates")),
    "proposals": (Text("desired.no-proposals"), Text("desired.begin-proposals")),
    "names": (Text("desired.no-names"), Text("desired.begin-names")),
    "values": (Text("desired.no-values"), Text("desired.begin-values")),
}
"""What is said of an empty file and what to do about it, by what it should hold"""

BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line for YAML"""

_WIDE_KEY = r"[ -]*[^\s:：#\"'\[{]+："
FULL_COLON = Text("desired.full-width-colon")

_BLANKS = " *"
_COMMENT = "#([^\n\r\x85\u2028\u2029]*)"
_HEADER = r"[|>][0-9+-]*[ \t]+#"
"""The mark of a block of text, if there is a comment behind it"""


_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_resolve: Callable[[type, str, tuple[bool, bool]], str] = yaml.resolver.Resolver().resolve
_KINDS = {
    "tag:yaml.org,2002:str": "text",
    "tag:yaml.org,2002:bool": "boolean",
    "tag:yaml.org,2002:int": "number",
    "tag:yaml.org,2002:float": "number",
    "tag:yaml.org,2002:null": "nothing",
    "tag:yaml.org,2002:timestamp": "date",
    "tag:yaml.org,2002:merge": "merge",
    "tag:yaml.org,2002:value": "text",
}

_A_KIND = {
    "text": Text("desired.a-text"),
    "boolean": Text("desired.a-boolean"),
    "number": Text("desired.a-number"),
    "nothing": Text("desired.nothing"),
    "date": Text("desired.a-date"),
    "merge": Text("desired.a-merge"),
    "list": Text("desired.a-list"),
    "mapping": Text("desired.a-mapping"),
}
"""What a node is called, by its kind"""


class Scalar(Struct):
    """A leaf: its text as written, and what YAML makes of it."""

    place: Place
    kind: str
    text: str
    size: int = 1


class Sequence(Struct):
    """A list."""

    place: Place
    items: list[Node] = field(default_factory=list)
    size: int = 1
    kind: str = "list"
    anchored: bool = False
    """it may stand in more places than one"""


class Mapping(Struct):
    """A mapping, keys in the file's order; each key with its own place."""

    place: Place
    items: dict[str, tuple[Place, Node]] = field(default_factory=dict)
    size: int = 1
    kind: str = "mapping"
    anchored: bool = False
    """it may stand in more places than one"""
    merged: bool = False
    """it has a merge key, which is told and not read: what seems to be missing may be meant by it"""


class Comment(Struct, frozen=True):
    """A comment: what stands behind its #, and the line that it is about.

    That is its own line, or if it has one to itself, the next on which there is more than a comment, unless
    that is less deep.
    """

    place: Place
    text: str
    about: int


Node = Scalar | Sequence | Mapping


def a_kind(node: Node) -> Text:
    """What a node is called: a list, a number, nothing."""
    return _A_KIND[node.kind]


GONE = Scalar(Place(1, 1), "nothing", "")
"""What stands in the tree in place of an entry that was given away"""


Take = Callable[[str, Place, "Node"], None]
"""What is done with one entry of a mapping: its key, where that stands, and its value."""


def parse(
    data: bytes, file: str, *, holds: str = "templates", seen_only: bool = True
) -> tuple[Node, list[Problem]]:
    """Read one YAML document; with it every duplicate key, tag and control character found on the way.

    `holds` is what its entries are. Text that a reviewer would not see is told, if it is `seen_only`.

    Raises InputError with what stopped the reading: not UTF-8, not YAML, too large, too deep, an alias bomb,
    more than one document, nothing in it.
    """
    return _parsed(data, _Builder(file, holds=holds, seen_only=seen_only), limit=MAX_BYTES)


def lines_of(text: str) -> list[str]:
    """The lines of a text as YAML has them, each with what ends it."""
    ends = [match.end() for match in BREAK.finditer(text)]
    whole = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    last = text[ends[-1] if ends else 0 :]
    return [*whole, last] if last else whole


def comments(data: bytes, file: str) -> Iterator[Comment]:
    """The comments of a YAML document that `parse` has read, in its order.

    PyYAML drops them: they are what stands between its tokens, and behind the mark of a block of text.
    """
    text = _decode(data, file, MAX_BYTES)
    starts = [0, *(match.end() for match in BREAK.finditer(text))]
    end, leads = 0, False
    for token in yaml.scan(text, Loader=_Loader):
        start = token.start_mark.index
        yield from _between(text, starts, end, start, leads=leads)
        leads = isinstance(token, yaml.ValueToken)
        end = max(end, token.end_mark.index)
        if getattr(token, "style", None) in ("|", ">"):
            headed = compiled(_HEADER).match(text, start) is not None
            yield from islice(_between(text, starts, start, end), 1 if headed else 0)


def _between(text: str, starts: list[int], start: int, end: int, *, leads: bool = False) -> Iterator[Comment]:
    """The comments of a gap between two tokens; `starts` is where the lines begin."""
    for match in compiled(_COMMENT).finditer(text, start, end):
        line = bisect_right(starts, match.start())
        first = starts[line - 1]
        alone = not text[first : match.start()].strip()
        about = bisect_right(starts, end) if alone else line
        if alone and not leads and not _leads_to(text, starts, line, about):
            about = line
        yield Comment(Place(line, match.start() - first + 1), match[1].strip(), about)


def _leads_to(text: str, starts: list[int], line: int, about: int) -> bool:
    """Whether a comment of its own line is about one below: not if that is less deep. (What ends an entry is
    not about the next.)"""
    here, there = (_depth(text, starts[at - 1]) for at in (line, about))
    return here <= there


def _depth(text: str, start: int) -> int:
    blanks = compiled(_BLANKS).match(text, start)
    return 0 if blanks is None else blanks.end() - start


def stream(data: bytes, file: str, take: Take, *, under: str) -> tuple[Node, list[Problem]]:
    """Read one YAML document whose many entries are taken one by one and then forgotten.

    They stand at the top, or below the key `under`. Returns what is left of the tree. Raises as `parse` does.
    """
    return _parsed(data, _Builder(file, shed=_Shed(take, under)), limit=MAX_STREAM)


def _parsed(data: bytes, builder: _Builder, *, limit: int) -> tuple[Node, list[Problem]]:
    file = builder.file
    text = builder.text = _decode(data, file, limit)
    if found := list(_conflicts(text, file)) or list(islice(_raw_controls(text, file), MAX_RAW)):
        raise InputError(found)
    read = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
            read = event.end_mark.index if event.end_mark else read
    except yaml.YAMLError as error:
        if _DEPTH in (getattr(error, "problem", None) or ""):
            builder.refuse_depth(_Lines(text).place(_opening(text, read, error, MAX_DEPTH - builder.depth)))
        known = {one.where for one in builder.problems}
        told = [one for one in _not_yaml(error, text, file) if one.where not in known]
        raise InputError([*builder.problems, *told]) from None
    root = builder.root
    if root is None or (isinstance(root, Scalar) and root.kind == "nothing"):
        raise InputError(_empty(file, builder.holds))
    return root, builder.problems


def _opening(text: str, read: int, error: yaml.YAMLError, more: int) -> int:
    """Where the bracket stands that comes after so many `more` open ones behind what was read.

    From PyYAML 6.0.4 on libyaml has a limit of its own, and looks ahead of what it tells of: it may stop
    before the first of these brackets was told. What it has looked at is scanned again, without a limit.
    """
    mark = getattr(error, "problem_mark", None)
    end = mark.index if mark else len(text)
    depth = -1  # of the bracket that makes the rest one of brackets
    try:
        for token in yaml.scan(f"[{text[read : end + 1]}", Loader=yaml.SafeLoader):
            depth += isinstance(token, yaml.FlowSequenceStartToken | yaml.FlowMappingStartToken)
            depth -= isinstance(token, yaml.FlowSequenceEndToken | yaml.FlowMappingEndToken)
            if depth > more:
                return read + int(token.start_mark.index) - 1
    except yaml.YAMLError:
        pass  # the rest may be wrong in other ways, too
    return end


def quoted(text: str) -> str:
    """A text as it must stand in a flow mapping to be read back as itself, without quotes if that will do."""
    if re.fullmatch(_SIMPLE, text) and _KINDS[_resolve(yaml.ScalarNode, text, (True, False))] == "text":
        return text
    import json  # noqa: PLC0415  (`validate` writes none)

    return json.dumps(text, ensure_ascii=False)


def spot(file: str, place: Place | None) -> str:
    """file:line:column, or the file alone."""
    return file if place is None else f"{place.file or file}:{place.line}:{place.column}"


def _empty(file: str, holds: str) -> Problem:
    text, advice = _EMPTY[holds]
    return Problem("empty file", text, f"{file}:1:1", advice)


def _decode(data: bytes, file: str, limit: int) -> str:
    if len(data) > limit:
        text = Text("desired.too-large", limit=limit >> 20)
        raise InputError(Problem("too large", text, file, Text("desired.split-file")))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        where = f"{file}:{before.count(chr(10)) + 1}:{len(before) - (before.rfind(chr(10)) + 1) + 1}"
        text = Text("desired.not-utf8", byte=data[error.start])
        raise InputError(Problem("not UTF-8", text, where, Text("desired.save-as-utf8"))) from None


def _conflicts(text: str, file: str) -> Iterator[Problem]:
    """Where a merge left what both sides say."""
    markers = list(re.finditer(_MARKER, text)) if any(7 * mark in text for mark in "<>|=") else []
    lines = _Lines(text) if markers else None
    for match in [one for one in markers if one[0].startswith("<")] or markers[:1]:
        assert lines is not None, "there is a marker"
        where = spot(file, lines.place(match.start()))
        yield Problem("conflict", Text("desired.conflict"), where, Text("desired.resolve-conflict"))


def _raw_controls(text: str, file: str) -> Iterator[Problem]:
    lines: _Lines | None = None
    for match in _RAW_CONTROL.finditer(text):
        lines = lines or _Lines(text)
        yield _unseen(match[0], None, spot(file, lines.place(match.start())))


def _unseen(char: str, field: str | None, where: str) -> Problem:
    """A character that nobody sees, or takes for another, in the text of a field, if that is known."""
    text, advice = _about_unseen(char)
    if field is not None:
        text = Text("desired.of", of=field, what=text)
    return Problem("control character" if is_control(char) else "invisible character", text, where, advice)


def _about_unseen(char: str) -> tuple[Text, Text]:
    if is_control(char):
        return Text("desired.control", character=code(char)), Text("desired.remove-it")
    if is_blank(char):
        return Text("desired.odd-blank", character=called(char)), Text("desired.plain-blank")
    return Text("desired.unseen", character=called(char)), Text("desired.remove-it")


class _Lines:
    """The lines of a text, to find a place in it."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in BREAK.finditer(text))]

    def place(self, at: int) -> Place:
        """Where the character of this index stands."""
        line = bisect_right(self._starts, at)
        return Place(line, at - self._starts[line - 1] + 1)


def _not_yaml(error: yaml.YAMLError, text: str, file: str) -> list[Problem]:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or ""
    where = file if mark is None else f"{file}:{mark.line + 1}:{mark.column + 1}"
    above = max(0, mark.line - 1) if mark else 0
    lines = lines_of(text)[above : mark.line + 1] if mark else []
    if lines and lines[-1].startswith("\t"):
        advice = Text("desired.no-tab")
    elif "unexpected ':'" in what:
        advice = Text("desired.quote-colon")
    elif any("：" in line for line in lines):
        advice = FULL_COLON
        where = next(_wide_colons(lines, file, above), where)
    else:
        advice = Text("desired.look-above")
    told = _told(what or Text("desired.unreadable"), getattr(error, "context", None))
    return [*_odd_blanks(lines, file, above), Problem("not YAML", told, where, advice)]


def _told(what: Said, context: str | None) -> Text:
    """What PyYAML says of a text, in its own words."""
    if context:
        return Text("desired.not-yaml-while", what=what, context=context)
    return Text("desired.not-yaml", what=what)


def _wide_colons(lines: Iterable[str], file: str, above: int) -> Iterator[str]:
    """Where a full-width colon stands behind a key, as if it were one: YAML stumbles further on."""
    for number, line in enumerate(lines, above + 1):
        found = re.match(_WIDE_KEY, line)
        if found is not None:
            yield spot(file, Place(number, found.end()))


def _odd_blanks(lines: Iterable[str], file: str, above: int) -> Iterator[Problem]:
    """What of these lines YAML does not take for a blank, though a reader does: the first of each."""
    for number, line in enumerate(lines, above + 1):
        found = find(BREAK.sub("", line).replace("\t", " "))
        if found is not None:
            yield _unseen(found[0], None, spot(file, Place(number, found.start() + 1)))


class _Shed(Struct, frozen=True):
    """Entries of the top, or of the mapping `under` there, go to `take`."""

    take: Take
    under: str


class _Builder:
    """Takes events one after the other; a stack instead of recursion."""

    def __init__(
        self, file: str, shed: _Shed | None = None, *, holds: str = "templates", seen_only: bool = True
    ) -> None:
        self.file = file
        self._seen_only = seen_only
        self.holds = holds
        self._shed = shed
        self.root: Node | None = None
        self.text = ""
        self.problems: list[Problem] = Problems()
        self._documents = 0
        self._stack: list[Sequence | Mapping] = []
        self._keys: list[tuple[str | None, Place] | None] = []
        self._anchors: dict[str, Node] = {}
        self._open_anchors: list[str | None] = []

    @property
    def depth(self) -> int:
        """How many collections are open."""
        return len(self._stack)

    def refuse_depth(self, place: Place) -> NoReturn:
        """Stop at what opens one collection too many. Raises InputError."""
        text = Text("desired.too-deep", most=MAX_DEPTH)
        self._stop("too deep", text, place, Text("desired.three-levels"))

    def take(self, event: yaml.Event) -> None:
        mark = event.start_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    text, advice = Text("desired.second-document"), Text("desired.keep-one")
                    self._stop("several documents", text, place, advice)
            case yaml.ScalarEvent():
                self._scalar(event, place)
            case yaml.SequenceStartEvent():
                self._open(Sequence(place, anchored=event.anchor is not None), event, place)
            case yaml.MappingStartEvent():
                self._open(Mapping(place, anchored=event.anchor is not None), event, place)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._close()
            case yaml.AliasEvent():
                self._alias(event, place)

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> None:
        self._refuse_tag(event.tag, place)
        if self._seen_only and find(event.value) is not None:
            self._refuse_unseen(event, place)
        kind = "text"
        if event.implicit[0]:
            kind = _KINDS[_resolve(yaml.ScalarNode, event.value, (True, False))]
        if kind == "merge" and not self._awaits_key():
            kind = "text"
        node = Scalar(place, kind, event.value)
        if event.anchor:
            self._anchors[event.anchor] = node
        self._put(node, place)

    def _open(self, node: Sequence | Mapping, event: yaml.CollectionStartEvent, place: Place) -> None:
        self._refuse_tag(event.tag, place)
        if self.depth >= MAX_DEPTH:
            self.refuse_depth(place)
        self._put(node, place)
        self._stack.append(node)
        self._keys.append(None)
        self._open_anchors.append(event.anchor)

    def _close(self) -> None:
        node = self._stack.pop()
        self._keys.pop()
        anchor = self._open_anchors.pop()
        if anchor:
            self._anchors[anchor] = node
        if self._stack:
            self._grow(node.size, node.place)
        if self._shed is not None:
            self._give_away(node, self._shed)

    def _give_away(self, node: Node, shed: _Shed) -> None:
        """An entry that is complete leaves the tree; its key stays, so that a second one is told."""
        parent = self._stack[-1] if self._stack else None
        if not isinstance(parent, Mapping) or len(self._stack) > 2 or not parent.items:
            return
        key = next(reversed(parent.items))
        place, last = parent.items[key]
        wrapped = len(self._stack) == 2
        outer = self._stack[0]
        inside = wrapped and isinstance(outer, Mapping) and next(reversed(outer.items), None) == shed.under
        if last is node and (inside if wrapped else key != shed.under):
            shed.take(key, place, node)
            parent.items[key] = (place, GONE)
            parent.size = 1

    def _alias(self, event: yaml.AliasEvent, place: Place) -> None:
        node = self._anchors.get(event.anchor or "")
        if node is None:
            self._stop("bad alias", Text("desired.bad-alias"), place, Text("desired.anchor-first"))
        else:
            self._put(node, place, aliased=True)
            self._grow(node.size, place)

    def _grow(self, size: int, place: Place) -> None:
        parent = self._stack[-1] if self._stack else None
        if parent is None:
            return
        parent.size += size
        if parent.size > MAX_VALUES:
            text = Text("desired.alias-bomb", most=MAX_VALUES)
            self._stop("alias bomb", text, place, Text("desired.write-out"))

    def _put(self, node: Node, place: Place, *, aliased: bool = False) -> None:
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        if isinstance(node, Scalar) and not aliased:
            parent.size += 1
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif self._keys[-1] is None:
            self._keys[-1] = self._key(node, place)
        else:
            key, key_place = self._keys[-1]
            self._keys[-1] = None
            if key is None:
                parent.merged = True
            else:
                self._add(parent, key, key_place, node)

    def _awaits_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1], Mapping) and self._keys[-1] is None

    def _key(self, node: Node, place: Place) -> tuple[str | None, Place]:
        """A key and where it stands; None for a merge key, whose value goes nowhere."""
        if isinstance(node, Scalar) and node.kind == "merge":
            self._note("merge key", Text("desired.merge-key"), place)
            return None, place
        if isinstance(node, Scalar):
            return node.text, place
        self._stop("bad key", Text("desired.bad-key", kind=a_kind(node)), place, Text("desired.plain-keys"))
        raise AssertionError("unreachable: _stop raises")

    def _add(self, parent: Mapping, key: str, place: Place, node: Node) -> None:
        if key not in parent.items:
            parent.items[key] = (place, node)
            return
        first = parent.items[key][0]
        text = Text("desired.duplicate-key", key=short(key), line=first.line)
        self._note("duplicate key", text, place, Text("desired.keep-one-of-them"))

    def _refuse_tag(self, tag: str | None, place: Place) -> None:
        if tag is not None:
            text = Text("desired.tag")
            if tag == "!" or tag.startswith("tag:yaml.org,2002:"):
                text = Text("desired.tag-named", tag=short(tag))
            self._note("tag", text, place, Text("desired.remove-tag"))

    def _refuse_unseen(self, event: yaml.ScalarEvent, place: Place) -> None:
        """A text with a character in it that a reviewer does not see."""
        field = self._field()
        shown = None if not field or find(field) else short(field)
        if event.style in ("|", ">") and find(event.value.replace("\n", "")) is None:
            self._refuse_block(event, shown or Text("desired.a-text"), place)
            return
        match = find(event.value)
        assert match is not None, "there is such a character"
        start, end = (mark.index if mark else 0 for mark in (event.start_mark, event.end_mark))
        at = self.text.find(match[0], start, end)
        if at >= 0 and match[0] not in "\n\r\t":
            before = self.text[start:at]
            broken = list(BREAK.finditer(before))
            column = at - start + place.column if not broken else at - start - broken[-1].end() + 1
            place = Place(place.line + len(broken), column)
        self.problems.append(_unseen(match[0], shown, spot(self.file, place)))

    def _field(self) -> str | None:
        """The key that what comes next stands behind, or is in a list behind."""
        key = self._keys[-1] if self._keys else None
        if key is not None or len(self._stack) < 2:
            return None if key is None else key[0]
        above = self._stack[-2]
        last = next(reversed(above.items.items()), None) if isinstance(above, Mapping) else None
        return last[0] if last is not None and last[1][1] is self._stack[-1] else None

    def _refuse_block(self, event: yaml.ScalarEvent, field: Said, place: Place) -> None:
        """A text in lines of its own, behind `|` or `>`, which ends in a line break."""
        if "\n" in event.value.rstrip("\n"):
            text, advice = Text("desired.line-break", field=field), Text("desired.one-line")
        else:
            text = Text("desired.ends-in-break", field=field, style=event.style or "")
            advice = Text("desired.without-style", style=event.style or "")
        self._note("line break", text, place, advice)

    def _note(self, code: str, text: Text, place: Place, advice: Text | None = None) -> None:
        self.problems.append(Problem(code, text, spot(self.file, place), advice))

    def _stop(self, code: str, text: Text, place: Place, advice: Text) -> NoReturn:
        self._note(code, text, place, advice)
        raise InputError(self.problems)
