"""`sandbox messages`: what was sent over HTTP, as it lies in the state; and states of older sandboxes."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import library
from reconciler.sandbox.accounts import APPID, SECRET
from reconciler.sandbox.routes import create_app
from reconciler.sandbox.state.records import Message
from reconciler.sandbox.state.store import Store, StoreError

from ..boxes import DAY, OK, START, refused
from ..conftest import Lend
from ..tools import CommandLine, told

STATE = Path(".reconciler/sandbox.sqlite")
SENT = "2016-11-24T15:06:40Z"
EMPTY = "no messages (.reconciler/sandbox.sqlite)\n"
OTHER = "wx0000000000000001"


@pytest.fixture
def served(lend: Lend) -> Iterator[str]:
    """The emulator on the state of this folder, in November 2016; its address."""
    with (
        contextlib.closing(Store.open(STATE)) as store,
        lend(create_app(store, library.load(), clock=lambda: START)) as url,
    ):
        yield url


class Sender:
    """A client of the emulator, as an app's server is one."""

    def __init__(self, url: str, appid: str = APPID) -> None:
        self._url = url
        self._query = f"grant_type=client_credential&appid={appid}&secret={SECRET}"
        added = self.call("wxopen/template/add", {"id": "AT0002", "keyword_id_list": [3, 5]})
        self.template_id = added["template_id"]

    def call(self, path: str, body: dict[str, Any]) -> Any:
        with urllib.request.urlopen(f"{self._url}/cgi-bin/token?{self._query}") as reply:
            token = json.load(reply)["access_token"]
        whole = path if path.startswith("/") else f"/cgi-bin/{path}"
        address = f"{self._url}{whole}?access_token={token}"
        data = json.dumps(body).encode()
        request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)

    def send(self, touser: str = "oUser", form_id: str = "form", place: str = "广州", **more: Any) -> None:
        values = {"keyword1": {"value": place, "color": "#173177"}, "keyword2": {"value": "咖啡"}}
        body = {"touser": touser, "template_id": self.template_id, "form_id": form_id, "data": values, **more}
        assert self.call("message/wxopen/template/send", body) == OK

    def refused(self, form_id: str) -> tuple[int, str]:
        body = {"touser": "oUser", "template_id": self.template_id, "form_id": form_id}
        return refused(self.call("message/wxopen/template/send", body))


# ------------------------------------------------------------------ the list


def test_a_message_is_listed_while_the_server_runs(served: str, reconciler: CommandLine) -> None:
    sender = Sender(served)
    sender.send(page="index?foo=bar", emphasis_keyword="keyword1.DATA")
    assert reconciler("sandbox", "messages") == (
        0,
        f"{SENT}  wxopen  {APPID} to oUser\n"
        f"    template: 购买成功通知 ({sender.template_id})\n"
        "    购买地点  keyword1=广州\n"
        "    物品名称  keyword2=咖啡\n"
        "    page: index?foo=bar\n"
        "    emphasised: keyword1\n",
        "",
    )
    assert reconciler("sandbox", "messages", "--format", "json").json == {
        "version": 1,
        "messages": [
            {
                "sent": SENT,
                "dialect": "wxopen",
                "appid": APPID,
                "touser": "oUser",
                "template_id": sender.template_id,
                "title": "购买成功通知",
                "page": "index?foo=bar",
                "emphasis": "keyword1",
                "form_id": "form",
                "data": {
                    "keyword1": {"name": "购买地点", "value": "广州", "color": "#173177"},
                    "keyword2": {"name": "物品名称", "value": "咖啡", "color": "#000000"},
                },
            }
        ],
        "errors": [],
    }
    assert sender.call("wxopen/template/list", {"offset": 0, "count": 1})["errcode"] == 0, "it still serves"


