"""A lock on disk: read once, and overwritten only as it was seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.errors import InputError
from reconciler.core.model import Lock
from reconciler.lock.file import lock_text
from reconciler.lock.store import ChangedError, LockStore

from ..tools import entry, lock

PATH = Path("templates.lock.json")
OLD, NEW = lock(a=entry("A", "AT1", "甲")), lock(b=entry("B", "AT1", "乙"))


@pytest.fixture
def store() -> LockStore:
    PATH.write_text(lock_text(OLD), "utf-8")
    found = LockStore(PATH)
    assert found.read() == OLD
    return found


def kept() -> Lock | None:
    return LockStore(PATH).read()


def test_what_was_seen_is_overwritten_again_and_again(store: LockStore) -> None:
    assert not store.written
    for each in (NEW, OLD, NEW):
        store.write(each)
        assert (kept(), store.written) == (each, True)


def test_what_is_not_there_is_written_anew(store: LockStore) -> None:
    PATH.unlink()
    store.write(NEW)
    assert kept() == NEW


def test_where_there_was_none_one_that_came_meanwhile_stays() -> None:
    store = LockStore(PATH)
    assert store.read() is None
    PATH.write_text(lock_text(OLD), "utf-8")
    with pytest.raises(ChangedError) as caught:
        store.write(NEW)
    assert caught.value.strerror == "somebody else has changed it since it was read"
    assert (kept(), store.written) == (OLD, False)


@pytest.mark.parametrize("text", [lock_text(NEW), "", "{}\n"])
def test_what_somebody_has_changed_stays(store: LockStore, text: str) -> None:
    PATH.write_text(text, "utf-8")
    with pytest.raises(ChangedError):
        store.write(OLD)
    assert PATH.read_text("utf-8") == text


def test_what_has_become_no_file_stays(store: LockStore) -> None:
    PATH.unlink()
    PATH.mkdir()
    with pytest.raises(ChangedError):
        store.write(NEW)
    assert PATH.is_dir()


def test_a_link_that_leads_nowhere_is_refused_where_it_was_found(tmp_path: Path) -> None:
    (tmp_path / "repository").mkdir()
    link = tmp_path / "repository" / PATH
    link.symlink_to(tmp_path / "repository" / "nothing")
    with pytest.raises(InputError) as caught:
        LockStore(link, inside=tmp_path / "repository").read()
    assert caught.value.problems[0].code == "dangling link"
    assert LockStore(link).read() is None  # named: whoever names it knows where it leads


def test_a_link_out_of_the_repository_is_refused_where_it_was_found(tmp_path: Path) -> None:
    inside, outside = tmp_path / "repository", tmp_path / "elsewhere.json"
    inside.mkdir()
    outside.write_text(lock_text(OLD), "utf-8")
    (inside / PATH).symlink_to(outside)
    with pytest.raises(InputError):
        LockStore(inside / PATH, inside=inside).read()
    assert LockStore(inside / PATH).read() == OLD
