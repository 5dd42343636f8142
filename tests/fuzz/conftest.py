"""One server for all examples, and the credentials for it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.sandbox.accounts import APPID, SECRET

from ..conftest import served
from .world import Disturbed, Scene, build


@pytest.fixture(scope="package")
def server() -> Iterator[Disturbed]:
    app = Disturbed()
    with served(app) as app.url, contextlib.closing(app):
        yield app


@pytest.fixture(autouse=True)
def _entered(_bare_environment: None, server: Disturbed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_ENDPOINT", server.url)
    monkeypatch.setenv("WECHAT_APPID", APPID)
    monkeypatch.setenv("WECHAT_APPSECRET", SECRET)


@pytest.fixture(scope="package")
def scenes(server: Disturbed, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scene]:
    folder: Path = tmp_path_factory.mktemp("scenes")
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(folder):
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("caches")))
        patch.setenv("RECONCILER_ENDPOINT", server.url)
        patch.setenv("WECHAT_APPID", APPID)
        patch.setenv("WECHAT_APPSECRET", SECRET)
        return build(server)
