"""What can happen to a document on its way: recipes of steps over bytes, lines or JSON trees.

A recipe is made before it is known what it will be carried out on (the n-th reply of a server), so its
places are plain numbers, taken modulo what is there. Nothing here knows the program under test.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

MARK = "\ue000mark\ue000"

HOSTILE = (
    *("null", "true", "false", "0", "-1", "1", "2", "3.5", "-0.0", "1e400", "-1e400", "NaN", "-Infinity"),
    *("9" * 30, "9" * 5000, "40001", "45009", "45026", "-1.0", '"-1"', '"0"', '"40037"'),
    *('""', '" "', '"x"', '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\\u001b[2J\\r\\n"', '"a\\nb"'),
    *('"\u202eevil\u2028"', '"\u200b"', '"' + "x" * 3000 + '"', '"' + "很" * 70_000 + '"', '"../../etc"'),
    *('"AT0002"', '"AT0003"', '"购买地点"', '"购买时间："', '"2026-13-45T99:99:99Z"', '"{{keyword1.DATA}}"'),
    *("[]", "{}", "[[]]", "[{}]", '{"a": 1, "a": 2}', '{"": null}', '{"errcode": 0}', '["AT0002"]'),
    *("[" * 70 + "]" * 70, "[" * 5000 + "]" * 5000, '{"a":' * 3000 + "1" + "}" * 3000, "{", "]"),
)
"""Values in place of any other: JSON's own text, so that it may be none"""

YAML_ONLY = (
    *("~", "yes", "no", ".nan", ".inf", "0x10", "0o17", "1_000", "2001-01-01", "12:30:45", "=", "<<: {}"),
    *(
        "&a [*a]",
        "*nobody",
        "&a {b: &c [*c]}",
        "!!binary aGk=",
        "!!python/object/apply:os.system [id]",
        "!!set {a}",
    ),
    *(
        "- a",
        "? b",
        "|",
        ">-",
        "'",
        '"',
        "%YAML 9.9",
        "---",
        "...",
        "\t",
        "@",
        "`",
        "[",
        "{a: ",
        "# x",
        "!<x>",
    ),
    *('"\\ud800"', '"\\x00"', '"\\U00110000"', "key: key: key", "\x85", "\u2028", "\x07", "\ufeff"),
    *(
        "prune: all",
        "max_deletes: -1",
        "retire_after: 99999999999999999999d",
        "retire_after: 1d",
        "protect: true",
    ),
)
"""What only YAML can trip over, put behind a colon or in a line of its own"""


class Step(NamedTuple):
    """One thing that happens: `what` it is, two numbers for where, and what is put there."""

    what: str
    at: int
    to: int
    text: str


Recipe = Sequence[Step]
Change = Callable[[bytes, Step], bytes]


def recipes(*pools: Sequence[str], most: int = 3) -> st.SearchStrategy[Recipe]:
    """Recipes that put in values from these pools."""
    number = st.integers(0, 4095)
    step = st.builds(
        Step,
        st.sampled_from(sorted(CHANGES)),
        number,
        number,
        st.sampled_from([one for p in pools for one in p]),
    )
    return st.lists(step, min_size=1, max_size=most)


def carried_out(recipe: Recipe, data: bytes) -> bytes:
    """The document after all of it."""
    for step in recipe:
        data = CHANGES[step.what](data, step)
    return data


# ---------------------------------------------------------------- bytes


def _span(data: bytes, step: Step) -> tuple[int, int]:
    start = step.at * len(data) // 4096
    return start, start + 1 + step.to % 40


def _flip(data: bytes, step: Step) -> bytes:
    start, _ = _span(data, step)
    return (
        data[:start] + bytes(one ^ (1 << step.to % 8) for one in data[start : start + 1]) + data[start + 1 :]
    )


def _drop(data: bytes, step: Step) -> bytes:
    start, end = _span(data, step)
    return data[:start] + data[end:]


def _double(data: bytes, step: Step) -> bytes:
    start, end = _span(data, step)
    return data[:end] + data[start:]


def _insert(data: bytes, step: Step) -> bytes:
    start, _ = _span(data, step)
    return data[:start] + step.text.encode() + data[start:]


