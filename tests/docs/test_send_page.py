"""docs/send.md names for each dialect the options that its messages take, and no other."""

from __future__ import annotations

import re

import pytest

from reconciler.wechat.dialects.limits import LIMITS

from .blocks import DOCS
from .tables import rows


@pytest.mark.parametrize("page", ["send.md", "send.zh.md"])
def test_each_dialect_has_its_options(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    head = re.search(r"^\| \| (.+) \|$", text, re.MULTILINE)
    assert head is not None
    dialects = [name.strip("` ") for name in head[1].split("|")]
    assert set(dialects) == set(LIMITS)
    for column, name in enumerate(dialects, start=1):
        told = {
            option for row in rows(page, "dialects") for option in re.findall(r"--([a-z-]+)", row[column])
        }
        assert told == {part.replace("_", "-") for part in LIMITS[name].sending.takes}, name
