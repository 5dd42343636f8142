"""What most tests of the command line begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..accounts import ONE, Account
from ..tools import TOKEN, ScriptedServer


@pytest.fixture
def account(scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", TOKEN)
    Path("templates.yaml").write_text(ONE, "utf-8")
    made = Account(scripted)
    yield made
    made.held = set()
