"""docs/credentials.md: all variables and options about credentials and the network, and doctor's checks."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import get_args

import click
import pytest

from reconciler.app import doctor
from reconciler.app.access import credentials, token_issuers
from reconciler.cli.options import CALLS, COMMON, options
from reconciler.wechat.transport import trust

from ..tools import CommandLine, told
from .blocks import blocks_of

ROOT = Path(__file__).parent.parent.parent
PAGES = ["credentials.md", "credentials.zh.md"]
RID = re.compile("rid: [0-9a-f-]+")
ABOUT = re.compile("^--(?:token-|endpoint$|insecure$|force-refresh$)")
"""Options that are about tokens, or about where they are sent"""


def prose(page: str) -> str:
    return (ROOT / "docs" / page).read_text("utf-8")


def _options() -> dict[str, str | None]:
    """The options that this page is about, each with its variable."""
    command = options(COMMON, CALLS)(lambda: None)
    found: list[click.Option] = command.__click_params__  # type: ignore[attr-defined]
    return {one.opts[0]: str(one.envvar) for one in found if ABOUT.match(one.opts[0])}


@pytest.mark.parametrize("page", PAGES)
def test_every_variable_is_told(page: str) -> None:
    own = {credentials.TOKEN, credentials.APPID, credentials.SECRET, token_issuers.HEADER}
    proxies = {"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"}
    told_of = set(re.findall(r"`([A-Z][A-Z_]+)[`=]", prose(page)))
    assert told_of >= own | proxies | set(trust.VARIABLES)
    known = own | proxies | set(trust.VARIABLES) | set(_options().values())
    per_account = {name + "_PROD_EU" for name in own}
    assert told_of - known - per_account == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_option_about_tokens_is_told(page: str) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", prose(page)))
    assert len(_options()) > 6
    assert named >= _options().keys()


@pytest.mark.parametrize("page", PAGES)
def test_every_check_of_doctor_is_told(page: str) -> None:
    below = prose(page).split('<a id="doctor">')[1].partition("```")[0]
    assert {check for check in get_args(doctor.Check) if check not in below} == set()


def test_a_refused_address_is_told_as_the_page_shows(reconciler: CommandLine, entrance: str) -> None:
    shutil.copy(ROOT / "templates.yaml", ".")
    told(entrance, "faults", {"faults": ["token=40164"]})
    result = reconciler("doctor")
    assert result.code == 1
    for page in PAGES:
        (shown,) = [block.text for block in blocks_of(ROOT / "docs" / page) if block.language == "text"]
        assert RID.sub("rid", shown) in RID.sub("rid", result.out), page
