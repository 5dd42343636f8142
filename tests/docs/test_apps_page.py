"""docs/apps.md says of each keyword what the lock says, and its JavaScript does what its Python does."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reconciler.core import schemas

from .blocks import DOCS, blocks_of
from .tables import rows


@pytest.mark.parametrize("page", ["apps.md", "apps.zh.md"])
def test_every_field_of_a_keyword_stands_there(page: str) -> None:
    told = {name for row in rows(page, "lock") for name in re.findall(r"`([a-z_]+)`", row[0])}
    known = set(json.loads(schemas.text("lock"))["$defs"]["keyword"]["properties"])
    assert told == {"template_id", "keywords"} | known - {"keyword_id"}, "keyword_id is no app's business"


LONG = "造" * 21
LOCK = {
    "templates": {
        "order_paid": {
            "template_id": "ID",
            "keywords": [
                {"name": "购买地点", "key": "thing3", "rule": "thing", "limit": 20},
                {"name": "购买时间", "key": "time4", "rule": "time", "limit": None},
            ],
        }
    }
}


def snippet(language: str) -> str:
    return next(block.text for block in blocks_of(DOCS / "apps.md") if block.language == language)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates.lock.json").write_text(json.dumps(LOCK), "utf-8")
    return tmp_path


def test_python_and_javascript_say_the_same(folder: Path) -> None:
    if (node := shutil.which("node")) is None:
        pytest.skip("Node is not installed")
    script = snippet("javascript").replace("TIT造舰厂", LONG)
    (folder / "app.js").write_text(script, "utf-8")
    run = subprocess.run([node, "app.js"], cwd=folder, capture_output=True, encoding="utf-8", check=True)
    assert json.loads(run.stdout) == message(folder)


def message(folder: Path) -> Any:
    names: dict[str, Any] = {}
    exec(snippet("python").replace("templates.lock.json", str(folder / "templates.lock.json")), names)
    return names["message"]("order_paid", {"购买地点": LONG, "购买时间": "2016年6月6日 10:00"})


def test_what_is_too_long_is_cut(folder: Path) -> None:
    assert message(folder) == {
        "template_id": "ID",
        "data": {"thing3": {"value": LONG[:20]}, "time4": {"value": "2016年6月6日 10:00"}},
    }
