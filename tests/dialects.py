"""Tests over all dialects: a test file that imports both names from here runs in each of them.

A test that is about what only some have says so: `@pytest.mark.dialects("wxopen", "subscribe")`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.wechat.dialects.limits import LIMITS

from .tools import SPOKEN

SEVERAL = [one for one in LIMITS if one != "notify"]
"""Those that differ in more than how they send: `notify` is `subscribe` but for that"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("dialects")
    metafunc.parametrize("dialect", marker.args if marker else SEVERAL, indirect=True)


@pytest.fixture(autouse=True)
def dialect(request: pytest.FixtureRequest) -> Iterator[str]:
    """The dialect that the test speaks."""
    SPOKEN.append(request.param)
    yield request.param
    SPOKEN.pop()
