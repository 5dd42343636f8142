"""import: from a living account to a templates.yaml and a lock whose plan is empty. Never a change there."""

from __future__ import annotations

import doctest
import io
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.app.importing import names_file as choices
from reconciler.app.importing import naming
from reconciler.core.errors import InputError
from reconciler.core.model import Desired, KeywordRef, Wanted
from reconciler.desired import edit as yamledit
from reconciler.desired import templates as yaml_room
from reconciler.lock import mutex as runlock
from reconciler.render import import_text as render
from reconciler.sandbox import library as libraries
from reconciler.sandbox.accounts import APPID, SECRET

from ..tools import CommandLine, ScriptedServer, inspected, told

ADD = "/cgi-bin/wxopen/template/add"
LIBRARY = libraries.load(None)


@pytest.fixture
def by_hand(entrance: str) -> Iterator[ByHand]:
    """Somebody who clicks templates together."""
    hand = ByHand(entrance)
    yield hand
    hand.client.close()


class ByHand:
    """Adds templates as a console does, beside any lock."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, trust_env=False)
        self.enter()

    def enter(self) -> None:
        credentials = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
        self.token = self.client.post("/cgi-bin/stable_token", json=credentials).json()["access_token"]

    def add(self, path: str, body: dict[str, Any]) -> str:
        reply = self.client.post(path, params={"access_token": self.token}, json=body).json()
        return str(reply.get("template_id") or reply["priTmplId"])

    def old(self, id_: str, *names: str) -> str:
        """A template of the old API, by the names of its keywords; of several of one name, the last."""
        ids = {keyword.name: keyword.keyword_id for keyword in LIBRARY.by_id[id_].keywords}
        return self.add(ADD, {"id": id_, "keyword_id_list": [ids[name] for name in names]})


def templates(url: str) -> Any:
    return inspected(url)["templates"]


def writes(url: str) -> dict[str, int]:
    """Calls that change an account."""
    return {
        path: count
        for path, count in inspected(url)["calls"].items()
        if path.endswith(("add", "del", "add_template", "addtemplate", "del_private_template", "send"))
    }


# ------------------------------------------------------------------ from an account to an empty plan


def test_twenty_five_templates_made_by_hand_are_an_empty_plan_in_two_commands(
    reconciler: CommandLine, by_hand: ByHand
) -> None:
    chance = random.Random(5)
    titles = sorted(LIBRARY.by_id)
    for id_ in chance.sample(titles, 25):
        names = sorted({keyword.name for keyword in LIBRARY.by_id[id_].keywords})
        by_hand.old(id_, *chance.sample(names, min(len(names), chance.randint(1, 10))))
    before, made = templates(by_hand.url), writes(by_hand.url)
    imported = reconciler("import")
    assert (imported.code, imported.err) == (0, "")
    planned = reconciler("plan", "--detailed-exitcode")
    assert (planned.code, planned.out.splitlines()[-1]) == (0, "no changes: 25 kept")
    assert (templates(by_hand.url), writes(by_hand.url)) == (before, made)
    lock = json.loads(Path("templates.lock.json").read_text("utf-8"))
    assert {one["template_id"] for one in lock["templates"].values()} == {
        one["template_id"] for one in before
    }


def test_what_it_writes_and_says(reconciler: CommandLine, by_hand: ByHand) -> None:
    paid = by_hand.old("AT0002", "物品名称", "购买地点")
    failed = by_hand.old("AT0003", "失败原因")
    said = f"""\
templates.yaml: 2 templates added
  + gou_mai_cheng_gong: AT0002 购买成功通知 [物品名称, 购买地点] {paid}
  + gou_mai_shi_bai: AT0003 购买失败通知 [失败原因] {failed}
templates.lock.json: 2 templates owned
no changes: 2 kept
"""
    dry = reconciler("import", "--dry-run")
    assert dry == (
        0,
        said.replace(" added\n", " would be added\n")
        .replace(" owned\n", " would be owned\n")
        .replace("no changes", "then no changes"),
        "",
    )
    assert not list(Path().glob("*.*"))
    assert reconciler("import") == (0, said, "")
    assert (
        Path("templates.yaml").read_text("utf-8")
        == """\
version: 1
dialect: wxopen

templates:
  gou_mai_cheng_gong:
    id: AT0002
    title: 购买成功通知
    keywords: [物品名称, 购买地点]

  gou_mai_shi_bai:
    id: AT0003
    title: 购买失败通知
    keywords: [失败原因]
