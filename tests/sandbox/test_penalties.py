"""Violations and what they cost, as the page has them (违规说明, 处罚说明), over real HTTP and in process."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import penalties
from reconciler.sandbox.accounts import APPID, SECRET
from reconciler.sandbox.library import Keyword, Library, Title
from reconciler.sandbox.routes import create_app
from reconciler.sandbox.state import store
from reconciler.sandbox.state.records import Violation
from reconciler.sandbox.state.store import Store

from ..boxes import CREDENTIALS, DAY, LIBRARY, OK, START, Box, Transport, refused
from ..tools import CommandLine

OTHER = "wx0000000000000001"
WXOPEN = "/cgi-bin/wxopen/template"
BANNED = (48004, "api forbidden for irregularities")
DELETED = "the template is deleted"
WEEK, MONTH, GOOD = (f"the interface is blocked for {span}" for span in ("7 days", "30 days", "good"))


@dataclass
class Shop:
    """An app's server, and a user who acts whenever a message is due."""

    box: Box
    appid: str = APPID
    sent: int = 0

    def call(self, path: str, body: object, method: str = "POST") -> Any:
        credentials = {**CREDENTIALS, "appid": self.appid}
        token = self.box.post("/cgi-bin/stable_token", credentials)["access_token"]
        data = json.dumps(body, ensure_ascii=False).encode() if method == "POST" else None
        headers = {"Content-Type": "application/json"}
        return self.box.ask(method, path, data, {"access_token": token}, headers).json

    def add(self, title_id: str = "AT0002") -> str:
        return str(self.call(f"{WXOPEN}/add", {"id": title_id, "keyword_id_list": [3, 5]})["template_id"])

    def send(self, template_id: str, value: str = "咖啡") -> Any:
        self.sent += 1
        body = {"touser": "oUser", "template_id": template_id, "form_id": f"form{self.sent}"}
        return self.call(
            "/cgi-bin/message/wxopen/template/send", {**body, "data": {"keyword2": {"value": value}}}
        )

    def report(self, template_id: str, reason: str = "恶意骚扰") -> Any:
        body = {"appid": self.appid, "template_id": template_id, "reason": reason}
        return self.box.post("/_sandbox/violations", body)

    def listed(self) -> list[str]:
        rows = self.call(f"{WXOPEN}/list", {"offset": 0, "count": 20})["list"]
        return [row["template_id"] for row in rows]

    @property
    def account(self) -> Any:
        return self.box.ask("GET", f"/_sandbox/accounts/{self.appid}").json

    @property
    def penalties(self) -> list[str]:
        return [notice["penalty"] for notice in self.account["notices"]]


@pytest.fixture
def shop(transport: Transport) -> Iterator[Shop]:
    with closing(Store.memory()) as memory:
        app = create_app(memory, LIBRARY, clock=lambda: START, penalties=True)
        yield Shop(Box(transport, app, memory))


# ------------------------------------------------------------------ what is a violation


def test_a_message_that_markets_costs_its_template(shop: Shop) -> None:
    other, template_id = shop.add(), shop.add()
    assert shop.send(template_id, "咖啡优惠") == OK, "the user has got it: it is punished afterwards"
    assert shop.listed() == [other]
    assert [one["template_id"] for one in shop.account["messages"]] == [template_id]
    assert shop.account["notices"] == [
        {
            "time": int(START),
            "violation": 1,
            "template_id": template_id,
            "title": "购买成功通知",
            "reason": "恶意营销 (marketing): the value of line 2 (物品名称) says 优惠",
            "penalty": DELETED,
            "until": None,
        }
    ]
    assert refused(shop.send(template_id)) == (40037, "invalid template_id")
    assert shop.send(other) == OK


