"""docs/sandbox.md names every path, fault, quota, penalty and option that the sandbox has, and no other."""

from __future__ import annotations

import re

import pytest

from reconciler.cli.commands.sandbox.serve import command as serve
from reconciler.cli.options import COMMON
from reconciler.sandbox import penalties, routes
from reconciler.sandbox.api import quota
from reconciler.sandbox.faults import schedule

from .tables import coded, rows

PAGES = ["sandbox.md", "sandbox.zh.md"]


@pytest.mark.parametrize("page", PAGES)
def test_every_path_of_its_own_stands_there(page: str) -> None:
    told = [coded(row[0]).split(" ")[1] for row in rows(page, "paths")]
    known = [path for path in routes._handlers(schedule.Faults()) if path.startswith("/_sandbox/")]
    assert sorted(told) == sorted(known)


@pytest.mark.parametrize("page", PAGES)
def test_every_path_of_wechats_stands_there_with_its_method_and_its_name_in_faults(page: str) -> None:
    told = {tuple(coded(row[0]).split(" ")): coded(row[1]) for row in rows(page, "wechat")}
    known = {(api.method, path): api.name for path, api in routes.BUSINESS.items()}
    known |= {("GET", "/cgi-bin/token"): "token", ("POST", "/cgi-bin/stable_token"): "token"}
    assert told == known
    assert {path: name for (_, path), name in told.items()} == routes.CALLS


@pytest.mark.parametrize("page", PAGES)
def test_every_kind_of_fault_stands_there(page: str) -> None:
    assert [coded(row[0]) for row in rows(page, "faults")] == list(schedule.KINDS)


def test_the_page_says_of_each_fault_what_the_program_says() -> None:
    """But where a call's name is code, or the page says more."""
    told = {coded(kind): re.sub(r"[`]|only ", "", said) for kind, said in rows("sandbox.md", "faults")}
    for kind, said in schedule.KINDS.items():
        begin = said.partition(" (")[0]
        assert told[kind].startswith(begin), kind


@pytest.mark.parametrize("page", PAGES)
def test_every_quota_stands_there(page: str) -> None:
    numbers = {coded(path): int(re.sub(r"\D", "", times)) for path, times in rows(page, "quotas")}
    *_, (other, usual) = numbers.items()
    assert not other.startswith("/")
    assert usual == quota.USUAL
    assert {path: times for path, times in numbers.items() if path != other} == dict(quota.DAILY)


@pytest.mark.parametrize("page", PAGES)
def test_every_penalty_stands_there(page: str) -> None:
    told = [re.findall(r"\d+", said) for _, said in rows(page, "penalties")]
    days = [int(one.seconds / 86_400) if 0 < one.seconds < 1e9 else 0 for one in penalties.PENALTIES]
    assert told == [[str(number)] if number else [] for number in days]


@pytest.mark.parametrize("page", PAGES)
def test_every_option_of_serve_stands_there_with_its_default(page: str) -> None:
    told = dict.fromkeys(coded(row[0]) for row in rows(page, "serve"))
    common = {"file", "lockfile", "account", "endpoint", "insecure", "sandbox", "format", "verbose"}
    own = [one for one in serve.params if one.name not in common]
    assert len(own) == len(serve.params) - len(common)
    assert len(COMMON) == len(common)
    assert {name.split(" ")[0] for name in told} == {one.opts[0] for one in own}
    for one in own:
        if isinstance(one.default, str | int) and not isinstance(one.default, bool):
            assert f"{one.opts[0]} {one.default}" in told