"""
    )
    lock = json.loads(Path("templates.lock.json").read_text("utf-8"))
    assert (lock["appid"], lock["templates"]["gou_mai_shi_bai"]["keywords"]) == (
        APPID,
        [{"name": "失败原因", "keyword_id": 4, "key": "keyword1"}],
    )
    again = reconciler("import")
    assert again.out == (
        "templates.yaml: 0 templates added\ntemplates.lock.json: 2 templates owned\nno changes: 2 kept\n"
    )


def test_json_has_it_all(reconciler: CommandLine, by_hand: ByHand) -> None:
    paid = by_hand.old("AT0002", "购买地点")
    twin = by_hand.old("AT0002", "购买地点")
    first, second = (one["template_id"] for one in templates(by_hand.url))
    assert {first, second} == {paid, twin}
    assert reconciler("import", "--format", "json").json == {
        "version": 1,
        "written": True,
        "file": "templates.yaml",
        "lock": "templates.lock.json",
        "added": [
            {
                "name": "gou_mai_cheng_gong",
                "template_id": first,
                "id": "AT0002",
                "title": "购买成功通知",
                "keywords": [{"name": "购买地点", "keyword_id": None}],
                "owned_already": False,
            }
        ],
        "left": [{"template_id": second, "title": "购买成功通知", "reason": f"it is a twin of {first}"}],
        "owned": {"gou_mai_cheng_gong": first},
        "changes_left": False,
        "warnings": [],
        "refused": [],
        "errors": [],
    }


def test_calls_are_the_pages_and_a_look_up_a_title(reconciler: CommandLine, by_hand: ByHand) -> None:
    by_hand.old("AT0002", "购买地点")
    by_hand.old("AT0002", "物品名称")
    before = inspected(by_hand.url)["calls"]
    reconciler("import", "--dialect", "wxopen")
    after = inspected(by_hand.url)["calls"]
    assert {path: after[path] - before.get(path, 0) for path in after if path not in before} == {
        "/cgi-bin/wxopen/template/list": 1,
        "/cgi-bin/wxopen/template/library/list": 30,
        "/cgi-bin/wxopen/template/library/get": 1,
    }


def test_with_a_pulled_library_only_the_account_is_listed(reconciler: CommandLine, by_hand: ByHand) -> None:
    by_hand.old("AT0002", "购买地点")
    reconciler("library", "pull")
    before = inspected(by_hand.url)["calls"]
    imported = reconciler("import", "--library", "library.json")
    assert imported.out.splitlines()[-1] == "no changes: 1 kept"
    after = inspected(by_hand.url)["calls"]
    assert {path for path in after if after[path] != before.get(path, 0)} - {"/cgi-bin/stable_token"} == {
        "/cgi-bin/wxopen/template/list"
    }


def test_what_a_pulled_library_has_not_or_has_wrong_is_asked_for(
    reconciler: CommandLine, by_hand: ByHand
) -> None:
    """Of several templates of one title the first to doubt an answer must not leave the others with it."""
    for name in ("购买地点", "物品名称", "购买时间"):
        by_hand.old("AT0002", name)
    reconciler("library", "pull")
    whole = Path("library.json").read_text("utf-8")
    stale = whole.replace("购买地点", "旧一").replace("物品名称", "旧二").replace("购买时间", "旧三")
    older = "\n".join(line for line in whole.splitlines() if '"AT0002"' not in line)
    for text in (stale, older):
        Path("library.json").write_text(text, "utf-8")
        dry = reconciler("import", "--dry-run", "--library", "library.json")
        assert dry.out.splitlines()[0] == "templates.yaml: 3 templates would be added"


def test_nothing_to_import_makes_an_empty_file(reconciler: CommandLine, entrance: str) -> None:
    warning = "warning: the account lists no templates (asked twice); WeChat is known to answer so falsely\n"
    assert reconciler("import", "--dialect", "subscribe").err == warning
    assert Path("templates.yaml").read_text("utf-8") == "version: 1\ndialect: subscribe\n\ntemplates: {}\n"
    assert reconciler("plan").out.splitlines()[-1] == "no changes: 0 kept"
    assert "/wxaapi/newtmpl/getpubtemplatetitles" not in inspected(entrance)["calls"]


def test_subscription_messages(reconciler: CommandLine, by_hand: ByHand) -> None:
    by_hand.add("/wxaapi/newtmpl/addtemplate", {"tid": "2", "kidList": [4, 3], "sceneDesc": "支付"})
    assert reconciler("import", "--dialect", "subscribe").code == 0
    assert 'id: "2"\n    title: 购买成功通知\n    keywords: [购买时间, 购买地点]\n' in Path(
        "templates.yaml"
    ).read_text("utf-8")
    assert reconciler("plan").out.splitlines()[-1] == "no changes: 1 kept"


def test_of_service_accounts_the_ids_must_be_told(reconciler: CommandLine, by_hand: ByHand) -> None:
    body = {"template_id_short": "40002", "keyword_name_list": ["购买时间", "购买地点"]}
    paid = by_hand.add("/cgi-bin/template/api_add_template", body)
    words = ("import", "--dialect", "official")
    line = f"  ! left out: {paid} 购买成功通知 [购买时间, 购买地点]: "
    assert reconciler(*words, "--dry-run").out.splitlines()[1] == (
        f"{line}nobody can list this library: give the id of its title with --names, "
        '`购买成功通知: {id: "…"}`'
    )
    Path("names.yaml").write_text("购买成功通知: {id: AT0002}\n", "utf-8")
    assert reconciler(*words, "--dry-run", "--names", "names.yaml").out.splitlines()[1] == (
        f"{line}AT0002 is no id of a title; they look like 47123"
    )
    Path("names.yaml").write_text('购买成功通知: {id: "40002"}\n', "utf-8")
    assert reconciler(*words, "--names", "names.yaml").err == (
        "warning: nobody can check whether these are the ids of their titles: gou_mai_cheng_gong\n"
    )
    assert reconciler("plan").out.splitlines()[-1] == "no changes: 1 kept"


# ------------------------------------------------------------------ a file that exists


KEPT = """\
# ours
version: 1
dialect: wxopen   # old
templates:
    # the first
    order_paid: {id: AT0002, keywords: [购买地点]}   # paid

    old_one:
       id: AT0005
       keywords:
       - 付款金额
    # more to come