@pytest.mark.parametrize("word", penalties.MARKETING)
def test_words_of_marketing(word: str) -> None:
    lines = [{"name": "物品名称", "value": "咖啡"}, {"name": "备注", "value": f"新{word}!"}]
    reason = f"恶意营销 (marketing): the value of line 2 (备注) says {word}"
    assert penalties.marketing("购买成功通知", lines) == reason
    in_title = f"恶意营销 (marketing): the title says {word}"
    assert penalties.marketing(f"{word}通知", lines[:1]) == in_title
    assert penalties.marketing("购买成功通知", lines[:1]) is None


def test_no_title_and_no_example_of_the_bundled_library_markets() -> None:
    for title in LIBRARY.titles:
        lines = [{"name": keyword.name, "value": keyword.example} for keyword in title.keywords]
        assert penalties.marketing(title.title, lines) is None, title


def test_a_title_that_markets(transport: Transport) -> None:
    title = Title("AT1", "红包提醒", (Keyword(3, "金额", "1元"), Keyword(5, "时间", "今天")))
    with closing(Store.memory()) as memory:
        app = create_app(memory, Library((title,), {"AT1": title}), clock=lambda: START, penalties=True)
        shop = Shop(Box(transport, app, memory))
        assert shop.send(shop.add("AT1")) == OK
        (notice,) = shop.account["notices"]
        assert notice["reason"] == "恶意营销 (marketing): the title says 红包"
        assert shop.listed() == []


def test_messages_of_the_newer_apis_are_watched_too(shop: Shop) -> None:
    paid = {"tid": "2", "kidList": [4, 3], "sceneDesc": "支付"}
    subscribed = shop.call("/wxaapi/newtmpl/addtemplate", paid)["priTmplId"]
    chosen = {"template_id_short": "40002", "keyword_name_list": ["购买地点"]}
    official = shop.call("/cgi-bin/template/api_add_template", chosen)["template_id"]
    data = {"time4": {"value": "2016年6月6日"}, "thing3": {"value": "领券中心"}}
    body = {"touser": "oUser", "template_id": subscribed, "data": data}
    assert shop.call("/cgi-bin/message/subscribe/send", body) == OK
    body = {"touser": "oUser", "template_id": official, "data": {"thing2": {"value": "积分商城"}}}
    assert shop.call("/cgi-bin/message/template/send", body)["errcode"] == 0
    assert [(one["template_id"], one["reason"], one["penalty"]) for one in shop.account["notices"]] == [
        (subscribed, "恶意营销 (marketing): the value of line 2 (购买地点) says 领券", DELETED),
        (official, "恶意营销 (marketing): the value of line 1 (购买地点) says 积分", WEEK),
    ]
    left = [one["template_id"] for one in shop.account["templates"]]
    assert left == [official], "only the first violation costs a template"


def test_a_refused_message_is_no_violation(shop: Shop) -> None:
    template_id = shop.add()
    body = {"touser": "oUser", "template_id": template_id, "data": {"keyword2": {"value": "红包"}}}
    reply = shop.call("/cgi-bin/message/wxopen/template/send", body)
    assert refused(reply) == (41028, "invalid form id")
    assert (shop.account["notices"], shop.listed()) == ([], [template_id])


@pytest.mark.parametrize(("fault", "penalty"), [("send=45009", []), ("send=45009:after", [DELETED])])
def test_a_message_whose_reply_is_lost_counts_if_it_went_out(
    shop: Shop, fault: str, penalty: list[str]
) -> None:
    template_id = shop.add()
    shop.box.post("/_sandbox/faults", {"faults": [fault]})
    assert refused(shop.send(template_id, "红包")) == (45009, "reach max api daily quota limit")
    assert shop.penalties == penalty
    assert shop.listed() == ([] if penalty else [template_id])


def test_a_report_is_answered_with_its_notice(shop: Shop) -> None:
    template_id = shop.add()
    reply = shop.report(template_id, "用户投诉: 恶意骚扰")
    assert reply == {
        **OK,
        "notice": {
            "time": int(START),
            "violation": 1,
            "template_id": template_id,
            "title": "购买成功通知",
            "reason": "用户投诉: 恶意骚扰",
            "penalty": DELETED,
            "until": None,
        },
    }
    assert shop.account["notices"] == [reply["notice"]]
    assert refused(shop.report(template_id)) == (40037, "invalid template_id"), "it is gone"


