"""send: a test message through the lock, in every dialect, and what is refused before the call."""

from __future__ import annotations

import asyncio
import doctest
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.app.sending import message as room
from reconciler.app.sending.values_file import Draft, read
from reconciler.core.errors import InputError
from reconciler.core.model import Entry, LockedKeyword, Value
from reconciler.sandbox.errmsgs import text_of
from reconciler.wechat.dialects.shared import values
from reconciler.wechat.dialects.shared.content import parse

from ..tools import CommandLine, ScriptedServer, inspected, told

ENTRIES = {
    "wxopen": "id: AT0002, keywords: [购买地点, 购买时间]",
    "subscribe": 'id: "2", scene: 支付, keywords: [购买地点, 购买时间]',
    "official": 'id: "40002", keywords: [购买地点, 购买时间]',
}
SENDS = {
    "wxopen": "/cgi-bin/message/wxopen/template/send",
    "subscribe": "/cgi-bin/message/subscribe/send",
    "official": "/cgi-bin/message/template/send",
}
SET = ("--set", "购买地点=TIT造舰厂", "--set", "购买时间=10:00")


def applied(reconciler: CommandLine, dialect: str) -> str:
    """A template and its lock; its template_id."""
    text = f"version: 1\ndialect: {dialect}\ntemplates:\n  paid: {{{ENTRIES[dialect]}}}\n"
    Path("templates.yaml").write_text(text, "utf-8")
    assert reconciler("apply", "--yes").code == 0
    entry = json.loads(Path("templates.lock.json").read_text("utf-8"))["templates"]["paid"]
    return str(entry["template_id"])


def kept(url: str) -> list[Any]:
    return list(inspected(url)["messages"])


def test_a_message_of_the_old_api(reconciler: CommandLine, entrance: str) -> None:
    paid = applied(reconciler, "wxopen")
    words = (
        "--form-id",
        "F1",
        "--page",
        "index?a=1",
        "--emphasis",
        "购买地点",
        "--color",
        "购买时间=#173177",
    )
    sent = reconciler("send", "paid", "--to", "oUser", *SET, *words)
    assert sent == (0, f"sent paid {paid} to oUser\n", "")
    (message,) = kept(entrance)
    assert {name: message[name] for name in ("touser", "template_id", "page", "emphasis", "form_id")} == {
        "touser": "oUser",
        "template_id": paid,
        "page": "index?a=1",
        "emphasis": "keyword1",
        "form_id": "F1",
    }
    assert message["lines"] == [
        {"name": "购买地点", "value": "TIT造舰厂", "color": "#000000"},
        {"name": "购买时间", "value": "10:00", "color": "#173177"},
    ]


def test_a_subscription_message(reconciler: CommandLine, entrance: str) -> None:
    paid = applied(reconciler, "subscribe")
    words = ("--page", "index", "--state", "trial", "--lang", "en_US", "--format", "json")
    assert reconciler("send", "paid", "--to", "oUser", *SET, *words).json == {
        "version": 1,
        "sent": True,
        "name": "paid",
        "body": {
            "touser": "oUser",
            "template_id": paid,
            "page": "index",
            "miniprogram_state": "trial",
            "lang": "en_US",
            "data": {"thing3": {"value": "TIT造舰厂"}, "time4": {"value": "10:00"}},
        },
        "msgid": None,
        "errors": [],
    }
    (message,) = kept(entrance)
    assert (message["miniprogram_state"], message["lang"]) == ("trial", "en_US")


def test_a_message_of_a_service_account(reconciler: CommandLine, entrance: str) -> None:
    paid = applied(reconciler, "official")
    words = ("--url", "https://x.invalid/", "--miniprogram", "wx1", "--page", "index", "--set", "first=您好")
    dry = reconciler("send", "paid", "--to", "oUser", *SET, *words, "--color", "first=#173177", "--dry-run")
    assert dry.err == "not sent: POST /cgi-bin/message/template/send\n"
    assert dry.out == (
        json.dumps(
            {
                "touser": "oUser",
                "template_id": paid,
                "url": "https://x.invalid/",
                "miniprogram": {"appid": "wx1", "pagepath": "index"},
                "data": {
                    "thing3": {"value": "TIT造舰厂"},
                    "time2": {"value": "10:00"},
                    "first": {"value": "您好", "color": "#173177"},
                },
            },
            ensure_ascii=False,
            indent=2,
        )
        + "\n"
    )
    assert kept(entrance) == []
    sent = reconciler("send", "paid", "--to", "oUser", *SET, *words, "--color", "购买时间=#173177")
    assert sent.out == f"sent paid {paid} to oUser (msgid 1)\n"
    (message,) = kept(entrance)
    assert message["miniprogram"] == {"appid": "wx1", "pagepath": "index"}
    assert [line.get("color") for line in message["lines"]] == [None, "#173177"]