# below
max_deletes: 1
"""


def test_a_file_that_exists_is_only_added_to(reconciler: CommandLine, by_hand: ByHand) -> None:
    Path("templates.yaml").write_text(KEPT, "utf-8")
    paid = by_hand.old("AT0002", "购买地点")
    by_hand.old("AT0003", "失败原因")
    imported = reconciler("import")
    assert imported.out.splitlines()[-1] == "plan: 1 to add, 2 kept"
    assert Path("templates.yaml").read_text("utf-8") == KEPT.replace(
        "    # more to come\n",
        "    # more to come\n\n    gou_mai_shi_bai:\n       id: AT0003\n       title: 购买失败通知\n"
        "       keywords: [失败原因]\n",
    )
    lock = json.loads(Path("templates.lock.json").read_text("utf-8"))
    assert lock["templates"]["order_paid"]["template_id"] == paid


def test_what_the_lock_owns_and_the_file_lost_comes_back(reconciler: CommandLine, by_hand: ByHand) -> None:
    entry = "  order_paid:\n    id: AT0002\n    title: 购买成功通知\n    keywords: [购买地点]\n"
    entry += "    protect: true\n"
    Path("templates.yaml").write_text(f"version: 1\ntemplates:\n{entry}", "utf-8")
    assert reconciler("apply", "--yes").code == 0
    lock = Path("templates.lock.json").read_bytes()
    Path("templates.yaml").write_text("version: 1\ntemplates: {}\n", "utf-8")
    imported = reconciler("import")
    assert imported.out.splitlines()[1].endswith(", owned already")
    assert Path("templates.yaml").read_text("utf-8") == f"version: 1\ntemplates:\n{entry}"
    assert Path("templates.lock.json").read_bytes() == lock
    assert reconciler("plan").out.splitlines()[-1] == "no changes: 1 kept"


def test_what_is_retired_stays_so(reconciler: CommandLine, by_hand: ByHand) -> None:
    head = "version: 1\nretire_after: 7d\ntemplates:"
    Path("templates.yaml").write_text(f"{head}\n  a: {{id: AT0002, keywords: [购买地点]}}\n", "utf-8")
    reconciler("apply", "--yes")
    Path("templates.yaml").write_text(f"{head} {{}}\n", "utf-8")
    assert reconciler("apply", "--yes", "--allow-no-templates").code == 0
    assert reconciler("import").out.splitlines()[0] == "templates.yaml: 0 templates added"


def test_with_prune_all_what_is_left_out_is_in_danger(reconciler: CommandLine, by_hand: ByHand) -> None:
    Path("templates.yaml").write_text("version: 1\nprune: all\ntemplates: {}\n", "utf-8")
    by_hand.old("AT0002", "购买地点")
    by_hand.old("AT0002", "购买地点")
    imported = reconciler("import")
    assert imported.out.splitlines()[-1] == "plan: 1 to delete, 1 kept"
    assert imported.err == "warning: with `prune: all`, the next apply deletes what is left out\n"


def test_another_account_than_the_locks_is_refused(reconciler: CommandLine, by_hand: ByHand) -> None:
    """The appids agree, so it is the lock that is asked about."""
    by_hand.old("AT0002", "购买地点")
    by_hand.old("AT0002", "购买时间")
    reconciler("import")
    told(by_hand.url, "reset", {})
    by_hand.enter()
    by_hand.old("AT0003", "失败原因")
    text, lock = Path("templates.yaml").read_bytes(), Path("templates.lock.json").read_bytes()
    refused = reconciler("import", "--settle", "0")
    assert (refused.code, refused.out) == (3, "")
    assert refused.err == (
        "error: not one of the lock's templates (2) is on the account, which lists others (1). If this is "
        "an old lock (a reverted commit, a checkout that is behind), take the newer one: "
        "`git log -- templates.lock.json`, `git checkout COMMIT -- templates.lock.json`. If it was "
        "deleted in the console, allow it\n    use that account's credentials, or another --lockfile\n"
    )
    assert (Path("templates.yaml").read_bytes(), Path("templates.lock.json").read_bytes()) == (text, lock)


TWO = """\
version: 1
templates: {}
accounts:
  here: {appid: wxsandbox000000001}
  there: {appid: wxsandbox000000002}
