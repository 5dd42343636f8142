"""`pytest --quick`: all tests of the pure rooms, and one in so many of the others, always the same ones."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

WHOLE = (
    *("core", "lock", "desired", "library", "plan", "lint", "apply"),
    *(
        "wechat/test_content.py",
        "wechat/test_dialects.py",
        "wechat/test_errcodes.py",
        "wechat/test_redact.py",
    ),
    "test_architecture.py",
)
"""Folders and files of which all is run, but for PARTLY"""

PARTLY = (
    *("core/test_own_folder.py", "core/test_git.py", "desired/test_bounds.py"),
    *("library/test_file.py", "library/test_cache_on_disk.py", "plan/test_review.py"),
    *("apply/test_machine.py", "lock/test_powerloss.py"),
)
"""What starts processes or serves in there, or takes many examples"""

NOT = ("fuzz", "test_package.py", "test_sweep.py", "test_timeouts.py")
"""What takes longer than all of the others"""

ONE_IN = 25
"""of the others"""

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="the pure rooms, and a slice of the rest")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("quick"):
        return
    others = [item for item in items if not _is_among(item, WHOLE) or _is_among(item, PARTLY)]
    some = [item for item in others if not _is_among(item, NOT)][::ONE_IN]
    left = set(others) - set(some)
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=list(left))


def _is_among(item: pytest.Item, names: Iterable[str]) -> bool:
    name = item.path.relative_to(HERE).as_posix()
    return any(f"{name}/".startswith(f"{one}/") for one in names)