REASONLESS = (40097, "invalid args: reason must be a string that says something")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"template_id": "x"}, (40037, "invalid template_id")),
        ({"template_id": None}, (40037, "invalid template_id")),
        ({"template_id": ["x"]}, (40037, "invalid template_id")),
        ({"appid": "wx1"}, (40013, "invalid appid")),
        ({"appid": OTHER}, (40037, "invalid template_id")),
        ({"reason": ""}, REASONLESS),
        ({"reason": " \n"}, REASONLESS),
        ({"reason": None}, REASONLESS),
        ({"reason": 7}, REASONLESS),
        ({"reason": {"a": "b"}}, REASONLESS),
    ],
)
def test_reports_refuse(shop: Shop, change: dict[str, object], error: tuple[int, str]) -> None:
    body = {"template_id": shop.add(), "reason": "恶意骚扰", **change}
    assert refused(shop.box.post("/_sandbox/violations", body)) == error
    assert (shop.account["notices"], len(shop.listed())) == ([], 1)


def test_a_report_is_a_post_with_a_body(shop: Shop) -> None:
    assert refused(shop.box.ask("GET", "/_sandbox/violations").json) == (43002, "require POST method")
    assert refused(shop.box.ask("POST", "/_sandbox/violations").json) == (44002, "empty post data")


# ------------------------------------------------------------------ what it costs


def test_the_four_penalties(shop: Shop) -> None:
    """第一次删除模板, 第二次封禁接口7天, 第三次封禁接口30天, 第四次永久封禁接口."""
    first, kept = shop.add(), shop.add()
    shop.report(first)
    assert (shop.listed(), shop.send(kept)) == ([kept], OK)

    assert shop.report(kept)["notice"]["until"] == START + 7 * DAY
    assert refused(shop.send(kept)) == BANNED
    shop.box.advance(7 * DAY - 1)
    assert refused(shop.send(kept)) == BANNED
    shop.box.advance(1)
    assert shop.send(kept) == OK

    assert shop.report(kept)["notice"]["until"] == START + 37 * DAY
    shop.box.advance(30 * DAY - 1)
    assert refused(shop.send(kept)) == BANNED
    shop.box.advance(1)
    assert shop.send(kept) == OK

    for number in (4, 5):
        notice = shop.report(kept)["notice"]
        assert (notice["violation"], notice["penalty"], notice["until"]) == (number, GOOD, None)
    shop.box.advance(10_000 * DAY)
    assert refused(shop.send(kept)) == BANNED
    assert shop.penalties == [DELETED, WEEK, MONTH, GOOD, GOOD]
    assert shop.listed() == [kept]


def test_a_violation_that_comes_to_light_during_a_block_counts(shop: Shop) -> None:
    """The longest block rules, whichever came last."""
    first, kept = shop.add(), shop.add()
    shop.report(first)
    shop.report(kept)
    shop.box.advance(DAY)
    assert shop.report(kept)["notice"]["until"] == START + 31 * DAY
    shop.box.advance(30 * DAY - 1)
    assert refused(shop.send(kept)) == BANNED
    shop.box.advance(1)
    assert shop.send(kept) == OK


def test_the_clock_turned_back_before_a_warning_blocks_nothing(shop: Shop) -> None:
    first, kept = shop.add(), shop.add()
    shop.report(first)
    shop.box.advance(-DAY)
    assert shop.send(kept) == OK