"""


def test_other_accounts_are_thought_of(reconciler: CommandLine, by_hand: ByHand) -> None:
    by_hand.old("AT0003", "失败原因")
    Path("templates.yaml").write_text(TWO, "utf-8")
    several = reconciler("import")
    assert (several.code, several.err.splitlines()[0]) == (
        64,
        "error: this is done with one account: choose one with --account (here, there, …)",
    )
    imported = reconciler("import", "--account", "here")
    assert imported.err == "warning: there will get these templates, too: give them `templates:` lists\n"
    assert Path("templates.here.lock.json").exists()
    own = "version: 1\ntemplates:\n  a: {id: AT0002, keywords: [购买地点]}\naccounts:\n"
    Path("templates.yaml").write_text(
        f"{own}  here: {{appid: wxsandbox000000001, templates: [a]}}\n", "utf-8"
    )
    Path("templates.here.lock.json").unlink()
    assert reconciler("import", "--account", "here") == (
        1,
        "",
        "templates.yaml: the account here has a list of its own, which an import can't add to\n"
        "    remove its `templates:`, import, then list gou_mai_shi_bai\n",
    )


def owner(reconciler: CommandLine, *entries: str, head: str = "") -> Any:
    """An account whose templates a lock owns; the lock."""
    rows = "".join(f"  {entry}\n" for entry in entries)
    Path("templates.yaml").write_text(f"version: 1\n{head}templates:\n{rows}", "utf-8")
    assert reconciler("apply", "--yes").code == 0
    return lock_of()


def lock_of() -> Any:
    return json.loads(Path("templates.lock.json").read_text("utf-8"))


A, B = "a: {id: AT0002, keywords: [购买地点]}", "b: {id: AT0003, keywords: [失败原因]}"


def test_a_name_of_the_lock_is_not_given_to_another(reconciler: CommandLine, by_hand: ByHand) -> None:
    lock = owner(reconciler, A.replace("a:", "gou_mai_cheng_gong:"), B)
    gone = lock["templates"]["gou_mai_cheng_gong"]["template_id"]
    by_hand.client.post(
        "/cgi-bin/wxopen/template/del", params={"access_token": by_hand.token}, json={"template_id": gone}
    )
    by_hand.old("AT0002", "购买地点")
    Path("templates.yaml").write_text(f"version: 1\ntemplates:\n  {B}\n", "utf-8")
    imported = reconciler("import", "--settle", "0")
    assert imported.out.splitlines()[-1] == "plan: 1 to forget, 2 kept"
    assert "  + gou_mai_cheng_gong_tong_zhi: AT0002 " in imported.out


def test_an_entry_of_the_lock_that_says_too_little_is_left_out(
    reconciler: CommandLine, by_hand: ByHand
) -> None:
    lock = owner(reconciler, A, B)
    lock["templates"]["a"]["id"] = ""
    Path("templates.lock.json").write_text(json.dumps(lock), "utf-8")
    Path("templates.yaml").write_text(f"version: 1\ntemplates:\n  {B}\n", "utf-8")
    assert (
        reconciler("import")
        .out.splitlines()[1]
        .endswith(": the lock has it as a, and it does not say of which title it is")
    )


def test_a_twin_of_one_that_says_its_keyword_id_is_left_out(reconciler: CommandLine, by_hand: ByHand) -> None:
    by_hand.old("AT0002", "购买地点")
    by_hand.old("AT0002", "购买地点")
    by_hand.old("AT0003", "失败原因")
    Path("templates.yaml").write_text(
        "version: 1\ntemplates:\n  paid: {id: AT0002, keywords: [{name: 购买地点, keyword_id: 3}]}\n", "utf-8"
    )
    imported = reconciler("import")
    assert imported.out.splitlines()[2].endswith(" [购买地点]: it is a twin of paid")
    assert imported.out.splitlines()[-1] == "no changes: 2 kept, 1 unmanaged"


def test_what_comes_back_comes_as_it_is_now(reconciler: CommandLine, by_hand: ByHand) -> None:
    """A lock may have an old title; the plan after an import has nothing to do all the same."""
    lock = owner(reconciler, A, B)
    for one in lock["templates"].values():
        one["title"] = "旧名通知"
    Path("templates.lock.json").write_text(json.dumps(lock), "utf-8")
    Path("templates.yaml").write_text("version: 1\ntemplates: {}\n", "utf-8")
    imported = reconciler("import")
    assert imported.out.splitlines()[-1] == "no changes: 2 kept"
    assert lock_of()["templates"]["a"]["title"] == "购买成功通知"


def test_a_keyword_twice_without_ids_is_left_out(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted_account(scripted, monkeypatch, content("乙乙"), content("丙"), library={"A1": "乙丙乙"})
    reconciler("import")
    lock = lock_of()
    (name,) = (name for name, one in lock["templates"].items() if len(one["keywords"]) == 2)
    for keyword in lock["templates"][name]["keywords"]:
        keyword["keyword_id"] = None
    Path("templates.lock.json").write_text(json.dumps(lock), "utf-8")
    Path("templates.yaml").write_text("version: 1\ntemplates: {}\n", "utf-8")
    assert f"the lock has it as {name}, and it has a keyword twice, and says not which" in (
        reconciler("import").out
    )


def test_a_name_that_waits_to_be_deleted_is_not_given_to_another(
    reconciler: CommandLine, by_hand: ByHand
) -> None:
    head = "retire_after: 7d\n"
    owner(reconciler, A.replace("a:", "gou_mai_cheng_gong:"), B, head=head)
    owner(reconciler, B, head=head)
    by_hand.old("AT0002", "物品名称")
    assert "  + gou_mai_cheng_gong_tong_zhi: AT0002 " in reconciler("import").out


def test_what_is_due_stays_due(reconciler: CommandLine, by_hand: ByHand) -> None:
    owner(reconciler, A, B, head="retire_after: 7d\n")
    owner(reconciler, B, head="retire_after: 7d\n")
    Path("templates.yaml").write_text(f"version: 1\ntemplates:\n  {B}\n", "utf-8")
    assert reconciler("import").out == (
        "templates.yaml: 0 templates added\ntemplates.lock.json: 1 template owned\n"
        "plan: 1 to delete, 1 kept\n"
    )


def test_what_would_replace_another_is_left_to_an_apply(reconciler: CommandLine, by_hand: ByHand) -> None:
    """Else the old one would be in no lock, and never be deleted."""
    lock = owner(reconciler, A, B)
    by_hand.old("AT0002", "物品名称")
    Path("templates.yaml").write_text(
        f"version: 1\ntemplates:\n  {A.replace('购买地点', '物品名称')}\n  {B}\n", "utf-8"
    )
    assert reconciler("import").out.splitlines()[-1] == "plan: 1 to delete, 1 to adopt, 1 kept"
    assert lock_of() == lock


def test_what_the_account_shows_of_a_kept_one_gets_into_the_lock(
    reconciler: CommandLine, by_hand: ByHand
) -> None:
    lock = owner(reconciler, A)
    bare = json.loads(json.dumps(lock))
    bare["templates"]["a"]["keywords"][0]["key"] = None
    Path("templates.lock.json").write_text(json.dumps(bare), "utf-8")
    assert reconciler("import").out.splitlines()[-1] == "no changes: 1 kept"
    assert lock_of() == lock


# ------------------------------------------------------------------ names and choices


def test_names_can_be_chosen(reconciler: CommandLine, by_hand: ByHand) -> None:
    paid = by_hand.old("AT0002", "购买地点")
    other = by_hand.old("AT0002", "物品名称")
    by_hand.old("AT0003", "失败原因")
    Path("names.yaml").write_text(
        f"购买成功通知: order_paid\n{paid}: {{name: order_paid}}\n购买失败通知: {{name: lost}}\n无: x\n",
        "utf-8",
    )
    imported = reconciler("import", "--names", "names.yaml")
    assert imported.err == (
        "warning: names.yaml: nothing to name is called 无\n"
        f"warning: {other} 购买成功通知 is called order_paid_2: order_paid is another's already\n"
    )
    again = reconciler("import", "--names", "names.yaml")
    assert again.err == "warning: names.yaml: nothing to name is called 无\n", "a name that it has is no news"
    Path("names.yaml").write_text("购买失败通知: failed\n", "utf-8")
    other_name = reconciler("import", "--names", "names.yaml")
    assert other_name.err == (
        "warning: names.yaml: 购买失败通知 has a name already, lost: rename it in the file, then apply\n"
    )
    entries = json.loads(Path("templates.lock.json").read_text("utf-8"))["templates"]
    assert list(entries) == ["lost", "order_paid", "order_paid_2"]
    assert entries["order_paid"]["template_id"] == paid


def test_a_chosen_name_that_is_taken_is_refused(reconciler: CommandLine, by_hand: ByHand) -> None:
    paid = by_hand.old("AT0002", "购买地点")
    Path("templates.yaml").write_text(
        "version: 1\ntemplates:\n  a: {id: AT0003, keywords: [失败原因]}\n", "utf-8"
    )
    Path("names.yaml").write_text(f"{paid}: a\n", "utf-8")
    assert reconciler("import", "--names", "names.yaml") == (
        1,
        "",
        f"names.yaml:1:1: the name a is another template's\n    choose another name for {paid}\n",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "n:1:1: the file holds no names: it is empty"),
        ("- a\n", "n:1:1: the file: expected a mapping of template_ids or titles to names, found a list"),
        ("甲: 1\n", "n:1:4: 甲: expected text, found the number 1"),
        ("甲: A\n", "n:1:4: 'A' can't be a template's name"),
        ("甲: {nam: a}\n", "n:1:5: 甲: unknown field nam"),
        ("甲: {name: a, id: 5}\n", "n:1:18: 甲: id: expected text, found the number 5"),
    ],
)
def test_a_file_of_names_is_checked(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        choices.read(text.encode(), "n")
    (problem,) = caught.value.problems
    assert f"{problem.where}: {problem.message}" == message


def test_names_do_not_depend_on_the_order_of_the_list() -> None:
    """Nor on who else is there, as long as nobody has the same title."""
    taken: set[str] = set()
    for expected in ("yu_yue", "yu_yue_ti_xing", "yu_yue_2", "yu_yue_3"):
        name = naming.name_of("预约提醒", taken)
        assert name == expected
        taken.add(name)
    assert naming.name_of("VIP 到期通知", ()) == "vip_dao_qi"
    assert naming.name_of("24小时提醒", ()) == "t_24_xiao_shi"
    assert naming.name_of("！", ()) == "t"
    assert naming.name_of("㐂通知", ()) == "t"
    long = naming.name_of("长" * 40 + "通知", ())
    assert (len(long), long[-6:]) == (59, "_chang")
    assert naming.numbered(long, {long}) == f"{long}_2"
    assert naming.name_of("a" * 31 + " " + "b" * 32 + " c通知", ()) == "a" * 31 + "_" + "b" * 32
    assert naming.numbered("a" * 64, {"a" * 64}) == "a" * 62 + "_2"


def test_doctests() -> None:
    for room in (naming, render):
        assert doctest.testmod(room).failed == 0


# ------------------------------------------------------------------ titles in doubt


def scripted_account(
    scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch, *contents: str, library: dict[str, str]
) -> None:
    """An account whose templates are all titled 甲通知; `library` has ids and the keywords of each."""
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", "T")
    rows = [
        {"template_id": f"T{n}", "title": "甲通知", "content": text} for n, text in enumerate(contents, 1)
    ]
    scripted.on("/cgi-bin/wxopen/template/list", {"errcode": 0, "list": rows})
    titles = [{"id": id_, "title": "甲通知"} for id_ in library]
    scripted.on(
        "/cgi-bin/wxopen/template/library/list", {"errcode": 0, "list": titles, "total_count": len(titles)}
    )

    def look_up(_method: str, body: dict[str, Any]) -> dict[str, Any]:
        rows = [
            {"keyword_id": n, "name": name, "example": ""} for n, name in enumerate(library[body["id"]], 1)
        ]
        return {"errcode": 0, "id": body["id"], "title": "甲通知", "keyword_list": rows}

    scripted.on("/cgi-bin/wxopen/template/library/get", look_up)


def content(names: str) -> str:
    return "".join(f"{name}{{{{keyword{n}.DATA}}}}\n" for n, name in enumerate(names, 1))


def test_a_title_that_the_library_has_twice_is_asked_for(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted_account(
        scripted, monkeypatch, content("乙"), content("丁"), library={"A1": "乙丙", "A2": "乙", "A3": "丁"}
    )
    silent = reconciler("import", "--dry-run")
    assert silent.out.splitlines()[:3] == [
        "templates.yaml: 1 template would be added",
        "  + jia: A3 甲通知 [丁] T2",
        "  ! left out: T1 甲通知 [乙]: the library has its title more than once (A1, A2): "
        "choose with --names, a line such as `T1: {id: A1}`",
    ]

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("3\n\n"))
    wrong = reconciler("import", "--dry-run")
    assert ("left out: T1" in wrong.out, wrong.err.count("which of them")) == (True, 2)
    monkeypatch.setattr("sys.stdin", Terminal("2\n"))
    asked = reconciler("import")
    assert asked.err == (
        "T1 甲通知 may be of:\n  1  A1  乙, 丙\n  2  A2  乙\nwhich of them, 1 to 2 (nothing: leave it out)? "
    )
    assert asked.out.splitlines()[:3] == [
        "templates.yaml: 2 templates added",
        "  + jia: A3 甲通知 [丁] T2",
        "  + jia_tong_zhi: A2 甲通知 [乙] T1",
    ]


def test_what_can_not_be_expressed_is_listed_and_why(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted_account(
        scripted,
        monkeypatch,
        content("戊"),
        "nonsense",
        content("乙" * 11),
        content("乙乙乙"),
        content("乙\u202e"),
        content("乙乙"),
        library={"A1": "乙丙乙"},
    )
    imported = reconciler("import")
    assert [line.partition("]: ")[2] or line for line in imported.out.splitlines()[2:-2]] == [
        "A1 has no keyword 戊",
        "  ! left out: T2 甲通知: its content can't be read",
        "it has 11 keywords, and a template has 1 to 10",
        "A1 has the keyword 乙 less often than it stands there",
        "no keyword can be called U+202E",
    ]
    assert imported.err == (
        "warning: jia: A1 has the keyword 乙 more than once (keyword_id 1, 3); "
        "the account does not tell which one it is\n"
    )
    assert "keywords: [{name: 乙, keyword_id: 1}, {name: 乙, keyword_id: 3}]" in Path(
        "templates.yaml"
    ).read_text("utf-8")
    assert reconciler("plan").out.splitlines()[-1] == "no changes: 1 kept, 5 unmanaged"


def test_an_id_that_was_chosen_wrongly_is_told(reconciler: CommandLine, by_hand: ByHand) -> None:
    by_hand.old("AT0002", "购买地点")
    for id_, reason in (
        ("AT0003", "the title of AT0003 is 购买失败通知"),
        ("AT9999", r"the library has no title AT9999 \(POST /cgi-bin/wxopen/template/library/get: .*\)"),
    ):
        Path("names.yaml").write_text(f"购买成功通知: {{id: {id_}}}\n", "utf-8")
        line = reconciler("import", "--dry-run", "--names", "names.yaml").out.splitlines()[1]
        assert re.search(rf"\]: {reason}$", line)


def test_names_are_of_the_templates_that_they_were_given_to(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that look alike, of two titles of one name: only the choice tells them apart, and the lock."""
    scripted_account(scripted, monkeypatch, content("乙"), content("乙"), library={"A1": "乙", "A2": "乙"})
    Path("n.yaml").write_text("T1: {name: zeta, id: A1}\nT2: {name: alpha, id: A2}\n", "utf-8")
    assert reconciler("import", "--names", "n.yaml").code == 0
    lock = json.loads(Path("templates.lock.json").read_text("utf-8"))["templates"]
    assert {name: (one["template_id"], one["id"]) for name, one in lock.items()} == {
        "zeta": ("T1", "A1"),
        "alpha": ("T2", "A2"),
    }
    assert reconciler("plan").out.splitlines()[-1] == "no changes: 2 kept"