def _noise(data: bytes, step: Step) -> bytes:
    start, _ = _span(data, step)
    return data[:start] + bytes([step.to % 256, step.to // 16]) + data[start:]


def _encoded(encoding: str) -> Change:
    return lambda data, _: data.decode("utf-8", "replace").encode(encoding, "replace")


# ---------------------------------------------------------------- lines


def _lined(change: Callable[[list[bytes], int, Step], list[bytes]]) -> Change:
    def changed(data: bytes, step: Step) -> bytes:
        lines = data.split(b"\n")
        return b"\n".join(change(lines, step.at % len(lines), step))

    return changed


def _conflict(lines: list[bytes], at: int, step: Step) -> list[bytes]:
    end = at + step.to % 4
    ours, theirs = lines[at:end], lines[at : end + 1]
    return [*lines[:at], b"<<<<<<< HEAD", *ours, b"=======", *theirs, b">>>>>>> feature", *lines[end:]]


def _value(lines: list[bytes], at: int, step: Step) -> list[bytes]:
    key, colon, _ = lines[at].partition(b":")
    return [*lines[:at], key + (colon or b":") + b" " + step.text.encode(), *lines[at + 1 :]]


def _line(lines: list[bytes], at: int, step: Step) -> list[bytes]:
    indent = b" " * (len(lines[at]) - len(lines[at].lstrip()))
    return [*lines[:at], indent + step.text.encode(), *lines[at:]]


def _twice(lines: list[bytes], at: int, step: Step) -> list[bytes]:
    end = at + 1 + step.to % 6
    return [*lines[:end], *lines[at:end], *lines[end:]]


def _indented(lines: list[bytes], at: int, step: Step) -> list[bytes]:
    return [*lines[:at], b" \t"[step.to % 2 : step.to % 2 + 1] + lines[at], *lines[at + 1 :]]


# ---------------------------------------------------------------- the tree


def _tree(change: Callable[[Any, Any, Step, list[tuple[Any, Any]]], None]) -> Change:
    """A change of one place of a JSON document. One that is none, or broken already, stays as it is."""

    def changed(data: bytes, step: Step) -> bytes:
        try:
            root = [json.loads(data)]
            places = _places(root)
            change(*places[step.at % len(places)], step, places)
            return json.dumps(root[0], ensure_ascii=False).replace(f'"{MARK}"', step.text).encode()
        except (ValueError, RecursionError):
            return data

    return changed


def _places(root: list[Any]) -> list[tuple[Any, Any]]:
    """Each value of the tree as the container and the key that lead to it."""
    found: list[tuple[Any, Any]] = []
    waiting: list[Any] = [root]
    while waiting:
        box = waiting.pop()
        keys = range(len(box)) if isinstance(box, list) else list(box)
        found += [(box, key) for key in keys]
        waiting += [box[key] for key in keys if isinstance(box[key], list | dict)]
    return found


def _replace(box: Any, key: Any, _step: Step, _: Any) -> None:
    box[key] = MARK


def _remove(box: Any, key: Any, _step: Step, _: Any) -> None:
    if len(box) > 1:
        del box[key]


def _copy(box: Any, key: Any, step: Step, places: list[tuple[Any, Any]]) -> None:
    other, its = places[step.to % len(places)]
    box[key] = json.loads(json.dumps(other[its]))


def _more(box: Any, key: Any, step: Step, _: Any) -> None:
    """A list has it twice; an object gets a key that nobody knows."""
    if isinstance(box, list):
        box.insert(step.to % (len(box) + 1), json.loads(json.dumps(box[key])))
    else:
        box[f"new{step.to}"] = MARK


def _wrap(box: Any, key: Any, step: Step, _: Any) -> None:
    box[key] = [box[key]] if step.to % 2 else {"value": box[key]}


def _renamed(box: Any, key: Any, _step: Step, places: list[tuple[Any, Any]]) -> None:
    if isinstance(box, dict):
        box[places[_step.to % len(places)][1] if _step.to % 3 else MARK] = box.pop(key)


def _again(data: bytes, step: Step) -> bytes:
    """A key twice in one object, with two values."""
    start = data.find(b'"', step.at * len(data) // 4096)
    end = data.find(b'":', start)
    if start < 0 or end < 0 or b"\n" in data[start:end]:
        return data
    return data[:start] + data[start:end] + b'":' + step.text.encode() + b"," + data[start:]


CHANGES: dict[str, Change] = {
    "bytes: flip": _flip,
    "bytes: drop": _drop,
    "bytes: double": _double,
    "bytes: insert": _insert,
    "bytes: noise": _noise,
    "bytes: cut": lambda data, step: data[: step.at * (len(data) + 1) // 4096],
    "bytes: BOM": lambda data, _: b"\xef\xbb\xbf" + data,
    "bytes: UTF-16": _encoded("utf-16"),
    "bytes: GB 18030": _encoded("gb18030"),
    "lines: CRLF": lambda data, _: data.replace(b"\n", b"\r\n"),
    "lines: CR": lambda data, _: data.replace(b"\n", b"\r"),
    "lines: conflict": _lined(_conflict),
    "lines: value": _lined(_value),
    "lines: insert": _lined(_line),
    "lines: twice": _lined(_twice),
    "lines: indent": _lined(_indented),
    "tree: replace": _tree(_replace),
    "tree: replace another": _tree(_replace),
    "tree: replace one more": _tree(_replace),
    "tree: remove": _tree(_remove),
    "tree: copy": _tree(_copy),
    "tree: more": _tree(_more),
    "tree: wrap": _tree(_wrap),
    "tree: rename": _tree(_renamed),
    "tree: key twice": _again,
}