def test_a_dry_run_takes_no_credentials_and_no_call(
    reconciler: CommandLine, entrance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid = applied(reconciler, "wxopen")
    for name in ("WECHAT_APPID", "WECHAT_APPSECRET"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("RECONCILER_ENDPOINT", "http://127.0.0.1:9")
    words = ("--form-id", "F", "--dry-run", "--format", "json")
    assert reconciler("send", "paid", "--to", "o", *SET, *words).json == {
        "version": 1,
        "sent": False,
        "method": "POST",
        "path": SENDS["wxopen"],
        "body": {
            "touser": "o",
            "template_id": paid,
            "form_id": "F",
            "data": {"keyword1": {"value": "TIT造舰厂"}, "keyword2": {"value": "10:00"}},
        },
        "errors": [],
    }


def test_values_may_come_from_a_file(reconciler: CommandLine, entrance: str) -> None:
    applied(reconciler, "wxopen")
    Path("v.yaml").write_text('购买地点: {value: 上海, color: "#173177"}\n购买时间: 10:30\n', "utf-8")
    words = (
        "send",
        "paid",
        "--to",
        "o",
        "--form-id",
        "F",
        "--data",
        "v.yaml",
        "--dry-run",
        "--format",
        "json",
    )
    assert reconciler(*words).json["body"]["data"] == {
        "keyword1": {"value": "上海", "color": "#173177"},
        "keyword2": {"value": "10:30"},
    }
    over = reconciler(*words, "--set", "购买地点=北京")
    assert over.json["body"]["data"]["keyword1"] == {"value": "北京", "color": "#173177"}
    Path("v.yaml").write_text('{"keyword1": 1, "keyword2": {"value": null}}', "utf-8")
    assert reconciler(*words).json["body"]["data"] == {
        "keyword1": {"value": "1"},
        "keyword2": {"value": ""},
    }


def test_the_sandbox_keeps_what_was_sent(reconciler: CommandLine) -> None:
    text = f"version: 1\ntemplates:\n  paid: {{{ENTRIES['wxopen']}}}\n"
    Path("templates.yaml").write_text(text, "utf-8")
    reconciler("apply", "--sandbox", "--yes")
    words = ("send", "paid", "--sandbox", "--to", "o", *SET, "--form-id", "F1")
    assert reconciler(*words).code == 0
    again = reconciler(*words)
    assert (again.code, again.err.splitlines()[1]) == (
        1,
        "    a form allows one message, a payment three: take another form_id",
    )


# ------------------------------------------------------------------ refused before the call


def test_everything_that_is_wrong_is_told_before_the_call(reconciler: CommandLine, entrance: str) -> None:
    applied(reconciler, "subscribe")
    before = inspected(entrance)["calls"]
    Path("v.yaml").write_text(f"购买地点: {'一' * 21}\n购买时闻: 明天\n", "utf-8")
    refused = reconciler("send", "paid", "--to", "o", "--data", "v.yaml", "--set", "旧=1")
    assert refused == (
        1,
        "",
        "v.yaml:2:7: paid has no keyword 购买时闻\n"
        "    did you mean 购买时间? it has: 购买地点, 购买时间\n"
        "error: paid has no keyword 旧\n    it has: 购买地点, 购买时间\n"
        "v.yaml:1:7: 购买地点: " + "一" * 21 + ": thing takes at most 20 characters\n"
        "    WeChat would refuse it\n"
        "error: paid: no value for 购买时间\n    give --set 购买时间=…\n"
        "4 problems\n",
    )
    assert inspected(entrance)["calls"] == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--color", "购买地点=#173177"), "--color: messages of subscribe have none"),
        (("--form-id", "F"), "--form-id: messages of subscribe have none"),
        (("--emphasis", "购买地点"), "--emphasis: messages of subscribe have none"),
        (("--color", "购买地点=red"),
         "--color 购买地点=red: a colour is # and six digits of 0-9 and A-F: #173177"),
        (("--page", "a\nb"), "--page: there is a line break in it"),
        (("--page", "a\udcff"), "--page: there is a control character (U+DCFF) in it"),
        (("--set", "购买地点"), "--set 购买地点…: write KEYWORD=VALUE"),
        (("--data", ""), "Invalid value for '--data': it is empty"),
    ],
)  # fmt: skip
def test_what_can_not_be_asked_for_is_wrong_usage(
    reconciler: CommandLine, entrance: str, words: tuple[str, ...], message: str
) -> None:
    applied(reconciler, "subscribe")
    ended = reconciler("send", "paid", "--to", "o", *SET, *words)
    assert (ended.code, ended.err.splitlines()[0]) == (64, f"error: {message}")