def test_a_block_is_of_sends_and_adds_in_all_three_apis(shop: Shop) -> None:
    paid = {"tid": "2", "kidList": [4, 3], "sceneDesc": "支付"}
    chosen = {"template_id_short": "40002", "keyword_name_list": ["购买地点"]}
    first, kept = shop.add(), shop.add()
    shop.report(first)
    shop.report(kept)
    for path, body, error in [
        (f"{WXOPEN}/add", {"id": "AT0002", "keyword_id_list": [3]}, BANNED),
        ("/cgi-bin/message/wxopen/template/send", {}, BANNED),
        ("/wxaapi/newtmpl/addtemplate", paid, (200011, "account is banned")),
        ("/cgi-bin/message/subscribe/send", {}, (43107, "subscribe message capability is banned")),
        ("/cgi-bin/template/api_add_template", chosen, (43106, "account is punished")),
        ("/cgi-bin/message/template/send", {}, (43106, "account is punished")),
    ]:
        assert (path, refused(shop.call(path, body))) == (path, error)
    assert shop.call(f"{WXOPEN}/library/get", {"id": "AT0002"})["errcode"] == 0
    assert shop.call(f"{WXOPEN}/library/list", {"offset": 0, "count": 1})["errcode"] == 0
    assert shop.call("/wxaapi/newtmpl/gettemplate", None, "GET") == {**OK, "data": []}
    assert shop.call("/cgi-bin/template/get_all_private_template", None, "GET") == {"template_list": []}
    assert shop.call(f"{WXOPEN}/del", {"template_id": kept}) == OK
    assert shop.listed() == []


def test_a_block_is_one_accounts(shop: Shop) -> None:
    other = Shop(shop.box, OTHER)
    first, kept, theirs = shop.add(), shop.add(), other.add()
    shop.report(first)
    shop.report(kept)
    assert refused(shop.send(kept)) == BANNED
    assert (other.send(theirs), other.penalties) == (OK, [])
    other.report(theirs)
    assert other.penalties == [DELETED]


def test_a_bad_token_is_told_first(shop: Shop) -> None:
    first, kept = shop.add(), shop.add()
    shop.report(first)
    shop.report(kept)
    reply = shop.box.post(f"{WXOPEN}/add", {}, "made up")
    assert reply["errcode"] == 40001


def test_reset_forgives(shop: Shop) -> None:
    first, kept = shop.add(), shop.add()
    shop.report(first)
    shop.report(kept)
    assert shop.box.ask("POST", "/_sandbox/reset").json == OK
    assert shop.account["notices"] == []
    assert shop.send(shop.add()) == OK


# ------------------------------------------------------------------ off, and on again


def test_without_the_option_nothing_is_punished(box: Box) -> None:
    shop = Shop(box)
    template_id = shop.add()
    assert shop.send(template_id, "红包") == OK
    assert (shop.listed(), shop.account["notices"]) == ([template_id], [])
    off = "api unauthorized: penalties are off: start it with `reconciler sandbox serve --penalties`"
    assert refused(shop.report(template_id)) == (48001, off)


def test_penalties_outlive_the_server(in_process: Transport, tmp_path: Path) -> None:
    @contextmanager
    def opened(*, on: bool = True) -> Iterator[Shop]:
        with closing(Store.open(tmp_path / "state")) as file:
            yield Shop(Box(in_process, create_app(file, LIBRARY, clock=lambda: START, penalties=on), file))

    with opened() as shop:
        first, kept = shop.add(), shop.add()
        shop.report(first)
        shop.report(kept)
        notices = shop.account["notices"]
    with opened(on=False) as shop:
        assert shop.account["notices"] == notices
        assert shop.send(kept) == OK, "without the option no block is enforced"
    with opened() as shop:
        assert refused(shop.send(kept)) == BANNED
        assert shop.report(kept)["notice"]["penalty"] == MONTH
    store.reset(tmp_path / "state")
    with opened() as shop:
        assert shop.penalties == []


