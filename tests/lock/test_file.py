"""The lock: its text, what is refused of it, and the one atomic write."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from reconciler.core import files, schemas
from reconciler.core.errors import InputError
from reconciler.core.model import Entry, Lock, LockedKeyword, Retired
from reconciler.lock.file import lock_text, parse_lock

OLD = Entry("OLD", "AT0003", "购买失败通知", ())
PAID = Entry("wDYz", "AT0002", "购买成功通知", (LockedKeyword("购买地点", 3, "keyword1"),), protect=True)
FULL = Lock("wxopen", "wx1", {"order_paid": PAID}, (Retired("old", OLD, "replaced", "2026-11-23T10:00:00Z"),))
TEXT = """\
{
  "version": 1,
  "dialect": "wxopen",
  "appid": "wx1",
  "templates": {
    "order_paid": {
      "template_id": "wDYz",
      "id": "AT0002",
      "title": "购买成功通知",
      "keywords": [
        {
          "name": "购买地点",
          "keyword_id": 3,
          "key": "keyword1"
        }
      ],
      "protect": true
    }
  },
  "retired": [
    {
      "template_id": "OLD",
      "name": "old",
      "id": "AT0003",
      "title": "购买失败通知",
      "keywords": [],
      "reason": "replaced",
      "since": "2026-11-23T10:00:00Z"
    }
  ]
}
"""
EMPTY = '{\n  "version": 1,\n  "dialect": "wxopen",\n  "appid": null,\n  "templates": {}\n}\n'
RESTORE = "restore it from version control; never start with an empty one, or what it owned is forgotten"


def test_text_and_back() -> None:
    assert lock_text(FULL) == TEXT
    assert parse_lock(TEXT.encode(), "l") == FULL
    assert lock_text(Lock()) == EMPTY


SECOND_EDITION = [
    (Lock(account="prod"), {"account": "prod"}),
    (Lock(protect=True), {"account": None, "protect": True}),
    (
        Lock(templates={"a": Entry("T", "AT1", "甲", (), listed=False)}),
        {
            "account": None,
            "templates": {
                "a": {"template_id": "T", "id": "AT1", "title": "甲", "keywords": [], "listed": False}
            },
        },
    ),
    (
        Lock(templates={"a": Entry("T", "1", "甲", (LockedKeyword("乙", 1, "thing1", "thing", 20),))}),
        {
            "account": None,
            "templates": {
                "a": {
                    "template_id": "T",
                    "id": "1",
                    "title": "甲",
                    "keywords": [
                        {
                            "name": "乙",
                            "keyword_id": 1,
                            "key": "thing1",
                            "rule": "thing",
                            "limit": 20,
                            "values": None,
                        }
                    ],
                }
            },
        },
    ),
    (
        Lock(retired=(Retired(None, OLD, "unmanaged", "2026-11-23T10:00:00Z"),)),
        {
            "account": None,
            "retired": [
                {
                    "template_id": "OLD",
                    "name": None,
                    "id": "AT0003",
                    "title": "购买失败通知",
                    "keywords": [],
                    "reason": "unmanaged",
                    "since": "2026-11-23T10:00:00Z",
                }
            ],
        },
    ),
]


@pytest.mark.parametrize(("lock", "fields"), SECOND_EDITION)
def test_what_version_1_has_no_field_for_makes_it_version_2(lock: Lock, fields: dict[str, object]) -> None:
    """Without such a thing the text is of version 1, so that an upgrade changes nothing."""
    empty: dict[str, object] = {"dialect": "wxopen", "appid": None, "templates": {}}
    text = lock_text(lock)
    assert json.loads(text) == {**empty, "version": 2, **fields}
    assert parse_lock(text.encode(), "l") == lock


def test_names_are_sorted() -> None:
    text = lock_text(Lock(templates={"b": OLD, "a": OLD}))
    assert text.index('"a"') < text.index('"b"')


@pytest.mark.parametrize(
    ("data", "where", "message", "hint"),
    [
        (b"", "l:1:1", "it is not JSON: Expecting value", RESTORE),
        (
            b'{"version": 1,',
            "l:1:15",
            "it is not JSON: Expecting property name enclosed in double quotes",
            RESTORE,
        ),
        (b"\xff", "l", "it is not UTF-8", RESTORE),
        (EMPTY.replace("null", '"\\ud800"').encode(), "l", "it is not UTF-8", RESTORE),
        (b'{"version": 1, "version": 1}', "l", "it has the key 'version' twice: a merge went wrong", RESTORE),
        (b"[" * 100_000, "l", "it is not a file of ours: nested too deep", RESTORE),
        (
            EMPTY.replace("{}", '{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> other\n}').encode(),
            "l:6:1",
            "it has a merge conflict in it",
            "take one side whole (git checkout --theirs FILE), then run plan: it shows what differs",
        ),
        (
            b'{"version": 3, "anything": []}',
            "l",
            "the lock is of version 3; this reconciler knows 2",
            "install a newer reconciler",
        ),
        (b"[]", "l", "$: it is no object", RESTORE),
        (
            TEXT.replace('"wDYz"', "7").encode(),
            "l",
            "$.templates.order_paid.template_id: 7 is not of type 'string'",
            RESTORE,
        ),
        (
            TEXT.replace("2026-11-23T", "2026-99-99T").encode(),
            "l",
            "$.retired[0].since: 2026-99-99T10:00:00Z is no time",
            RESTORE,
        ),
        (
            TEXT.replace("10:00:00Z", "10:00:00+24:00").encode(),
            "l",
            "$.retired[0].since: 2026-11-23T10:00:00+24:00 is no time",
            RESTORE,
        ),
    ],
)
def test_refused(data: bytes, where: str, message: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_lock(data, "l")
    first = caught.value.problems[0]
    assert (first.where, first.message, first.hint) == (where, message, hint)


@pytest.mark.parametrize("time", ["10:00:00", "10:00Z", "10:00:00z", "10:00:00+0800", "10:00:00 Z"])
def test_a_time_without_a_zone_or_of_another_shape_is_refused(time: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_lock(TEXT.replace("10:00:00Z", time).encode(), "l")
    message = caught.value.problems[0].message
    assert message.startswith(f"$.retired[0].since: '2026-11-23T{time}' does not match")


@pytest.mark.parametrize("time", ["10:00:00.123456789Z", "10:00:00+08:00", "10:00:00.5-00:00"])
def test_every_time_of_rfc_3339_is_read_and_kept_as_it_is(time: str) -> None:
    text = TEXT.replace("10:00:00Z", time)
    assert lock_text(parse_lock(text.encode(), "l")) == text


# ---------------------------------------------------------------- the write


def test_a_write_replaces_the_whole_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    files.write(path, "one\n")
    path.chmod(0o640)
    files.write(path, "two\n")
    assert path.read_text() == "two\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["lock"]  # noqa: PTH208


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    """A disk that is full, as the kernel says it: the limit on a file's size."""
    import resource
    import signal

    path = tmp_path / "lock"
    files.write(path, "one\n")
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, old[1]))
        with pytest.raises(OSError, match="File too large"):
            files.write(path, "x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_text() == "one\n"
    assert os.listdir(tmp_path) == ["lock"]  # noqa: PTH208


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "lock"
    link.symlink_to(tmp_path / "real" / "lock")
    files.write(link, "one\n")
    assert link.is_symlink()
    assert (tmp_path / "real" / "lock").read_text() == "one\n"


def test_reading_what_is_not_there_or_no_file(tmp_path: Path) -> None:
    assert files.read(tmp_path / "none", limit=10) is None
    with pytest.raises(InputError) as caught:
        files.read(tmp_path, limit=10)
    assert caught.value.problems[0].message == "can't read the file: it is a folder"


KEYWORD = {"name": "甲", "keyword_id": 1, "key": "thing1", "rule": "thing", "limit": 20, "values": None}
TEMPLATE = {"template_id": "T", "id": "AT1", "title": "t", "keywords": [KEYWORD], "listed": False}
SECOND = {"version": 2, "dialect": "wxopen", "appid": None, "account": "prod", "protect": True}


@pytest.mark.parametrize(
    ("lock", "template", "keyword", "where"),
    [
        ({"account": 3}, {}, {}, "$.account"),
        ({"protect": 1}, {}, {}, "$.protect"),
        ({}, {"listed": "no"}, {}, "$.templates.a.listed"),
        ({}, {"scene": None}, {}, "$.templates.a.scene"),
        ({}, {}, {"limit": 0}, "$.templates.a.keywords[0].limit"),
        ({}, {}, {"limit": True}, "$.templates.a.keywords[0].limit"),
        ({}, {}, {"values": [1]}, "$.templates.a.keywords[0].values[0]"),
        ({}, {}, {"rules": "thing"}, "$.templates.a.keywords[0]"),
    ],
)
def test_what_version_2_records_is_read_as_it_must_be(
    lock: dict[str, Any], template: dict[str, Any], keyword: dict[str, Any], where: str
) -> None:
    def text(**more: Any) -> bytes:
        inner = {**TEMPLATE, **template, "keywords": [{**KEYWORD, **keyword}]}
        return json.dumps({**SECOND, **lock, "templates": {"a": inner}, **more}).encode()

    with pytest.raises(InputError) as caught:
        parse_lock(text(), "l")
    assert caught.value.problems[0].message.startswith(f"{where}: ")
    with pytest.raises(InputError):
        parse_lock(text(retired=[]), "l")


def test_what_version_2_records_is_written_as_it_was_read() -> None:
    text = json.dumps({**SECOND, "templates": {"a": TEMPLATE}}).encode()
    read = parse_lock(text, "l")
    assert (read.account, read.protect, read.templates["a"].listed) == ("prod", True, False)
    assert parse_lock(lock_text(read).encode(), "l") == read


def test_a_written_lock_fits_its_schema() -> None:
    schemas.check("lock", json.loads(lock_text(FULL)), "l", hint="")