def test_parts_that_are_needed(reconciler: CommandLine, entrance: str) -> None:
    applied(reconciler, "wxopen")
    assert reconciler("send", "paid", "--to", "o", *SET) == (
        64,
        "",
        "error: a message of wxopen needs a form_id\n    give --form-id\n",
    )
    applied(reconciler, "wxopen")
    text = Path("templates.yaml").read_text("utf-8").replace("wxopen", "official")
    text = text.replace("AT0002", '"40002"')
    Path("templates.yaml").write_text(text, "utf-8")
    Path("templates.lock.json").unlink()
    reconciler("apply", "--yes")
    assert reconciler("send", "paid", "--to", "o", *SET, "--page", "index") == (
        64,
        "",
        "error: --page: of which mini program?\n    give --miniprogram and its appid\n",
    )


def test_names_that_the_lock_has_not(
    reconciler: CommandLine, entrance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied(reconciler, "wxopen")
    with Path("templates.yaml").open("a", encoding="utf-8") as file:
        file.write("  later: {id: AT0003, keywords: [失败原因]}\n")
    for name, hint in (
        ("pad", "did you mean paid?"),
        ("xyz", "it has: paid"),
        ("later", "run `reconciler apply` first"),
    ):
        assert reconciler("send", name, "--to", "o") == (
            1,
            "",
            f"templates.lock.json: the lock has no template {name}\n    {hint}\n",
        )
    Path("templates.lock.json").unlink()
    assert reconciler("send", "paid", "--to", "o").err == (
        "templates.lock.json: the lock has no template paid\n    run `reconciler apply` first\n"
    )
    monkeypatch.delenv("RECONCILER_ENDPOINT")
    assert reconciler("send", "paid", "--to", "o", "--sandbox").err == (
        ".reconciler/templates.lock.json: the lock has no template paid\n"
        "    run `reconciler apply --sandbox` first\n"
    )


def test_another_accounts_credentials_are_refused(
    reconciler: CommandLine, entrance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or staging would be tested with production's template."""
    applied(reconciler, "wxopen")
    monkeypatch.setenv("WECHAT_APPID", "wxsandbox000000002")
    ended = reconciler("send", "paid", "--to", "o", *SET, "--form-id", "F")
    assert (ended.code, ended.err.splitlines()[0]) == (
        1,
        "templates.lock.json: the lock belongs to wxsandbox000000001, these credentials to "
        "wxsandbox000000002",
    )


TWICE = Entry(
    "T",
    "A",
    "甲",
    (LockedKeyword("时间", 1, "date1"), LockedKeyword("时间：", 2, "date2"), LockedKeyword("地点", 3)),
)


def problems(draft: Draft, dialect: str = "subscribe", entry: Entry = TWICE) -> list[str]:
    with pytest.raises(InputError) as caught:
        room.compose("n", entry, draft, dialect)
    return [f"{one.message} | {one.hint}" for one in caught.value.problems]


def test_a_name_that_stands_twice_is_called_by_its_key() -> None:
    assert problems(Draft("o", {"时间": Value("1")})) == [
        "the lock does not say what senders call 地点 | run apply",
        "n has 时间 more than once | use a key: date1, date2",
        "n: no value for date1, date2 | give --set date1=… --set date2=…",
    ]
    known = Entry("T", "A", "甲", TWICE.keywords[:2])
    made = room.compose(
        "n", known, Draft("o", {"date2": Value("2月2日"), "date1": Value("1月1日")}), "subscribe"
    )
    assert list(made.data) == ["date1", "date2"]
    one = Entry("T", "A", "甲", TWICE.keywords[:1])
    assert problems(Draft("o", {"时间": Value("1月1日"), "date1": Value("1月2日")}), entry=one) == [
        "date1 has a value already | keep one of them"
    ]
    over = Draft("o", {"时间": Value("1", "#000000")}, over=[("date1", "1月2日")], extras={"form_id": "F"})
    assert room.compose("n", one, over, "wxopen").data == {"date1": Value("1月2日", "#000000")}


def test_a_colour_needs_a_value() -> None:
    one = Entry("T", "A", "甲", (LockedKeyword("物", 1, "keyword1"),))
    draft = Draft("o", {}, colors=[("物", "#173177")], extras={"form_id": "F"})
    assert problems(draft, "wxopen", one) == [
        "--color 物: it has no value | give --set 物=…",
        "n: no value for 物 | give --set 物=…; nothing after = leaves it empty",
    ]


def test_what_an_empty_value_means() -> None:
    one = Entry("T", "A", "甲", (LockedKeyword("物", 1, "thing1"),))
    assert problems(Draft("o", {"物": Value(" ")}), entry=one) == [
        "物 is empty | give it a value: --set 物=…"
    ]
    assert problems(Draft("o", {"物": Value("a\nb")}), entry=one) == [
        "物: there is a line break in it | a value is text, in one line"
    ]
    assert problems(Draft("o", {"物": Value("a\x1b")}), entry=one) == [
        "物: there is a control character (U+001B) in it | a value is text, in one line"
    ]
    empty = room.compose("n", one, Draft("o", {"物": Value("")}, extras={"form_id": "F"}), "wxopen")
    assert empty.data == {"thing1": Value("")}
    assert problems(Draft("o", {}, extras={"form_id": "F"}), "wxopen", one) == [
        "n: no value for 物 | give --set 物=…; nothing after = leaves it empty"
    ]
    other = Entry("T", "A", "甲", (LockedKeyword("物", 1, "keyword1"),))
    assert problems(Draft("o", {"物": Value("a\r")}, extras={"form_id": "F"}), "wxopen", other) == [
        "物: there is a line break in it | a value is text, in one line"
    ]
    first = Draft("o", {"物": Value("b"), "first": Value("您好\n")})
    assert room.compose("n", other, first, "official").data["first"] == Value("您好\n")


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("thing1", "二" * 20, "二" * 21),
        ("number2", "1" * 32, "1" * 33),
        ("number2", "-3.5", "三"),
        ("letter3", "abcXYZ", "ab1"),
        ("symbol4", "￥￥", "ab"),
        ("character_string5", "No.2016-A", "单号"),
        ("time6", "2019年10月1日 15:01", "明天"),
        ("date7", "2019年10月1日", "明天"),
        ("amount8", "￥12.50元", "12元5"),
        ("amount8", "1" * 10, "1" * 11),
        ("phone_number9", "+86-0766-66888866", "1" * 18),
        ("car_number10", "粤A8Z888挂", "粤A8Z888挂港"),
        ("name11", "张三", "张" * 11),
        ("name11", "Zhang San", "x" * 21),
        ("phrase12", "配送中", "配送ing"),
        ("phrase1 5个以内汉字", "配送中", "配送ing"),
        ("time6", "8月1日~8月15日", "8月1日～8月15日"),
        ("time6", "2019年10月1日 15:01~16:00", "15:01~16:00~17:00"),
        ("time6", "9:05", "25:99"),
        ("time6", "15:01:59", "15:60"),
        ("time6", "2021年11月30日", "第3期"),
        ("time6", "0:00", "24:00"),
        ("time6", "2020年2月12日  11:00", "99"),
        ("time6", "15点30分", "15点30分~"),
        ("date7", "2019-11-03 11:12:13", "2019-11-31"),
        ("date7", "2020/2/29", "2021/2/29"),
        ("date7", "2月29日", "2月30日"),
        ("date7", "2021-09-01", "2021-09/01"),
        ("date7", "2021.9.1", "2021.13.1"),
        ("number2", "0." + "1" * 31, "0." + "1" * 32),
        ("number2", "1.5", "1.2.3"),
        ("amount8", "$0.5", "约100"),
        ("name11", "张三Tom", "张三Tom张三Tom张三T"),
    ],
)
def test_values_by_their_rule(key: str, good: str, bad: str) -> None:
    assert values.fault(key, good) is None
    told_ = values.fault(key, bad)
    assert told_ is not None
    assert str(told_).startswith(f"{values.known_rule(key)} takes ")