def test_a_message_without_page_and_emphasis(served: str, reconciler: CommandLine) -> None:
    sender = Sender(served)
    sender.send(data={})
    assert reconciler("sandbox", "messages").out == (
        f"{SENT}  wxopen  {APPID} to oUser\n"
        f"    template: 购买成功通知 ({sender.template_id})\n"
        "    购买地点  keyword1=\n"
        "    物品名称  keyword2=\n"
    )


def test_messages_of_the_newer_apis(served: str, reconciler: CommandLine) -> None:
    sender = Sender(served)
    paid = {"tid": "2", "kidList": [4, 3], "sceneDesc": "支付"}
    subscribed = sender.call("/wxaapi/newtmpl/addtemplate", paid)["priTmplId"]
    chosen = {"template_id_short": "40002", "keyword_name_list": ["购买地点", "物品名称"]}
    official = sender.call("template/api_add_template", chosen)["template_id"]
    body = {"touser": "oUser", "template_id": subscribed, "page": "pages/order"}
    data = {"time4": {"value": "2016年6月6日"}, "thing3": {"value": "广州"}}
    assert sender.call("message/subscribe/send", {**body, "data": data}) == OK
    body = {"touser": "oFan", "template_id": official, "url": "https://shop.invalid/1"}
    data = {"thing3": {"value": "广州"}, "thing2": {"value": "咖啡"}}
    assert sender.call("message/template/send", {**body, "data": data})["errcode"] == 0
    assert reconciler("sandbox", "messages").out == (
        f"{SENT}  subscribe  {APPID} to oUser\n"
        f"    template: 购买成功通知 ({subscribed})\n"
        "    购买时间  time4=2016年6月6日\n"
        "    购买地点  thing3=广州\n"
        "    page: pages/order\n"
        "\n"
        f"{SENT}  official  {APPID} to oFan\n"
        f"    template: 购买成功通知 ({official})\n"
        "    购买地点  thing3=广州\n"
        "    物品名称  thing2=咖啡\n"
        "    url: https://shop.invalid/1\n"
    )
    first, second = reconciler("sandbox", "messages", "--format", "json").json["messages"]
    assert (first["lang"], first["miniprogram_state"], second["msgid"]) == ("zh_CN", "formal", 2)
    assert first["data"]["thing3"] == {"name": "购买地点", "value": "广州"}


def heads(result: Any) -> list[str]:
    return [line for line in result.out.splitlines() if " to " in line]


def test_the_newest_and_those_to_one_user(served: str, reconciler: CommandLine) -> None:
    sender = Sender(served)
    for number in range(3):
        sender.send("oUser", f"form{number}")
        sender.send("oOther", f"other{number}")
        told(served, "clock", {"advance": 60})
    newest = reconciler("sandbox", "messages", "--limit", "2")
    assert heads(newest) == [
        f"2016-11-24T15:08:40Z  wxopen  {APPID} to oUser",
        f"2016-11-24T15:08:40Z  wxopen  {APPID} to oOther",
    ]
    assert newest.err == "4 older ones are not shown\n"
    hers = reconciler("sandbox", "--to", "oUser", "messages", "--limit", "2")
    assert heads(hers) == [
        f"2016-11-24T15:07:40Z  wxopen  {APPID} to oUser",
        f"2016-11-24T15:08:40Z  wxopen  {APPID} to oUser",
    ]
    assert hers.err == "1 older one is not shown\n"
    assert len(heads(reconciler("sandbox", "messages", "--limit", "6"))) == 6
    assert reconciler("sandbox", "messages", "--limit", "6").err == ""


def test_the_messages_of_one_account(served: str, reconciler: CommandLine) -> None:
    accounts = f"accounts:\n  main: {{appid: {APPID}}}\n  shop: {{appid: {OTHER}}}\n"
    Path("templates.yaml").write_text(f"version: 1\ntemplates: {{}}\n{accounts}", "utf-8")
    Sender(served).send()
    Sender(served, OTHER).send("oGuest")
    everybodys = [f"{SENT}  wxopen  {APPID} to oUser", f"{SENT}  wxopen  {OTHER} to oGuest"]
    assert heads(reconciler("sandbox", "messages")) == everybodys
    assert heads(reconciler("sandbox", "messages", "--account", "shop")) == everybodys[1:]
    unknown = reconciler("sandbox", "messages", "--account", "nobody")
    nobody = "templates.yaml: there is no account nobody\n    there are: main, shop\n"
    assert unknown == (1, "", nobody)