def test_of_twins_the_one_that_was_named_is_taken(reconciler: CommandLine, by_hand: ByHand) -> None:
    ids = sorted(by_hand.old("AT0002", "购买地点") for _ in range(3))
    second = templates(by_hand.url)[1]["template_id"]
    Path("n.yaml").write_text(f"{second}: paid\n", "utf-8")
    reconciler("import", "--names", "n.yaml")
    lock = json.loads(Path("templates.lock.json").read_text("utf-8"))["templates"]
    assert (list(lock), lock["paid"]["template_id"], second in ids) == (["paid"], second, True)


def test_one_that_looks_like_a_retired_one_is_owned_itself(reconciler: CommandLine, by_hand: ByHand) -> None:
    head = "version: 1\nretire_after: 7d\nprune: all\ntemplates:"
    Path("templates.yaml").write_text(f"{head}\n  a: {{id: AT0002, keywords: [购买地点]}}\n", "utf-8")
    reconciler("apply", "--yes")
    Path("templates.yaml").write_text(f"{head} {{}}\n", "utf-8")
    assert reconciler("apply", "--yes", "--allow-no-templates").code == 0
    made = by_hand.old("AT0002", "购买地点")
    assert reconciler("import").out.splitlines()[-1] == "no changes: 1 kept"
    lock = json.loads(Path("templates.lock.json").read_text("utf-8"))
    assert lock["templates"]["gou_mai_cheng_gong"]["template_id"] == made
    assert lock["retired"][0]["template_id"] != made