def test_an_enumeration_takes_its_values_alone() -> None:
    keyword = LockedKeyword("进度", 2, "enum_string2", "enum_string", None, ("未开始", "已结束"))
    one = Entry("T", "99", "进度提醒", (keyword,))
    assert problems(Draft("o", {"进度": Value("进行中")}), entry=one) == [
        "进度: 进行中: enum_string takes one of: 未开始, 已结束 | WeChat would refuse it"
    ]
    assert room.compose("n", one, Draft("o", {"进度": Value("已结束")}), "subscribe").data
    unknown = replace(one, keywords=(replace(keyword, values=None),))
    assert room.compose("n", unknown, Draft("o", {"进度": Value("进行中")}), "subscribe").data


def test_the_captures_examples_are_good_values() -> None:
    """What WeChat itself shows as examples of times, dates and numbers (wechat-api.md §7)."""
    path = Path(__file__).parents[1] / "samples" / "subscribe-gettemplate.json"
    for row in json.loads(path.read_text("utf-8"))["data"]:
        examples = dict(line.partition(":")[::2] for line in row["example"].splitlines())
        for slot in parse(row["content"]) or ():
            if values.known_rule(slot.key) in ("time", "date", "number", "character_string"):
                assert values.fault(slot.key, examples[slot.name.rstrip(":")]) is None


