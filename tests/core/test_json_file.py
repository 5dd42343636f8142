"""JSON that a machine wrote: what is wrong with it is told with its place, in whole sentences."""

from __future__ import annotations

import pytest

from reconciler.core import json_file
from reconciler.core.errors import InputError


def test_a_document_is_read_with_or_without_a_byte_order_mark() -> None:
    for data in (b'{"a": 1}', b'\xef\xbb\xbf{"a": 1}'):
        assert json_file.parse(data, "f", code="bad", hint="todo") == {"a": 1}


@pytest.mark.parametrize(
    ("data", "message", "where"),
    [
        (b'{\n"a": }', "it is not JSON: Expecting value", "f:2:6"),
        (b'{"a": 1, "a": 2}', "it has the key 'a' twice: a merge went wrong", "f"),
        (b"\xff", "it is not UTF-8", "f"),
        (b'"\\ud800"', "it is not UTF-8", "f"),
        (b"[" * 100_000, "it is not a file of ours: nested too deep", "f"),
        (b"0" * (json_file.MAX_BYTES + 1), "it is larger than 16 MiB", "f"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(data: bytes, message: str, where: str) -> None:
    with pytest.raises(InputError) as caught:
        json_file.parse(data, "f", code="bad", hint="todo", merge_hint="merge")
    (problem,) = caught.value.problems
    assert (problem.code, problem.message, problem.where, problem.hint) == ("bad", message, where, "todo")


def test_of_a_merge_conflict_its_line_and_a_hint_of_its_own() -> None:
    data = b"{\n<<<<<<< ours\n"
    for merge_hint, told in (("merge", "merge"), (None, "todo")):
        with pytest.raises(InputError) as caught:
            json_file.parse(data, "f", code="bad", hint="todo", merge_hint=merge_hint)
        (problem,) = caught.value.problems
        assert (problem.message, problem.where, problem.hint) == (
            "it has a merge conflict in it",
            "f:2:1",
            told,
        )