def test_twins_of_the_lock_are_left_out(reconciler: CommandLine, by_hand: ByHand) -> None:
    Path("templates.yaml").write_text(
        "version: 1\ntemplates:\n  a: {id: AT0002, keywords: [购买地点]}\n", "utf-8"
    )
    reconciler("apply", "--yes")
    twin = by_hand.old("AT0002", "购买地点")
    lock = json.loads(Path("templates.lock.json").read_text("utf-8"))
    lock["templates"]["b"] = {**lock["templates"]["a"], "template_id": twin}
    Path("templates.lock.json").write_text(json.dumps(lock), "utf-8")
    assert reconciler("import", "--dry-run").out.splitlines()[1] == (
        f"  ! left out: {twin} 购买成功通知 [购买地点]: the lock has it as b, and it is a twin of a"
    )


def test_keywords_that_can_not_be_written_are_left_out(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = ["价格：：", "乙\ufffe", "："]
    rows = [f"{name}{{{{keyword1.DATA}}}}\n" for name in odd]
    scripted_account(scripted, monkeypatch, *rows, content("乙"), library={"A1": "乙"})
    assert [line.rpartition("]: ")[2] for line in reconciler("import").out.splitlines()[2:-2]] == [
        "no keyword can be called 价格：",
        "A1 has no keyword 乙U+FFFE",
        "A1 has no keyword keyword1",
    ]
    assert reconciler("validate").code == 0


def test_a_library_that_was_false_once_is_asked_again(reconciler: CommandLine, by_hand: ByHand) -> None:
    """What an earlier run was told is no reason to leave a template out, and an empty answer is not kept."""
    by_hand.add("/wxaapi/newtmpl/addtemplate", {"tid": "2", "kidList": [4, 3], "sceneDesc": "支付"})
    words = ("import", "--dialect", "subscribe", "--dry-run")
    reconciler(*words)
    (kept,) = Path(os.environ["XDG_CACHE_HOME"]).rglob("2.json")
    kept.write_text(kept.read_text("utf-8").replace("购买时间", "旧"), "utf-8")
    assert reconciler(*words).out.splitlines()[0] == "templates.yaml: 1 template would be added"


def test_an_empty_answer_of_the_library_is_not_believed_twice(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", "T")
    row = {"priTmplId": "T1", "title": "甲通知", "content": "乙:{{thing1.DATA}}\n丙:{{thing2.DATA}}\n"}
    scripted.on("/wxaapi/newtmpl/gettemplate", {"errcode": 0, "data": [row]})
    scripted.on("/wxaapi/newtmpl/getcategory", {"errcode": 0, "data": [{"id": 1, "name": "c"}]})
    titles = [{"tid": 7, "title": "甲通知", "type": 2, "categoryId": "1"}]
    scripted.on("/wxaapi/newtmpl/getpubtemplatetitles", {"errcode": 0, "count": 1, "data": titles})
    keywords = "/wxaapi/newtmpl/getpubtemplatekeywords"
    scripted.on(keywords, {"errcode": 0, "data": []})
    words = ("import", "--dialect", "subscribe", "--dry-run")
    assert "left out: T1 甲通知 [乙, 丙]: 7 has no keyword 乙, 丙" in reconciler(*words).out
    rows = [{"kid": n, "name": name, "example": "", "rule": "thing"} for n, name in enumerate("乙丙", 1)]
    scripted.on(keywords, {"errcode": 0, "data": rows})
    assert reconciler(*words).out.splitlines()[0] == "templates.yaml: 1 template would be added"


def test_a_list_that_is_falsely_empty_is_asked_for_twice(reconciler: CommandLine, by_hand: ByHand) -> None:
    by_hand.old("AT0002", "购买地点")
    told(by_hand.url, "faults", {"faults": ["list@1=empty-list"]})
    assert reconciler("import").out.splitlines()[-1] == "no changes: 1 kept"


def test_what_the_library_says_of_a_look_up_is_told(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted_account(scripted, monkeypatch, content("乙"), library={"A1": "乙"})
    scripted.on("/cgi-bin/wxopen/template/library/get", {"errcode": -1000, "errmsg": "no"})
    assert reconciler("import").out.splitlines()[1] == (
        "  ! left out: T1 甲通知 [乙]: the library has no title A1 "
        "(POST /cgi-bin/wxopen/template/library/get: errcode -1000 (no))"
    )


# ------------------------------------------------------------------ what goes wrong


def test_a_lock_that_can_not_be_written_leaves_the_file_as_it_was(
    reconciler: CommandLine, by_hand: ByHand
) -> None:
    by_hand.old("AT0002", "购买地点")
    Path("taken").write_text("")
    ended = reconciler("import", "--lockfile", "taken/lock.json")
    assert (ended.code, Path("templates.yaml").exists()) == (1, False)


def test_a_file_that_can_not_be_written_leaves_the_lock_as_it_was(
    reconciler: CommandLine, by_hand: ByHand
) -> None:
    by_hand.old("AT0002", "购买地点")
    Path("taken").write_text("")
    ended = reconciler("import", "--file", "taken/templates.yaml", "--lockfile", "l.json")
    assert ended == (
        1,
        "",
        f"{Path.cwd()}/taken/.reconciler/templates.yaml.run: can't keep other runs out: File exists\n"
        "    make its folder writable, and see to room on its disk\n",
    )
    assert not list(Path().glob("*.json"))


def test_two_at_once_are_kept_apart(reconciler: CommandLine, by_hand: ByHand) -> None:
    with runlock.held(Path("templates.lock.json")):
        assert reconciler("import").err.startswith(
            "templates.lock.json: another apply is at work on this lock: process "
        )
        assert reconciler("import", "--dry-run").code == 0
    with runlock.held(Path("templates.yaml")):
        refused = reconciler("import")
        assert (refused.code, refused.err.partition(" process ")[0]) == (
            1,
            "templates.yaml: another import is at work on this file:",
        )
    assert sorted(map(str, Path().glob("*.*"))) == [".reconciler"]
    assert [path.name for path in Path(".reconciler").iterdir()] == [".gitignore"]


def test_a_file_that_was_saved_by_somebody_meanwhile_is_not_overwritten(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor asks nobody: what it saved while the library was asked is there to stay."""
    scripted_account(scripted, monkeypatch, content("乙"), library={"A1": "乙"})
    look_up = scripted.handlers["/cgi-bin/wxopen/template/library/get"]

    def saved(method: str, body: dict[str, Any]) -> Any:
        Path("templates.yaml").write_text("version: 1\ntemplates: {}  # mine\n", "utf-8")
        return look_up(method, body)

    scripted.on("/cgi-bin/wxopen/template/library/get", saved)
    assert reconciler("import") == (
        1,
        "",
        "templates.yaml: somebody else has changed it while the account was asked\n"
        "    run it again; nothing was changed\n",
    )
    assert Path("templates.yaml").read_text("utf-8").endswith("# mine\n")
    assert not Path("templates.lock.json").exists()


def test_what_a_killed_run_has_left_is_removed(reconciler: CommandLine, by_hand: ByHand) -> None:
    left = [Path(".templates.yaml.abcdefgh.tmp"), Path(".templates.lock.json.abcdefgh.tmp")]
    for path in left:
        path.write_text("")
    reconciler("import")
    assert [path for path in left if path.exists()] == []


def test_output_that_can_not_be_written_comes_after_the_files(by_hand: ByHand) -> None:
    by_hand.old("AT0002", "购买地点")
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "reconciler", "import"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (ended.returncode, ended.stderr.decode()) == (
        4,
        "error: can't write the output (No space left on device); templates.yaml and the lock are written\n",
    )


# ------------------------------------------------------------------ the text of the file

ONE = Wanted("b", "AT1", (KeywordRef("乙"),), "甲")
MORE = "  b:\n    id: AT1\n    title: 甲\n    keywords: [乙]\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("version: 1\ntemplates: {}", f"version: 1\ntemplates:\n{MORE}"),
        ("version: 1\ntemplates: { }  # none\nprune: all\n",
         f"version: 1\ntemplates:  # none\n{MORE}prune: all\n"),
        ("version: 1\ntemplates:\n  a: {id: x, keywords: [y]}",
         f"version: 1\ntemplates:\n  a: {{id: x, keywords: [y]}}\n\n{MORE}"),
        ("version: 1\ntemplates:\n  a: {id: x, keywords: [y]}\n  c: {id: x, keywords: [z]}\n...\n",
         "version: 1\ntemplates:\n  a: {id: x, keywords: [y]}\n  c: {id: x, keywords: [z]}\n"
         f"{MORE}...\n"),
        ("version: 1\r\ntemplates:\r\n  a:\r\n    id: x\r\n    keywords: [y]\r\n# z\r\n",
         "version: 1\r\ntemplates:\r\n  a:\r\n    id: x\r\n    keywords: [y]\r\n\r\n"
         + MORE.replace("\n", "\r\n") + "# z\r\n"),
        ("\ufefftemplates: {}\nversion: 1\n", f"\ufefftemplates:\n{MORE}version: 1\n"),
        ("version: 1\ntemplates: &t\n  a: &u {id: x, keywords: [y]}\nprune: all\n",
         f"version: 1\ntemplates: &t\n  a: &u {{id: x, keywords: [y]}}\n\n{MORE}prune: all\n"),
        ("  version: 1\n  templates:\n    a: {id: x, keywords: [y]}\n",
         "  version: 1\n  templates:\n    a: {id: x, keywords: [y]}\n\n"
         + "".join(f"  {line}\n" for line in MORE.splitlines())),
        ("version: 1\ntemplates:\n  a:\n    keywords:\n    - y\n    id: >-\n      x\n\n\n\nprune: all\n",
         f"version: 1\ntemplates:\n  a:\n    keywords:\n    - y\n    id: >-\n      x\n\n{MORE}"
         "\n\n\nprune: all\n"),
    ],
)  # fmt: skip
def test_a_text_keeps_every_byte_and_gets_more(before: str, after: str) -> None:
    desired = yaml_room.read(before.encode(), "t")
    assert yamledit.with_templates(before.encode(), "t", desired, [ONE]) == after


def test_what_needs_quotes_gets_them() -> None:
    odd = Wanted(
        "b",
        "401",
        (KeywordRef("是: 否"), KeywordRef("yes", 5), KeywordRef('"#'), KeywordRef("x" * 90)),
        "2026-01-01",
        True,
        "~",
    )
    text = yamledit.with_templates(None, "t", Desired((), "subscribe"), [odd])
    assert yaml_room.read(text.encode(), "t").templates == (odd,)
    assert '  keywords:\n      - "是: 否"\n' in text


def test_what_stands_in_braces_is_left_to_people() -> None:
    for before in ('{"version": 1, "templates": {}}', "version: 1\ntemplates: {a: {id: x, keywords: [y]}}\n"):
        desired = yaml_room.read(before.encode(), "t")
        with pytest.raises(InputError) as caught:
            yamledit.with_templates(before.encode(), "t", desired, [ONE])
        (problem,) = caught.value.problems
        assert problem.message == (
            "its templates are written so that nothing can be added to them (they stand in braces)"
        )
        assert problem.hint == (
            "write `templates:` in plain lines, with these:\n"
            "      b:\n        id: AT1\n        title: 甲\n        keywords: [乙]"
        )


def test_a_file_that_was_changed_meanwhile_is_not_written() -> None:
    before = "version: 1\ntemplates: {}\n"
    with pytest.raises(InputError) as caught:
        yamledit.with_templates(before.encode(), "t", Desired((ONE,)), [ONE])
    assert caught.value.problems[0].message == "it was changed while the account was asked"