def test_rules_that_nobody_has_told_take_all() -> None:
    for key in ("keyword1", "thing", "first", "enum_string3", "const1", "x"):
        assert values.fault(key, "任" * 100) is None
    assert doctest.testmod(values).failed == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# none\n", "v:1:1: the file holds no values: it is empty"),
        ("- a\n", "v:1:1: the file: expected a mapping of keywords to values, found a list"),
        ("甲: [1]\n", "v:1:4: 甲: expected a value, found a list"),
        ("甲: {color: red, value: x}\n", "v:1:12: 甲: red is no colour"),
        ("甲: {valeu: x, value: y}\n", "v:1:5: 甲: unknown field valeu"),
        ("甲: {value: [x]}\n", "v:1:12: 甲: value: expected text, found a list"),
        ("甲: {color: '#000000'}\n", "v:1:4: 甲: value is missing"),
    ],
)
def test_a_file_of_values_is_checked(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text.encode(), "v")
    (problem,) = caught.value.problems
    assert f"{problem.where}: {problem.message}" == message


def test_values_in_the_environment_have_a_line_each(
    reconciler: CommandLine, entrance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied(reconciler, "wxopen")
    monkeypatch.setenv("RECONCILER_SET", "购买地点=TIT 造舰厂\r\n购买时间=10:00\n")
    words = ("--form-id", "F", "--dry-run", "--format", "json")
    body = reconciler("send", "paid", "--to", "o", *words).json["body"]
    assert body["data"]["keyword1"] == {"value": "TIT 造舰厂"}


# ------------------------------------------------------------------ what the server says


@pytest.mark.parametrize(
    ("dialect", "code", "means", "hint"),
    [
        ("wxopen", 40037, "the id is not known", "run plan: it shows what is on the account"),
        ("wxopen", 41028, "the form_id is wrong, of another user, or older than seven days",
         "a submitted form gives one, and a payment a prepay_id; the developer tools give none that counts"),
        ("wxopen", 41029, "the form_id is used up",
         "a form allows one message, a payment three: take another form_id"),
        ("wxopen", 41030, "the page is none of the mini program's", "write a path that is released: "
         "pages/index"),
        ("wxopen", 45009, "the daily quota of this call is used up",
         "it resets at midnight, Beijing time: run it again then"),
        ("subscribe", 40003, "the openid is not one of this account's users",
         "an openid belongs to one account"),
        ("subscribe", 43101, "the user has not agreed to it, or the consent is used up",
         "have the app call wx.requestSubscribeMessage; one consent allows one message"),
        ("subscribe", 43107, "the account is banned from sending",
         "read the notice in the account's console; nothing can be done from here"),
        ("subscribe", 43108, "another message to this user is under way", "send it again in a moment"),
        ("subscribe", 45168, "there is a sensitive word in a value", "write it otherwise"),
        ("subscribe", 47003, "a value or a key is refused",
         "errmsg says which; run plan: are the lock's keys the live ones?"),
    ],
)  # fmt: skip
def test_refusals_are_explained(
    reconciler: CommandLine, entrance: str, dialect: str, code: int, means: str, *, hint: str
) -> None:
    applied(reconciler, dialect)
    told(entrance, "faults", {"faults": [f"send@1={code}"]})
    more = ("--form-id", "F") if dialect == "wxopen" else ()
    refused = reconciler("send", "paid", "--to", "o", *SET, *more)
    first, second = refused.err.splitlines()
    assert refused.code == 1
    said = f"error: POST {SENDS[dialect]}: errcode {code}, {means} ({text_of(code)} rid: "
    assert first.startswith(said)
    assert second == f"    {hint}"
    assert kept(entrance) == []


@pytest.mark.parametrize("fault", ["drop:after", "-1", "html:after"])
def test_where_nobody_knows_it_is_not_sent_again(reconciler: CommandLine, entrance: str, fault: str) -> None:
    applied(reconciler, "wxopen")
    told(entrance, "faults", {"faults": [f"send@1={fault}"]})
    ended = reconciler("send", "paid", "--to", "o", *SET, "--form-id", "F")
    first, second = ended.err.splitlines()
    assert (ended.code, second) == (4, "    look at the user's phone before it is sent again")
    assert first.endswith("; nobody knows whether the message was sent")
    assert len(kept(entrance)) == (0 if fault == "-1" else 1)


def test_what_was_certainly_not_sent_is_sent_again(reconciler: CommandLine, entrance: str) -> None:
    applied(reconciler, "wxopen")
    told(entrance, "faults", {"faults": ["send@1=dead-token"]})
    assert reconciler("send", "paid", "--to", "o", *SET, "--form-id", "F").code == 0
    assert len(kept(entrance)) == 1


def test_what_can_not_be_written_comes_after_the_message(reconciler: CommandLine, entrance: str) -> None:
    applied(reconciler, "wxopen")
    words = ("send", "paid", "--to", "o", *SET, "--form-id", "F")
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "reconciler", *words], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (ended.returncode, ended.stderr.decode()) == (
        4,
        "error: can't write the output (No space left on device); the message was sent\n",
    )
    assert len(kept(entrance)) == 1


