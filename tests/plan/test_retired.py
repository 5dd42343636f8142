"""What is retired: when it is due, what takes it back, and a run that deletes what is due and no more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from reconciler.core.model import Entry, LockedKeyword, Retired, Unwanted
from reconciler.plan.facts import Orders, due

from ..dialects import dialect, pytest_generate_tests  # noqa: F401
from ..tools import desired, entry, live, lock, retired, wanted
from .deciding import decided, told, warned


def test_a_retired_template_that_is_another_one_now_is_forgotten_with_a_warning() -> None:
    locked = lock(retired("a", entry("A", "AT1", "甲")))
    made = decided(desired(), locked, [live("A", "AT1", "乙")])
    assert told(made) == ["forget mismatch a A"]
    assert warned(made) == (
        "a: the lock says that A is 购买成功通知 [甲], but on the account it is 购买成功通知 [乙]; "
        "it counts as not locked",
    )


def test_an_id_that_is_also_retired_is_kept_by_its_name() -> None:
    locked = lock(retired("a", entry("A", "AT1", "甲")), a=entry("A", "AT1", "甲"))
    made = decided(desired(wanted("a", "AT1", "甲")), locked, [live("A", "AT1", "甲")])
    assert told(made) == ["forget duplicate a A"]


def test_retired_is_deleted_with_its_recorded_reason() -> None:
    locked = lock(retired("a", entry("A", "AT1", "甲"), "replaced"), retired("b", entry("B", "AT1", "乙")))
    made = decided(desired(), locked, [live("A", "AT1", "甲"), live("B", "AT1", "乙")])
    assert told(made) == ["delete replaced a A", "delete removed b B"]


def test_retired_that_is_gone_is_forgotten() -> None:
    made = decided(desired(), lock(retired("a", entry("A", "AT1", "甲"))), [live("X", "AT2", "甲")])
    assert told(made) == ["forget gone a A"]


def test_a_name_wanted_again_takes_its_retired_template_back() -> None:
    locked = lock(retired("a", entry("A", "AT1", "甲")))
    made = decided(desired(wanted("a", "AT1", "甲")), locked, [live("A", "AT1", "甲")])
    assert told(made) == ["rename new a A from a"]


def test_prune_none_retires_and_is_never_due() -> None:
    locked = lock(retired("r", entry("R", "AT2", "丁")), a=entry("A", "AT1", "甲"), b=entry("B", "AT1", "乙"))
    account = [live("A", "AT1", "甲"), live("B", "AT1", "乙"), live("R", "AT2", "丁")]
    made = decided(desired(wanted("a", "AT1", "丙"), prune="none"), locked, account)
    assert told(made) == ["add replaced a - for A", "retire replaced a A", "retire removed b B"]
    assert [one.name for one in made.waiting] == ["r"]


def test_retire_after_waits_until_it_is_due() -> None:
    locked = lock(
        retired("old", entry("A", "AT1", "甲"), since="2026-11-16T10:00:00Z"),
        retired("young", entry("B", "AT1", "乙"), since="2026-11-16T10:00:01Z"),
        c=entry("C", "AT1", "丙"),
    )
    account = [live("A", "AT1", "甲"), live("B", "AT1", "乙"), live("C", "AT1", "丙")]
    made = decided(desired(retire_after=7 * 86400), locked, account)
    assert told(made) == ["retire removed c C", "delete removed old A"]
    assert [one.name for one in made.waiting] == ["young"]


ODD_TIMES = {
    "9999-12-31T23:59:59Z": None,
    "0001-01-01T00:00:00+23:59": datetime(2738, 11, 27, 0, 1, tzinfo=UTC),
    "2026-11-23T18:00:00.5+08:00": datetime(4764, 10, 19, 10, 0, 0, 500000, tzinfo=UTC),
}


@pytest.mark.parametrize(("since", "when"), ODD_TIMES.items())
def test_no_time_in_a_lock_is_too_much_for_the_calendar(since: str, when: datetime | None) -> None:
    one = retired("a", entry("A", "AT1", "甲"), since=since)
    wish = desired(retire_after=999_999 * 86400)
    assert decided(wish, lock(one), [live("A", "AT1", "甲")]).waiting == (one,)
    assert due(one, wish) == when


def test_what_is_due_is_the_same_moment_in_every_zone() -> None:
    locked = lock(
        retired("due", entry("A", "AT1", "甲"), since="2026-11-16T18:00:00+08:00"),
        retired("young", entry("B", "AT1", "乙"), since="2026-11-16T18:00:01+08:00"),
    )
    account = [live("A", "AT1", "甲"), live("B", "AT1", "乙")]
    assert told(decided(desired(retire_after=7 * 86400), locked, account)) == ["delete removed due A"]


X = live("X", "AT1", "甲")


def test_with_retire_after_what_is_unmanaged_is_retired_first() -> None:
    """A checkout that is behind does not know a colleague's template."""
    wish = desired(prune="all", retire_after=7 * 86400)
    made = decided(wish, lock(), [X])
    assert told(made) == ["retire unmanaged - X"]
    row = Retired(None, Entry("X", "", X.title, (LockedKeyword("甲", None, "keyword1"),)), "unmanaged", "S")
    row = replace(row, since="2026-11-20T10:00:00Z")
    assert told(decided(wish, lock(row), [X])) == []
    assert told(decided(replace(wish, retire_after=60), lock(row), [X])) == ["delete unmanaged - X"]
    wish = replace(wish, templates=(wanted("a", "AT1", "甲"),))
    assert told(decided(wish, lock(row), [X])) == ["adopt new a X"], "nobody had it: a name may take it"


def test_due_only_deletes_what_is_due_and_decides_nothing_else() -> None:
    old = {"since": "2026-11-01T10:00:00Z"}
    locked = lock(
        retired("r", entry("R", "AT1", "乙"), **old),
        retired("s", entry("S", "AT1", "丙")),
        retired("g", entry("GONE", "AT1", "丁"), **old),
        a=entry("A", "AT1", "甲"),
        m=entry("MISSING", "AT2", "甲"),
    )
    account = [live("A", "AT1", "甲"), live("R", "AT1", "乙"), live("S", "AT1", "丙"), live("U", "AT2", "丁")]
    wish = desired(wanted("b", "AT2", "乙"), prune="all", retire_after=7 * 86400, unwanted=(Unwanted("U"),))
    made = decided(wish, locked, account, orders=Orders(due_only=True))
    assert told(made) == ["delete removed r R"]
    assert (made.warnings, made.unmanaged, dict(made.kept)) == ((), (), {"a": locked.templates["a"]})
    assert dict(made.aside) == {"m": locked.templates["m"]}
    assert [one.entry.template_id for one in made.waiting] == ["S", "GONE"]


def test_due_only_spares_what_a_name_has_or_takes_back() -> None:
    old = {"since": "2026-11-01T10:00:00Z"}
    rows = [retired("r", entry("R", "AT1", "乙"), **old), retired("s", entry("S", "AT1", "丙"), **old)]
    locked = lock(*rows, a=entry("S", "AT1", "丙"))
    account = [live("R", "AT1", "乙"), live("S", "AT1", "丙")]
    made = decided(desired(wanted("r", "AT1", "乙")), locked, account, orders=Orders(due_only=True))
    assert told(made) == []
