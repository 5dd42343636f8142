"""templates.yaml with more templates in it: a text -> a text that keeps every byte it had. Pure.

A loader and a dumper would lose comments and order. So entries are written after the last line of
`templates:`, and whoever calls this reads the result again: it must mean what was there, and what was added.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from ..core.errors import InputError, Problem
from ..core.messages import Said, Text
from ..core.model import Desired, KeywordRef, Wanted
from .templates import read
from .yaml_nodes import BREAK, Mapping, lines_of, parse, quoted

_BRACE = re.compile(r"(?:&\S+\s+)?\{")
"""A mapping in braces, behind its anchor if it has one"""
_BOM = "\ufeff"
MAX_LINE = 100
"""Columns of a list of keywords in one line"""
MOST_SHOWN = 5
"""Entries that are shown, to be pasted"""


def with_templates(data: bytes | None, file: str, desired: Desired, added: Sequence[Wanted]) -> str:
    """The text of a templates.yaml that says what `desired` says, and wants more templates.

    `data` is the file's, None where there is none yet. Raises InputError where it does not say `desired` any
    more, or is written so that nothing can be added to it.
    """
    if data is None:
        return _read_back(_beginning(desired, added), desired, file, added)
    before = read(data, file)
    if before.templates != desired.templates:
        raise InputError(Problem("changed", Text("desired.changed"), file, Text("desired.run-again")))
    return _read_back(_extended(data, file, added), before, file, added)


def _read_back(text: str, before: Desired, file: str, added: Sequence[Wanted]) -> str:
    """The text, if it means what was there and what was added."""
    try:
        after = read(text.encode(), file)
    except InputError as error:
        raise _unfit(file, added, error.problems[0].text) from None
    if after != replace(before, templates=(*before.templates, *added)):
        raise _unfit(file, added, Text("desired.other-meaning"))
    return text


def _unfit(file: str, added: Sequence[Wanted], why: Said) -> InputError:
    paste = "\n".join(line for one in added[:MOST_SHOWN] for line in _entry(one, "      ", "  "))
    advice = Text("desired.paste", entries=paste)
    if len(added) > MOST_SHOWN:
        advice = Text("desired.paste-first", entries=paste, count=len(added) - MOST_SHOWN)
    return InputError(Problem("unfit", Text("desired.unfit", why=why), file, advice))


def _beginning(desired: Desired, added: Iterable[Wanted]) -> str:
    head = f"version: 1\ndialect: {desired.dialect}\n\ntemplates:"
    if not added:
        return f"{head} {{}}\n"
    return f"{head}\n" + "".join(_Block("  ", "  ", True, "\n").entries(added, begins=True))


def _extended(data: bytes, file: str, added: Sequence[Wanted]) -> str:
    """With more templates at the end of `templates:`. Raises InputError where those are written in braces,
    with something in them."""
    root, _ = parse(data, file)
    assert isinstance(root, Mapping)
    text = data.decode()
    mark, text = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    place, node = root.items["templates"]
    lines = lines_of(text)
    assert isinstance(node, Mapping)
    if not _in_braces(node, lines):
        end = _end(root, lines)
        block = _Block.like(node, lines[:end])
        return mark + "".join(_spliced(lines, end, block.entries(added)))
    if node.items or _in_braces(root, lines):
        raise _unfit(file, added, Text("desired.in-braces"))
    return mark + "".join(_unbraced(lines, node, place.column - 1, added))


def _in_braces(node: Mapping, lines: Sequence[str]) -> bool:
    return _BRACE.match(lines[node.place.line - 1], node.place.column - 1) is not None


def _indent(node: Mapping) -> int:
    """Blanks before the names of templates. (Where the mapping begins there may be an anchor.)"""
    first = next(iter(node.items.values()), None)
    return (node.place if first is None else first[0]).column - 1


def _end(root: Mapping, lines: Sequence[str]) -> int:
    """How many lines there are up to the last of `templates:`, which is neither blank nor a comment of what
    comes next."""
    place, node = root.items["templates"]
    after = [one.line - 1 for one, _ in root.items.values() if one.line > place.line]
    limit = min(after, default=len(lines))
    limit = next((n for n in range(place.line, limit) if lines[n].startswith("...")), limit)
    assert isinstance(node, Mapping)
    indent = _indent(node)
    while limit > place.line and not _belongs(lines[limit - 1], indent):
        limit -= 1
    return limit


def _belongs(line: str, indent: int) -> bool:
    inside = line.lstrip(" ")
    return bool(inside.strip()) and (not inside.startswith("#") or len(line) - len(inside) >= indent)


class _Block(Struct, frozen=True):
    """How a file writes its entries."""

    indent: str
    step: str
    apart: bool
    """by blank lines"""
    newline: str

    @classmethod
    def like(cls, node: Mapping, lines: Sequence[str]) -> _Block:
        """As the entries that are there are written."""
        entries = [entry for _, entry in node.items.values() if isinstance(entry, Mapping)]
        steps = [_indent(one) - _indent(node) for one in entries if not _in_braces(one, lines)]
        inside = lines[node.place.line : len(lines)]
        return cls(
            indent=" " * _indent(node),
            step=" " * next((step for step in steps if step > 0), 2),
            apart=len(node.items) == 1 or any(not line.strip() for line in inside),
            newline=_newline(lines),
        )

    def entries(self, added: Iterable[Wanted], *, begins: bool = False) -> Iterator[str]:
        """The lines of more entries, or of the first."""
        for number, one in enumerate(added):
            if self.apart and not (begins and number == 0):
                yield self.newline
            yield from (f"{line}{self.newline}" for line in _entry(one, self.indent, self.step))


def _newline(lines: Sequence[str]) -> str:
    return "\r\n" if lines and lines[0].endswith("\r\n") else "\n"


def _spliced(lines: Sequence[str], end: int, entries: Iterable[str]) -> Iterator[str]:
    yield from lines[:end]
    if not _ended(lines[end - 1]):
        yield _newline(lines)
    yield from entries
    yield from lines[end:]


def _ended(line: str) -> bool:
    return BREAK.search(line) is not None


def _unbraced(lines: Sequence[str], node: Mapping, indent: int, added: Iterable[Wanted]) -> Iterator[str]:
    """With a block in place of {}."""
    at, column = node.place.line - 1, node.place.column - 1
    yield from lines[:at]
    before, after = lines[at][:column].rstrip(" "), re.sub(r"^\{\s*\}", "", lines[at][column:])
    yield before + after.rstrip() + _newline(lines)
    yield from _Block(" " * (indent + 2), "  ", True, _newline(lines)).entries(added, begins=True)
    yield from lines[at + 1 :]


def _entry(one: Wanted, indent: str, step: str) -> Iterator[str]:
    inner = indent + step
    yield f"{indent}{one.name}:"
    yield f"{inner}id: {quoted(one.id)}"
    if one.title is not None:
        yield f"{inner}title: {quoted(one.title)}"
    if one.keywords:
        yield from _keywords(one.keywords, inner, step)
    if one.scene is not None:
        yield f"{inner}scene: {quoted(one.scene)}"
    if one.protect:
        yield f"{inner}protect: true"


def _keywords(refs: Sequence[KeywordRef], indent: str, step: str) -> Iterator[str]:
    written = [_keyword(ref) for ref in refs]
    line = f"{indent}keywords: [{', '.join(written)}]"
    if len(line) <= MAX_LINE:
        yield line
        return
    yield f"{indent}keywords:"
    yield from (f"{indent}{step}- {one}" for one in written)


def _keyword(ref: KeywordRef) -> str:
    name = quoted(ref.name)
    return name if ref.keyword_id is None else f"{{name: {name}, keyword_id: {ref.keyword_id}}}"