def test_values_can_neither_break_a_line_nor_move_the_cursor(served: str, reconciler: CommandLine) -> None:
    sender = Sender(served)
    sender.send("o\nUser", place="广州\r\n    page: made up\x1b[2J\u202e\n::error::x")
    assert reconciler("sandbox", "messages").out.splitlines() == [
        f"{SENT}  wxopen  {APPID} to o\\nUser",
        f"    template: 购买成功通知 ({sender.template_id})",
        "    购买地点  keyword1=广州\\r\\n    page: made upU+001B[2JU+202E\\n::error::x",
        "    物品名称  keyword2=咖啡",
    ]
    whole = reconciler("sandbox", "messages", "--format", "json")
    assert "\x1b" not in whole.out
    value = whole.json["messages"][0]["data"]["keyword1"]["value"]
    assert value == "广州\r\n    page: made up\x1b[2J\u202e\n::error::x"


# ------------------------------------------------------------------ the conditions (the page, 下发条件说明)

USED_UP = (41029, "form id used count reach limit")
TOO_LATE = (41028, "invalid form id")


@pytest.mark.parametrize(("path", "key", "allowed"), [("forms", "form_id", 1), ("payments", "prepay_id", 3)])
def test_several_acts_of_a_user_count_separately(
    served: str, reconciler: CommandLine, path: str, key: str, allowed: int
) -> None:
    sender = Sender(served)
    first, second = (told(served, path, {"touser": "oUser"})[key] for _ in range(2))
    for _ in range(allowed):
        sender.send(form_id=first)
    assert sender.refused(first) == USED_UP
    for _ in range(allowed):
        sender.send(form_id=second)
    assert (sender.refused(first), sender.refused(second)) == (USED_UP, USED_UP)
    messages = reconciler("sandbox", "messages", "--format", "json").json["messages"]
    assert [one["form_id"] for one in messages] == [first] * allowed + [second] * allowed


def test_the_three_messages_of_a_payment_must_go_out_within_seven_days(served: str) -> None:
    sender = Sender(served)
    first = told(served, "payments", {"touser": "oUser"})["prepay_id"]
    sender.send(form_id=first)
    told(served, "clock", {"advance": 3 * DAY})
    second = told(served, "payments", {"touser": "oUser"})["prepay_id"]
    told(served, "clock", {"advance": 4 * DAY})
    sender.send(form_id=first)
    told(served, "clock", {"advance": 1})
    assert sender.refused(first) == TOO_LATE, "there was one left: too late"
    for _ in range(3):
        sender.send(form_id=second)
    assert sender.refused(second) == USED_UP


# ------------------------------------------------------------------ no messages, and states of all kinds


def test_without_messages_it_says_so(reconciler: CommandLine) -> None:
    assert reconciler("sandbox", "messages") == (0, EMPTY, "")
    assert not STATE.parent.exists(), "nothing is made by looking"
    nobody = "no messages to o\\nUser (.reconciler/sandbox.sqlite)\n"
    assert reconciler("sandbox", "messages", "--to", "o\nUser") == (0, nobody, "")
    nothing: dict[str, Any] = {"version": 1, "messages": [], "errors": []}
    assert reconciler("sandbox", "messages", "--format", "json").json == nothing