def test_a_file_of_values_is_json_as_python_writes_it(reconciler: CommandLine, entrance: str) -> None:
    """Escapes in pairs, and signs of several characters: no reviewer reads these, users do."""
    applied(reconciler, "wxopen")
    values_ = {"购买地点": "咖啡😀", "购买时间": "👨\u200d👩\u200d👧"}
    Path("v.json").write_text(json.dumps(values_), "utf-8")
    words = ("--data", "v.json", "--form-id", "F", "--dry-run", "--format", "json")
    body = reconciler("send", "paid", "--to", "o", *words).json["body"]
    assert [one["value"] for one in body["data"].values()] == list(values_.values())


def test_a_msgid_that_is_no_number_is_not_told(
    reconciler: CommandLine, entrance: str, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied(reconciler, "official")
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", "T")
    scripted.on(SENDS["official"], lambda _m, _b: (200, b'{"errcode": 0, "msgid": NaN}', "text/plain"))
    assert reconciler("send", "paid", "--to", "o", *SET, "--format", "json").json["msgid"] is None


def test_ctrl_c_while_the_token_is_asked_for_says_that_nothing_was_sent(
    reconciler: CommandLine, entrance: str, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied(reconciler, "wxopen")
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    scripted.on("/cgi-bin/stable_token", never)
    ended = reconciler("send", "paid", "--to", "o", *SET, "--form-id", "F")
    assert ended == (130, "", "error: interrupted; nothing was changed\n")


async def never(_method: str, _body: dict[str, Any]) -> Any:
    """Somebody presses Ctrl-C while this is waited for."""
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.sleep(30)


def test_ctrl_c_says_that_nobody_knows(
    reconciler: CommandLine,
    entrance: str,
    scripted: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    applied(reconciler, "wxopen")
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", "T")
    scripted.on(SENDS["wxopen"], never)
    ended = reconciler("send", "paid", "--to", "o", *SET, "--form-id", "F")
    assert scripted.calls("/send") != []
    assert ended == (130, "", "error: interrupted; nobody knows whether the message was sent\n")
