"""Types and schema say the same of a format, in both directions: what one takes, the other takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.core import schemas
from reconciler.core.errors import InputError
from reconciler.library.file import LibraryDocument
from reconciler.lock.file import LockDocument, parse_lock

KEYWORDS = [
    {"name": "甲", "keyword_id": 1, "key": "thing1", "rule": "thing", "limit": 20, "values": None},
    {"name": "乙", "keyword_id": None, "key": None, "rule": None, "limit": None, "values": ["是", "否"]},
    {"name": "丙"},
]
FACTS = {"title": "t", "keywords": KEYWORDS, "scene": "s", "protect": True, "listed": False}
SINCE = "2026-11-23T10:00:00Z"
LOCK = {
    "version": 2,
    "dialect": "subscribe",
    "appid": "wx1",
    "account": "prod",
    "protect": True,
    "templates": {
        "a": {"template_id": "T", "id": "1", **FACTS},
        "b": {"template_id": "U", "id": "2", "keywords": []},
    },
    "retired": [
        {
            "template_id": "R",
            "name": "a",
            "id": "1",
            **FACTS,
            "reason": "replaced",
            "since": "2026-11-23T10:00:00Z",
        },
        {"template_id": "S", "name": None, "reason": "unmanaged", "since": "2026-11-23T10:00:00.5+08:00"},
    ],
}
LIBRARY = {
    "version": 1,
    "dialect": "subscribe",
    "pulled": "2026-11-27T10:00:00Z",
    "titles": [
        {"id": "1", "title": "t", "type": 2, "keywords": [{"keyword_id": 1, "name": "甲", "example": "x"}]},
        {"id": "2", "title": "u", "keywords": [{"keyword_id": 2, "name": "乙", "rule": "thing"}]},
        {"id": "3", "title": "v"},
    ],
}
FORMATS = {"lock": (LOCK, LockDocument, None), "library": (LIBRARY, LibraryDocument, "file")}

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, False, 0, 1, 2, 3, -1, 10**30, -(10**30), 1.5, float("inf"), float("nan")),
        *("", "x", "1", "甲", "\x00", "a\n", "wxopen", "official", "replaced", "removed", "a" * 64, "a" * 65),
        *("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z\n", "2026-11-23T10:00:00.1234567891Z", "2026-11-23"),
        *([], {}, [None], ["x"], [1], [[]], [{}], {"name": "x"}, {"a": {}}, KEYWORDS, LOCK["templates"]),
    ]
)
KEYS = st.sampled_from(
    [
        *(
            "a",
            "_",
            "a\n",
            "A",
            "a1_",
            "1a",
            "",
            "甲",
            "a" * 64,
            "a" * 65,
            "x-note",
            "name",
            "id",
            "title",
            "key",
        ),
        *("keywords", "scene", "protect", "listed", "limit", "values", "retired", "type", "rule", "since"),
    ]
)


def inner(document: Any) -> Iterator[Any]:
    """All objects and lists of a document, itself first."""
    if isinstance(document, dict | list):
        yield document
        for value in document.values() if isinstance(document, dict) else document:
            yield from inner(value)


@st.composite
def changed(draw: st.DrawFn, document: Any) -> Any:
    """A document with up to three things replaced, taken out or put in."""
    made = deepcopy(document)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.sampled_from(list(inner(made))))
        present = st.sampled_from(list(at)) if isinstance(at, dict) else st.sampled_from(range(len(at)))
        what = draw(st.sampled_from(["replace", "remove", "insert"] if at else ["insert"]))
        if what == "insert" and isinstance(at, dict):
            at[draw(KEYS)] = deepcopy(draw(ODD))
        elif what == "insert":
            at.append(deepcopy(draw(ODD)))
        elif what == "remove":
            del at[draw(present)]
        else:
            at[draw(present)] = deepcopy(draw(ODD))
    return made


def is_taken(document: Any, shape: Any) -> bool:
    try:
        msgspec.convert(document, shape)
    except msgspec.ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", FORMATS)
def test_the_type_takes_what_the_schema_takes_and_nothing_else(name: str) -> None:
    base, shape, part = FORMATS[name]
    schema = json.loads(schemas.text(name))
    if part is not None:
        schema = {"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]}
    validator = Draft202012Validator(schema)
    assert is_taken(base, shape)

    @given(document=changed(base))
    def held(document: Any) -> None:
        valid = validator.is_valid(document)
        event("valid" if valid else "not valid")
        assert is_taken(document, shape) == valid

    held()


@pytest.mark.parametrize("where", ["keyword_id", "limit"])
def test_an_integer_may_be_written_with_a_fraction_of_nothing(where: str) -> None:
    """JSON Schema takes 3.0 for an integer, and so do we."""
    document = deepcopy(LOCK)
    document["templates"]["a"]["keywords"][0][where] = 3.0  # type: ignore[index]
    read = parse_lock(json.dumps(document).encode(), "l")
    number = getattr(read.templates["a"].keywords[0], where)
    assert (number, type(number)) == (3, int)


def test_the_schemas_words_are_told_and_not_the_types() -> None:
    document = {**LOCK, "appid": 3}
    with pytest.raises(InputError) as caught:
        parse_lock(json.dumps(document).encode(), "l")
    (problem,) = caught.value.problems
    assert problem.message == "$.appid: 3 is not of type 'string', 'null'"