def test_a_state_is_found_beside_its_file_and_is_empty_after_a_reset(
    served: str, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sender(served).send()
    monkeypatch.setenv("RECONCILER_FILE", "elsewhere/templates.yaml")
    elsewhere = "no messages (elsewhere/.reconciler/sandbox.sqlite)\n"
    assert reconciler("sandbox", "messages") == (0, elsewhere, "")
    monkeypatch.delenv("RECONCILER_FILE")
    assert len(heads(reconciler("sandbox", "messages"))) == 1
    reconciler("sandbox", "reset")
    assert reconciler("sandbox", "messages") == (0, EMPTY, "")


def test_a_state_in_the_middle_of_a_write_is_read_as_it_was(served: str, reconciler: CommandLine) -> None:
    Sender(served).send()
    before = STATE.read_bytes()
    with (
        contextlib.closing(Store.open(STATE)) as store,
        contextlib.suppress(InterruptedError),
        store.transaction(),
    ):
        store.add_message(Message(APPID, "wxopen", START, {"touser": "oLater", "lines": []}))
        assert heads(reconciler("sandbox", "messages")) == [f"{SENT}  wxopen  {APPID} to oUser"]
        raise InterruptedError
    assert STATE.read_bytes() == before


def test_a_clock_out_of_the_calendar(served: str, reconciler: CommandLine) -> None:
    for _ in range(300):
        told(served, "clock", {"advance": 1e9})
    Sender(served).send()
    assert heads(reconciler("sandbox", "messages")) == [f"(time unknown)  wxopen  {APPID} to oUser"]
    assert reconciler("sandbox", "messages", "--format", "json").json["messages"][0]["sent"] is None


RESET = "run `reconciler sandbox reset`"


@pytest.mark.parametrize("text", ["{", "[]", "", None])
def test_a_message_that_is_none(served: str, reconciler: CommandLine, text: str | None) -> None:
    Sender(served).send()
    with contextlib.closing(sqlite3.connect(STATE)) as db, db:
        db.execute("UPDATE messages SET message = ?", (text,))
    damaged = "the sandbox's state is damaged (a message is none)"
    message = f"{STATE}: {damaged}: {RESET}"
    assert reconciler("sandbox", "messages") == (1, "", f"error: {message}\n")
    with urllib.request.urlopen(f"{served}/_sandbox/accounts/{APPID}") as reply:
        assert json.load(reply) == {"errcode": -1, "errmsg": f"system error: {message}"}


def test_a_file_that_is_no_state(reconciler: CommandLine) -> None:
    STATE.parent.mkdir()
    STATE.write_bytes(b"this is no database " * 100)
    message = f"{STATE}: the sandbox's state is damaged (file is not a database): {RESET}"
    assert reconciler("sandbox", "messages") == (1, "", f"error: {message}\n")
    STATE.unlink()
    STATE.mkdir()
    result = reconciler("sandbox", "messages", "--format", "json")
    assert (result.code, result.err) == (1, "")
    (error,) = result.json["errors"]
    assert (error["where"], error["message"]) == (str(STATE), "can't read the file: it is a folder")


# ------------------------------------------------------------------ the state of an older sandbox

VERSION_2 = """
CREATE TABLE templates (seq INTEGER PRIMARY KEY, appid TEXT, template_id TEXT, title_id TEXT, title TEXT,
 keywords TEXT, dialect TEXT, UNIQUE (appid, template_id));
CREATE TABLE tokens (seq INTEGER PRIMARY KEY, appid TEXT, kind TEXT, digest TEXT UNIQUE, issued REAL,
 expires REAL, replaced REAL, forced INTEGER, nonce TEXT);
CREATE TABLE passes (appid TEXT, pass_id TEXT, kind TEXT, touser TEXT, since REAL, used INTEGER,
 PRIMARY KEY (appid, pass_id));
CREATE TABLE messages (seq INTEGER PRIMARY KEY, appid TEXT, message TEXT);
CREATE TABLE calls (appid TEXT, call TEXT, day INTEGER, times INTEGER, PRIMARY KEY (appid, call, day));
CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 1), advanced REAL);
INSERT INTO clock VALUES (1, 86400);
PRAGMA user_version = 2;
"""
OLD: list[dict[str, Any]] = [
    {
        **{"touser": "oUser", "template_id": "old-1", "title": "购买成功通知"},
        "lines": [{"name": "购买地点", "value": '"msgid": ', "color": "#000000"}],
        **{"page": None, "emphasis": None, "form_id": "form"},
    },
    {
        **{"touser": "oUser", "template_id": "old-2", "title": "购买成功通知"},
        "lines": [{"name": "购买地点", "key": "thing3", "value": '{"form_id": "x"}'}],
        **{"page": None, "miniprogram_state": "formal", "lang": "zh_CN"},
    },
    {
        **{"touser": "oUser", "template_id": "old-3", "title": "购买成功通知"},
        "lines": [{"name": "购买地点", "key": "thing3", "value": "广州"}],
        **{"url": None, "msgid": 3},
    },
]


def write_old_state(*messages: dict[str, Any]) -> bytes:
    STATE.parent.mkdir(exist_ok=True)
    with contextlib.closing(sqlite3.connect(STATE)) as db, db:
        db.executescript(VERSION_2)
        for one in messages:
            text = json.dumps(one, ensure_ascii=False)
            db.execute("INSERT INTO messages (appid, message) VALUES (?, ?)", (APPID, text))
    return STATE.read_bytes()


def test_the_messages_of_an_older_state_have_no_times(reconciler: CommandLine) -> None:
    before = write_old_state(*OLD)
    assert heads(reconciler("sandbox", "messages")) == [
        f"(time unknown)  {dialect}  {APPID} to oUser" for dialect in ("wxopen", "subscribe", "official")
    ]
    assert STATE.read_bytes() == before, "looking changes nothing"


def test_an_older_state_is_served_and_goes_on(serve: Callable[[Any], str], reconciler: CommandLine) -> None:
    write_old_state(OLD[0])
    for _ in range(2):
        Store.open(STATE).close()
    with contextlib.closing(Store.open(STATE)) as store:
        Sender(serve(create_app(store, library.load(), clock=lambda: START))).send()
        assert store.advanced() == 86400
        assert store.violations(APPID) == ()
    assert heads(reconciler("sandbox", "messages")) == [
        f"(time unknown)  wxopen  {APPID} to oUser",
        f"2016-11-25T15:06:40Z  wxopen  {APPID} to oUser",
    ]


@pytest.mark.parametrize("version", [1, 4])
def test_other_versions_are_refused(reconciler: CommandLine, version: int) -> None:
    write_old_state()
    with contextlib.closing(sqlite3.connect(STATE)) as db:
        db.execute(f"PRAGMA user_version = {version}")
    other = f"not a state of this version of the sandbox: {RESET}"
    with pytest.raises(StoreError, match=re.escape(f"{STATE}: {other}")):
        Store.open(STATE)
    assert reconciler("sandbox", "messages") == (1, "", f"error: {STATE}: {other}\n")


def test_an_upgrade_that_fails_leaves_the_state_as_it_was(reconciler: CommandLine) -> None:
    """A state that has been half upgraded by hand: the table is there already."""
    write_old_state(OLD[0])
    with contextlib.closing(sqlite3.connect(STATE)) as db, db:
        db.execute("CREATE TABLE violations (seq INTEGER PRIMARY KEY)")
    before = STATE.read_bytes()
    result = reconciler("sandbox", "messages")
    assert (result.code, result.out) == (1, "")
    assert result.err == f"error: {STATE}: table violations already exists\n"
    with pytest.raises(StoreError):
        Store.open(STATE)
    assert STATE.read_bytes() == before


def test_an_upgraded_state_is_like_a_new_one(tmp_path: Path) -> None:
    write_old_state()
    Store.open(STATE).close()
    Store.open(tmp_path / "new").close()
    shapes = []
    for path in (STATE, tmp_path / "new"):
        with contextlib.closing(sqlite3.connect(path)) as db:
            tables = db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            ).fetchall()
            shapes.append({name: db.execute(f"PRAGMA table_info({name})").fetchall() for (name,) in tables})
    assert shapes[0] == shapes[1]
