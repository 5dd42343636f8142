"""JSON that a machine wrote and a merge may have broken: bytes -> document. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from .errors import InputError, Problem
from .messages import Said, Text
from .text import short

MAX_BYTES = 16 << 20
"""Of a lock, a plan or a library file; real ones are far smaller"""
_MARKS = (b"<" * 7, b">" * 7, b"=" * 7, b"|" * 7)
_CONFLICT = re.compile(rb"^(<{7}|>{7}|={7}|\|{7})( |\r?$)", re.MULTILINE)


class _TwiceError(ValueError):
    """An object has a key twice."""


def parse(data: bytes, file: str, *, code: str, hint: Said, merge_hint: Said | None = None) -> Any:
    """The document. Raises InputError, of this `code`, with the place in the file.

    `hint` is what to do about a file that can't be read, `merge_hint` about one with a merge conflict in it.
    """
    if any(mark in data for mark in _MARKS) and (conflict := _CONFLICT.search(data)):
        line = data.count(b"\n", 0, conflict.start()) + 1
        where = f"{file}:{line}:1"
        raise InputError(Problem(code, Text("core.merge-conflict"), where, merge_hint or hint))
    if len(data) > MAX_BYTES:
        raise InputError(Problem(code, Text("core.json-too-large", limit=MAX_BYTES >> 20), file, hint))
    try:
        document = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_no_twins)
        if b"\\ud" in data or b"\\uD" in data:
            json.dumps(document, ensure_ascii=False).encode()  # half a surrogate could never be written again
        return document
    except json.JSONDecodeError as error:
        where = f"{file}:{error.lineno}:{error.colno}"
        raise InputError(Problem(code, Text("core.no-json", why=error.msg), where, hint)) from None
    except RecursionError:
        raise InputError(Problem(code, Text("core.json-too-deep"), file, hint)) from None
    except ValueError as error:
        raise InputError(Problem(code, _said(error), file, hint)) from None


def _said(error: ValueError) -> Said:
    if isinstance(error, _TwiceError):
        return Text("core.json-key-twice", key=repr(short(error.args[0])))
    return Text("core.no-utf8") if isinstance(error, UnicodeError) else str(error)


def _no_twins(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise _TwiceError(Counter(key for key, _ in pairs).most_common(1)[0][0])
    return document
