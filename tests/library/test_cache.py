"""What the library has answered: shared by the accounts of a run, and kept on disk for the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.core.errors import CallError, InputError, Problem
from reconciler.core.messages import Text
from reconciler.core.model import Desired, KeywordRef, LibraryKeyword, Live, Lock, Title, Wanted
from reconciler.library.cache import DiskAnswers, LibraryCache
from reconciler.plan.actions import Add
from reconciler.plan.planner import survey

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TITLE = Title("401", None, (LibraryKeyword(1, "甲", "x"), LibraryKeyword(2, "乙")))
BROKEN = CallError(Problem("no reply", "broken"), passing=True)


class Library:
    """Answers for the library; the first so many questions fail."""

    def __init__(self, title: Title = TITLE, failing: int = 0) -> None:
        self._title = title
        self._failing = failing
        self.asked = self.listed = 0
        self.called: dict[str, str] = {}

    async def title(self, id: str) -> Title:  # noqa: A002
        self.asked += 1
        turn = self.asked
        await asyncio.sleep(0)
        if turn <= self._failing:
            raise BROKEN
        return self._title

    async def titles(self) -> tuple[Title, ...]:
        self.listed += 1
        return tuple(Title(id_, title, None) for id_, title in self.called.items())

    async def list_templates(self, expect: Collection[str] = (), more: int = 0) -> tuple[Live, ...]:
        return ()


def test_many_ask_at_once_and_the_library_is_asked_once() -> None:
    library, catalogue = Library(), LibraryCache()

    async def work() -> list[Title]:
        return await asyncio.gather(*(catalogue.title("401", library) for _ in range(64)))

    assert asyncio.run(work()) == [TITLE] * 64
    assert library.asked == 1


def test_one_accounts_failure_is_not_the_others() -> None:
    """The one who asked for all fails; those who waited ask for themselves."""
    library, catalogue = Library(failing=1), LibraryCache()

    async def work() -> list[Title | BaseException]:
        calls = (catalogue.title("401", library) for _ in range(3))
        return await asyncio.gather(*calls, return_exceptions=True)

    assert asyncio.run(work()) == [BROKEN, TITLE, TITLE]


def test_an_answer_is_kept_and_its_age_told(tmp_path: Path) -> None:
    folder, told, library = tmp_path / ".reconciler" / "library-cache", list[Text](), Library()
    asyncio.run(LibraryCache(DiskAnswers(folder, NOW)).title("401", library))
    later = LibraryCache(DiskAnswers(folder, NOW + timedelta(days=2)), tell=told.append)
    assert asyncio.run(later.title("401", library)) == TITLE
    assert library.asked == 1
    assert list(map(str, told)) == ["the library's answers of 2 days ago are used; --refresh asks it again"]
    fresh = LibraryCache(DiskAnswers(folder, NOW), fresh=True)
    asyncio.run(fresh.title("401", library))
    assert library.asked == 2


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"asked": "2026-11-23T10:00:00Z"}', '{"asked": "x", "title": {}}',
     '{"asked": "2026-11-23T10:00:00Z", "title": {"id": "402", "keywords": []}}',
     '{"asked": "2026-11-24T10:00:00Z", "title": {"id": "401", "keywords": []}}'],
)  # fmt: skip
def test_what_can_not_be_used_is_asked_again(tmp_path: Path, text: str) -> None:
    """Damaged, another title's, or of tomorrow."""
    (tmp_path / "401.json").write_text(text)
    library = Library()
    assert asyncio.run(LibraryCache(DiskAnswers(tmp_path, NOW)).title("401", library)) == TITLE
    assert library.asked == 1


def test_what_a_killed_run_has_left_beside_an_answer_goes_with_the_next(tmp_path: Path) -> None:
    (tmp_path / ".401.json.abcd_123.tmp").write_text("{")
    asyncio.run(LibraryCache(DiskAnswers(tmp_path, NOW)).title("401", Library()))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["401.json"]


def test_a_folder_that_can_not_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert (
        asyncio.run(LibraryCache(DiskAnswers(tmp_path / "file" / "x", NOW)).title("401", Library())) == TITLE
    )


def test_what_is_wrong_by_an_old_answer_is_asked_again_before_it_is_told(tmp_path: Path) -> None:
    """A keyword that the library has got meanwhile; and one that it has not."""
    asyncio.run(LibraryCache(DiskAnswers(tmp_path, NOW)).title("401", Library()))
    grown = Library(Title("401", None, (*(TITLE.keywords or ()), LibraryKeyword(3, "丙"))))

    def planned(*names: str) -> list[int | None]:
        wanted = Wanted("a", "401", tuple(KeywordRef(name) for name in names))
        wish = Desired((wanted,), dialect="subscribe")
        catalogue = LibraryCache(DiskAnswers(tmp_path, NOW))
        surveyed = survey(wish, Lock("subscribe"), grown, file="t.yaml", now=NOW, catalogue=catalogue)
        (action,) = asyncio.run(surveyed).plan.of(Add)
        return [keyword.keyword_id for keyword in action.spec.keywords]

    assert planned("丙", "甲") == [3, 1]
    assert grown.asked == 1
    with pytest.raises(InputError, match="a: 401 has no keyword 丁"):
        planned("甲", "丁")
    assert grown.asked == 2, "the answer was of an earlier run, and was doubted once"