def test_what_fails_halfway_leaves_no_violation(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message, its violation and its penalty are one transaction."""
    template_id = shop.add()
    monkeypatch.setattr(shop.box.store, "_db", Tripping(shop.box.store._db, "DELETE FROM templates"))
    reply = shop.send(template_id, "红包")
    assert refused_plainly(reply) == (-1, "system error: the sandbox's memory: disk I/O error")
    monkeypatch.undo()
    account = shop.account
    assert (account["messages"], account["notices"], shop.listed()) == ([], [], [template_id])


class Tripping:
    """A database whose disk fails at one statement."""

    def __init__(self, db: Any, at: str) -> None:
        self._db = db
        self._at = at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, sql: str, values: tuple[object, ...] = ()) -> Any:
        import sqlite3

        if sql.startswith(self._at):
            raise sqlite3.OperationalError("disk I/O error")
        return self._db.execute(sql, values)


def refused_plainly(reply: dict[str, Any]) -> tuple[int, str]:
    """The code and the message of an error that has no rid."""
    assert list(reply) == ["errcode", "errmsg"]
    return reply["errcode"], reply["errmsg"]


def test_blocks_are_a_function_of_the_violations() -> None:
    one = Violation(START, "id", "title", "reason")
    assert penalties.blocked_until([]) == float("-inf")
    assert penalties.blocked_until([one]) == float("-inf")
    assert penalties.blocked_until([one] * 2) == START + 7 * DAY
    assert penalties.blocked_until([one] * 3) == START + 30 * DAY
    assert penalties.blocked_until([one] * 4) == float("inf")
    assert penalties.blocked_until([one] * 9) == float("inf")


# ------------------------------------------------------------------ the command


@contextmanager
def serving(*words: str, **environment: str) -> Iterator[str]:
    """`sandbox serve` as a process; its address."""
    command = [sys.executable, "-m", "reconciler", "sandbox", "serve", "--port", "0", "--format", "json"]
    with subprocess.Popen(
        [*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **environment},
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            text = ""
            while process.poll() is None and not text.endswith("}\n"):
                text += process.stdout.readline()
            yield str(json.loads(text)["endpoint"])
        finally:
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err) == (0, "", "")


def asked(url: str, path: str, body: object) -> Any:
    request = urllib.request.Request(f"{url}{path}", json.dumps(body).encode())
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


@pytest.mark.parametrize(
    ("words", "environment", "on"),
    [
        ([], {}, False),
        (["--penalties"], {}, True),
        ([], {"RECONCILER_PENALTIES": "1"}, True),
        ([], {"RECONCILER_PENALTIES": "false"}, False),
    ],
)
def test_the_option(words: list[str], environment: dict[str, str], on: bool) -> None:
    with serving(*words, **environment) as url:
        reply = asked(url, "/_sandbox/violations", {"template_id": "x", "reason": "y"})
        assert reply["errcode"] == (40037 if on else 48001)


def test_an_apply_on_a_blocked_account_says_so(
    serve: Callable[[Any], str], reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "version: 1\ntemplates:\n  paid: {id: AT0002, keywords: [购买地点]}\n"
    Path("templates.yaml").write_text(text, "utf-8")
    with closing(Store.memory()) as memory:
        memory.add_violation(APPID, Violation(START, "id", "title", "reason"))
        memory.add_violation(APPID, Violation(START, "id", "title", "reason"))
        url = serve(create_app(memory, LIBRARY, clock=lambda: START, penalties=True))
        monkeypatch.setenv("RECONCILER_ENDPOINT", url)
        monkeypatch.setenv("WECHAT_APPID", APPID)
        monkeypatch.setenv("WECHAT_APPSECRET", SECRET)
        result = reconciler("apply", "--yes")
    assert result.code == 1
    assert re.sub(r"rid: [0-9a-f-]+", "rid: …", result.err) == (
        "error: paid: AT0002 购买成功通知: POST /cgi-bin/wxopen/template/add: errcode 48004, the interface is"
        " blocked for violations (api forbidden for irregularities rid: …)\n"
        "    read the notice in the account's console; nothing can be done from here\n"
    )
