"""The sandbox, asked in process and over real HTTP: every reply is compared as a whole."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from reconciler.sandbox import library as libraries
from reconciler.sandbox import server as servers
from reconciler.sandbox.accounts import APPID, SECRET
from reconciler.sandbox.api import quota
from reconciler.sandbox.library import Keyword, Library, LibraryError, Title
from reconciler.sandbox.routes import create_app
from reconciler.sandbox.state import store as stores
from reconciler.sandbox.state.store import Store, StoreError

from ..boxes import CREDENTIALS, DAY, LIBRARY, OK, START, Box, Transport, refused

SEND = "/cgi-bin/message/wxopen/template/send"
WXOPEN = "/cgi-bin/wxopen/template"
NOT_LATEST = "invalid credential, access_token is invalid or not latest"
BUSINESS = [
    *(f"{WXOPEN}/{call}" for call in ("library/list", "library/get", "add", "list", "del")),
    SEND,
]


@pytest.fixture
def on_disk(in_process: Transport, tmp_path: Path) -> Iterator[Box]:
    store = Store.open(tmp_path / "state" / "sandbox.sqlite")
    yield Box(in_process, create_app(store, LIBRARY, clock=lambda: START), store)
    store.close()


# library


def test_the_library_begins_as_on_the_page(box: Box) -> None:
    assert box.post(f"{WXOPEN}/library/list", {"offset": 0, "count": 5}, box.token()) == {
        **OK,
        "list": [
            {"id": "AT0002", "title": "购买成功通知"},
            {"id": "AT0003", "title": "购买失败通知"},
            {"id": "AT0004", "title": "交易提醒"},
            {"id": "AT0005", "title": "付款成功通知"},
            {"id": "AT0006", "title": "付款失败通知"},
        ],
        "total_count": 599,
    }


def test_pages_of_the_library_make_up_the_whole(box: Box) -> None:
    token, ids = box.token(), []
    for offset in range(0, 620, 20):
        page = box.post(f"{WXOPEN}/library/list", {"offset": str(offset), "count": "20"}, token)
        assert page["total_count"] == 599
        ids += [row["id"] for row in page["list"]]
    assert ids == [title.id for title in LIBRARY.titles]
    past_the_end = box.post(f"{WXOPEN}/library/list", {"offset": 10**30, "count": 20}, token)
    assert past_the_end == {**OK, "list": [], "total_count": 599}


def test_library_get(box: Box) -> None:
    reply = box.post(f"{WXOPEN}/library/get", {"id": "AT0002"}, box.token())
    assert list(reply) == ["errcode", "errmsg", "id", "title", "keyword_list"]
    assert (reply["errcode"], reply["id"], reply["title"]) == (0, "AT0002", "购买成功通知")
    assert reply["keyword_list"][:3] == [
        {"keyword_id": 3, "name": "购买地点", "example": "TIT造舰厂"},
        {"keyword_id": 4, "name": "购买时间", "example": "2016年6月6日"},
        {"keyword_id": 5, "name": "物品名称", "example": "咖啡"},
    ]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, (40097, "invalid args: id must be a string")),
        ({"id": 2}, (40097, "invalid args: id must be a string")),
        ({"id": "AT9999"}, (45100, "template title not exist")),
    ],
)
def test_library_get_refuses(box: Box, body: object, error: tuple[int, str]) -> None:
    assert refused(box.post(f"{WXOPEN}/library/get", body, box.token())) == error


@pytest.mark.parametrize("call", ["library/list", "list"])
@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"count": 20}, "offset must be an integer of 0 or more"),
        ({"offset": -1, "count": 20}, "offset must be an integer of 0 or more"),
        ({"offset": True, "count": 20}, "offset must be an integer of 0 or more"),
        ({"offset": 0.0, "count": 20}, "offset must be an integer of 0 or more"),
        ({"offset": "１", "count": 20}, "offset must be an integer of 0 or more"),
        ({"offset": 0}, "count must be an integer from 1 to 20"),
        ({"offset": 0, "count": 0}, "count must be an integer from 1 to 20"),
        ({"offset": 0, "count": 21}, "count must be an integer from 1 to 20"),
        ({"offset": 0, "count": []}, "count must be an integer from 1 to 20"),
    ],
)
def test_paging_refuses(box: Box, call: str, body: object, what: str) -> None:
    reply = box.post(f"{WXOPEN}/{call}", body, box.token())
    assert refused(reply) == (40097, f"invalid args: {what}")


def test_the_bundled_library_keeps_the_reviewers_rules() -> None:
    titles = [title.title for title in LIBRARY.titles]
    assert (len(titles), len(set(titles)), len(LIBRARY.by_id)) == (599, 599, 599)
    assert all(title.endswith(("提醒", "通知")) for title in titles)
    assert len(LIBRARY.by_id["AT0004"].keywords) == 100
    ids = [title.id for title in LIBRARY.titles]
    assert ids == sorted(ids)
    for title in LIBRARY.titles:
        numbers = [keyword.keyword_id for keyword in title.keywords]
        assert title.id == "AT0004" or 5 <= len(numbers) <= 30
        assert len({keyword.name for keyword in title.keywords}) == len(numbers)
        assert numbers == sorted(set(numbers))
        assert numbers[-1] - numbers[0] >= len(numbers)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("[]", "the file must be an object"),
        ("{}", "titles must be a list"),
        ('{"titles": [1]}', "titles[0] must be an object"),
        (
            '{"titles": [{"id": "A", "title": "B"}]}',
            "has no title with keywords: pull the library without --titles-only",
        ),
        ('{"titles": [{"id": "A", "title": "B", "keywords": {}}]}', "titles[0].keywords must be a list"),
        ('{"version": 2, "titles": []}', "is of version 2; this sandbox knows 1"),
        (
            '{"dialect": "subscribe", "titles": [{"id": "AT1", "title": "B", "keywords": []}]}',
            "titles[0].id must be a number of up to 9 digits: the dialect is subscribe",
        ),
        (
            '{"titles": [{"id": "A", "title": "B", "keywords": ['
            '{"keyword_id": 1, "name": "C", "example": 5}]}]}',
            "titles[0].keywords[0].example must be a non-empty string",
        ),
        ('{"titles": [{"id": "", "title": "B", "keywords": []}]}', "titles[0].id must be a non-empty string"),
        (
            '{"titles": [{"id": "A\\ud800", "title": "B", "keywords": []}]}',
            "titles[0].id is not valid Unicode",
        ),
        (
            '{"titles": [{"id": "A", "title": "B", "keywords": [{"keyword_id": "1"}]}]}',
            "titles[0].keywords[0].keyword_id must be a positive integer",
        ),
        (
            '{"titles": [{"id": "A", "title": "B", "keywords": ['
            '{"keyword_id": 1, "name": "C", "example": "D"},'
            '{"keyword_id": 1, "name": "E", "example": "F"}]}]}',
            "titles[0].keywords[1].keyword_id 1 stands there twice",
        ),
        (
            '{"titles": [{"id": "A", "title": "B", "keywords": []},'
            '{"id": "A", "title": "C", "keywords": []}]}',
            "titles[1].id 'A' stands there twice",
        ),
    ],
)
def test_a_bad_library_is_refused(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "library.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LibraryError) as caught:
        libraries.load(path)
    assert str(caught.value) == f"{path}: {what}"


def test_a_library_file_that_is_missing_or_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "library.json"
    with pytest.raises(LibraryError, match="can't be read: No such file or directory"):
        libraries.load(path)
    path.write_bytes(b"\xff")
    with pytest.raises(LibraryError, match="is not UTF-8"):
        libraries.load(path)


def test_a_name_may_stand_twice_in_a_users_own_library(tmp_path: Path) -> None:
    keywords = [{"keyword_id": n, "name": "时间", "example": "今天"} for n in (4, 8)]
    path = tmp_path / "library.json"
    path.write_text(
        json.dumps({"titles": [{"id": "A", "title": "B", "keywords": keywords}]}), encoding="utf-8"
    )
    title = Title("A", "B", (Keyword(4, "时间", "今天"), Keyword(8, "时间", "今天")))
    assert libraries.load(path) == Library((title,), {"A": title})


# templates


def add(box: Box, token: str, title_id: str = "AT0002", ids: object = (3, 4, 5)) -> Any:
    return box.post(f"{WXOPEN}/add", {"id": title_id, "keyword_id_list": ids}, token)


def test_a_template_is_listed_as_on_the_page_until_it_is_deleted(box: Box) -> None:
    token = box.token()
    reply = add(box, token)
    template_id = reply.pop("template_id")
    assert reply == OK
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", template_id)
    row = {
        "template_id": template_id,
        "title": "购买成功通知",
        "content": "购买地点{{keyword1.DATA}}\n购买时间{{keyword2.DATA}}\n物品名称{{keyword3.DATA}}\n",
        "example": "购买地点:TIT造舰厂\n购买时间:2016年6月6日\n物品名称:咖啡\n",
    }
    everything = {"offset": 0, "count": 20}
    assert box.post(f"{WXOPEN}/list", everything, token) == {**OK, "list": [row]}
    assert box.post(f"{WXOPEN}/del", {"template_id": template_id}, token) == OK
    assert box.post(f"{WXOPEN}/list", everything, token) == {**OK, "list": []}
    again = box.post(f"{WXOPEN}/del", {"template_id": template_id}, token)
    assert refused(again) == (40037, "invalid template_id")


def test_the_order_of_keywords_is_kept_and_digit_strings_count(box: Box) -> None:
    token = box.token()
    assert add(box, token, ids=["5", 3])["errcode"] == 0
    (row,) = box.post(f"{WXOPEN}/list", {"offset": 0, "count": 20}, token)["list"]
    assert row["content"] == "物品名称{{keyword1.DATA}}\n购买地点{{keyword2.DATA}}\n"


def test_the_account_is_paged_oldest_first_and_full_at_25(box: Box) -> None:
    token = box.token()
    ids = [add(box, token)["template_id"] for _ in range(25)]
    assert len(set(ids)) == 25  # the same combination gets a new id each time
    assert refused(add(box, token)) == (45026, "template num exceeds limit")
    pages = [box.post(f"{WXOPEN}/list", {"offset": n, "count": 20}, token) for n in (0, 20, 40)]
    assert [list(page) for page in pages] == [["errcode", "errmsg", "list"]] * 3
    assert [[row["template_id"] for row in page["list"]] for page in pages] == [ids[:20], ids[20:], []]
    box.post(f"{WXOPEN}/del", {"template_id": ids[3]}, token)
    assert add(box, token)["errcode"] == 0


def test_the_limit_is_an_option(transport: Transport) -> None:
    store = Store.memory()
    small = Box(transport, create_app(store, LIBRARY, limit=1), store)
    token = small.token()
    assert add(small, token)["errcode"] == 0
    assert refused(add(small, token)) == (45026, "template num exceeds limit")
    store.close()


COUNT_OF_IDS = (40097, "invalid args: keyword_id_list must be a list of 1 to 10 keyword ids")
NOT_INTS = (40097, "invalid args: keyword_id_list must hold integers")


@pytest.mark.parametrize(
    ("title_id", "ids", "error"),
    [
        ("AT9999", [3], (45100, "template title not exist")),
        (None, [3], (40097, "invalid args: id must be a string")),
        (2, [3], (40097, "invalid args: id must be a string")),
        ("AT0002", None, COUNT_OF_IDS),
        ("AT0002", "3,4", COUNT_OF_IDS),
        ("AT0002", [], COUNT_OF_IDS),
        ("AT0002", list(range(11)), COUNT_OF_IDS),
        ("AT0002", [3, "x"], NOT_INTS),
        ("AT0002", [3, 4.0], NOT_INTS),
        ("AT0002", [True], NOT_INTS),
        ("AT0002", [[3]], NOT_INTS),
        ("AT0002", [3, 1], (45075, "invalid keyword_id 1: not a keyword of AT0002")),
        ("AT0002", [3, 4, 3], (45075, "invalid keyword_id 3: given twice")),
        ("AT0002", [10**40], (45075, f"invalid keyword_id 1{'0' * 19}…: not a keyword of AT0002")),
    ],
)
def test_add_refuses(box: Box, title_id: object, ids: object, error: tuple[int, str]) -> None:
    token = box.token()
    assert refused(box.post(f"{WXOPEN}/add", {"id": title_id, "keyword_id_list": ids}, token)) == error
    assert box.account()["templates"] == []


@pytest.mark.parametrize("body", [{}, {"template_id": 7}, {"template_id": ""}, {"template_id": "x"}])
def test_del_refuses(box: Box, body: object) -> None:
    assert refused(box.post(f"{WXOPEN}/del", body, box.token())) == (40037, "invalid template_id")


# tokens


def test_a_classic_token(box: Box) -> None:
    reply = box.ask("GET", "/cgi-bin/token", query=CREDENTIALS).json
    assert list(reply) == ["access_token", "expires_in"]
    assert reply["expires_in"] == 7200
    assert 60 < len(reply["access_token"]) <= 512


LIST = {"offset": 0, "count": 1}


def good(box: Box, token: str) -> bool:
    return bool(box.post(f"{WXOPEN}/list", LIST, token) == {**OK, "list": []})


def test_a_new_classic_token_kills_the_previous_after_five_minutes(box: Box) -> None:
    first = box.token()
    second = box.token()
    assert first != second
    box.advance(299)
    assert good(box, first)
    assert good(box, second)
    box.advance(1)
    assert refused(box.post(f"{WXOPEN}/list", LIST, first)) == (40001, NOT_LATEST)
    assert good(box, second)


def test_a_classic_token_expires(box: Box) -> None:
    token = box.token()
    box.advance(7199)
    assert good(box, token)
    box.advance(1)
    assert refused(box.post(f"{WXOPEN}/list", LIST, token)) == (42001, "access_token expired")


@pytest.mark.parametrize("path", BUSINESS)
def test_calls_need_a_token(box: Box, path: str) -> None:
    assert refused(box.post(path, {})) == (41001, "access_token missing")
    assert refused(box.post(path, {}, "")) == (41001, "access_token missing")
    assert refused(box.post(path, {}, "made up\x00")) == (40001, NOT_LATEST)


def bad_credentials() -> list[Any]:
    cases = [
        ({"appid": ""}, (41002, "appid missing")),
        ({"secret": ""}, (41004, "appsecret missing")),
        ({"grant_type": "password"}, (40002, "invalid grant_type")),
        ({"appid": "wx1"}, (40013, "invalid appid")),
        ({"secret": "0" * 32}, (40125, "invalid appsecret")),
    ]
    return [pytest.param({**CREDENTIALS, **change}, error, id=str(error[0])) for change, error in cases]


@pytest.mark.parametrize(("fields", "error"), bad_credentials())
def test_bad_credentials(box: Box, fields: dict[str, str], error: tuple[int, str]) -> None:
    assert refused(box.ask("GET", "/cgi-bin/token", query=fields).json) == error
    assert refused(box.post("/cgi-bin/stable_token", fields)) == error


def test_no_credentials(box: Box) -> None:
    assert refused(box.ask("GET", "/cgi-bin/token").json) == (41002, "appid missing")
    assert refused(box.post("/cgi-bin/stable_token", {})) == (41002, "appid missing")
    wrong_types = {"grant_type": "client_credential", "appid": [], "secret": 1}
    assert refused(box.post("/cgi-bin/stable_token", wrong_types)) == (40013, "invalid appid")
    assert refused(box.stable(secret={})) == (40125, "invalid appsecret")


def test_the_stable_token_stays_until_little_is_left_of_it(box: Box) -> None:
    """wechat-api.md §4: `expires_in` is what is left and can be as little as 300."""
    first = box.stable()
    assert list(first) == ["access_token", "expires_in"]
    assert first["expires_in"] == 7200
    box.advance(6899)
    again = box.stable(force_refresh=False)
    assert again["access_token"] == first["access_token"]
    assert again["expires_in"] in (300, 301)
    box.advance(2)
    second = box.stable(force_refresh="")
    assert second["access_token"] != first["access_token"]
    assert second["expires_in"] == 7200
    for token in (first, second):
        assert box.post(f"{WXOPEN}/list", LIST, token["access_token"])["errcode"] == 0, "good to its end"
    box.advance(300)
    refusal = refused(box.post(f"{WXOPEN}/list", LIST, first["access_token"]))
    assert refusal == (42001, "access_token expired")
    assert box.post(f"{WXOPEN}/list", LIST, second["access_token"])["errcode"] == 0


def test_stable_and_classic_tokens_are_apart(box: Box) -> None:
    stable, classic = box.stable()["access_token"], box.token()
    box.token()
    box.stable(force_refresh=True)
    box.advance(200)
    assert refused(box.post(f"{WXOPEN}/list", LIST, stable)) == (42001, "access_token expired")
    assert good(box, classic)


def test_forced_refreshes_are_limited(box: Box) -> None:
    tokens = {box.stable(force_refresh=True)["access_token"]}
    too_soon = (45011, "api minute-quota reach limit  must slower  retry next minute")
    assert refused(box.stable(force_refresh=True)) == too_soon
    for _ in range(19):
        box.advance(30)
        tokens.add(box.stable(force_refresh=True)["access_token"])
    assert len(tokens) == 20
    box.advance(30)
    assert refused(box.stable(force_refresh=True)) == (45009, "reach max api daily quota limit")
    assert box.stable()["access_token"] in tokens
    box.advance(DAY)
    assert box.stable(force_refresh=True)["access_token"] not in tokens


def test_force_refresh_must_be_a_boolean(box: Box) -> None:
    error = (40097, "invalid args: force_refresh must be a boolean")
    assert refused(box.stable(force_refresh="yes")) == error


# messages


@dataclass(frozen=True)
class Sender:
    box: Box
    token: str
    template_id: str

    def send(self, **fields: object) -> Any:
        body = {"touser": "oUser", "template_id": self.template_id, "form_id": "form1", "page": "", **fields}
        return self.box.post(SEND, body, self.token)

    def renewed(self) -> "Sender":
        return Sender(self.box, self.box.token(), self.template_id)


@pytest.fixture
def sender(box: Box) -> Sender:
    token = box.token()
    return Sender(box, token, add(box, token, ids=[3, 5])["template_id"])


def test_a_message_is_kept_as_the_user_sees_it(sender: Sender) -> None:
    data = {
        "keyword1": {"value": "广州 & 深圳", "color": "#173177"},
        "keyword2": {"value": 12},
        "keyword9": ["ignored"],
    }
    reply = sender.send(data=data, page="pages/index?foo=bar", emphasis_keyword="keyword2.DATA")
    assert reply == OK
    assert sender.box.account()["messages"] == [
        {
            "touser": "oUser",
            "template_id": sender.template_id,
            "title": "购买成功通知",
            "lines": [
                {"name": "购买地点", "value": "广州 & 深圳", "color": "#173177"},
                {"name": "物品名称", "value": "12", "color": "#000000"},
            ],
            "page": "pages/index?foo=bar",
            "emphasis": "keyword2",
            "form_id": "form1",
        }
    ]


def test_empty_strings_stand_for_absent_fields(sender: Sender) -> None:
    assert sender.send(data={"keyword1": {"value": "", "color": ""}}, emphasis_keyword="") == OK
    assert sender.send(data="", form_id="form2", page=None) == OK
    empty = [{"name": name, "value": "", "color": "#000000"} for name in ("购买地点", "物品名称")]
    for message in sender.box.account()["messages"]:
        assert (message["lines"], message["page"], message["emphasis"]) == (empty, None, None)


BAD_EMPHASIS = "emphasis_keyword must name a placeholder of the template, such as keyword1.DATA"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"touser": ""}, (40003, "invalid openid")),
        ({"touser": 5}, (40003, "invalid openid")),
        ({"template_id": "x"}, (40037, "invalid template_id")),
        ({"template_id": None}, (40037, "invalid template_id")),
        ({"page": "https://example.com"}, (41030, "invalid page")),
        ({"page": "//example.com"}, (41030, "invalid page")),
        ({"page": "pages/my index"}, (41030, "invalid page")),
        ({"page": "index\n"}, (41030, "invalid page")),
        ({"page": 1}, (41030, "invalid page")),
        *(
            ({"data": data}, (47003, "argument invalid! data.keyword1.value is empty"))
            for data in ([1], '{"keyword1": {"value": "x"}}', 7)
        ),
        ({"data": {"keyword1": "x"}}, (47001, "data format error: data.keyword1 must be an object")),
        (
            {"data": {"keyword1": {"value": {}}}},
            (47001, "data format error: data.keyword1.value must be a string"),
        ),
        (
            {"data": {"keyword1": {"color": 1}}},
            (47001, "data format error: data.keyword1.color must be a string"),
        ),
        ({"emphasis_keyword": "keyword3.DATA"}, (47001, f"data format error: {BAD_EMPHASIS}")),
        ({"emphasis_keyword": "keyword1"}, (47001, f"data format error: {BAD_EMPHASIS}")),
        ({"emphasis_keyword": ["keyword1.DATA"]}, (47001, f"data format error: {BAD_EMPHASIS}")),
        ({"form_id": ""}, (41028, "invalid form id")),
        ({"form_id": None}, (41028, "invalid form id")),
        ({"form_id": "the formId is a mock one"}, (41028, "invalid form id")),
        ({"form_id": "x" * 129}, (41028, "invalid form id")),
    ],
)
def test_send_refuses_and_uses_nothing_up(
    sender: Sender, fields: dict[str, object], error: tuple[int, str]
) -> None:
    assert refused(sender.send(**fields)) == error
    assert sender.box.account()["messages"] == []
    assert sender.send() == OK


USED_UP = (41029, "form id used count reach limit")


@pytest.mark.parametrize(("form_id", "allowed"), [("1a2b", 1), ("wx2016", 3), ("prepay_id=wx2016", 3)])
def test_made_up_ids_count_as_just_submitted(sender: Sender, form_id: str, allowed: int) -> None:
    for _ in range(allowed):
        assert sender.send(form_id=form_id) == OK
    assert refused(sender.send(form_id=form_id)) == USED_UP
    assert sender.send(form_id=f"{form_id}x") == OK  # several acts count separately


@pytest.mark.parametrize(("path", "key", "allowed"), [("forms", "form_id", 1), ("payments", "prepay_id", 3)])
def test_an_act_of_the_user_allows_messages(sender: Sender, path: str, key: str, allowed: int) -> None:
    reply = sender.box.post(f"/_sandbox/{path}", {"touser": "oUser"})
    form_id = reply.pop(key)
    assert reply == OK
    other = sender.send(form_id=form_id, touser="oOther")
    assert refused(other) == (41028, "invalid form id")
    assert [sender.send(form_id=form_id) for _ in range(allowed)] == [OK] * allowed
    assert refused(sender.send(form_id=form_id)) == USED_UP


def test_an_act_is_good_for_seven_days(sender: Sender) -> None:
    form_id = sender.box.post("/_sandbox/forms", {"touser": "oUser", "age_seconds": DAY})["form_id"]
    sender.box.advance(6 * DAY + 1)
    assert refused(sender.renewed().send(form_id=form_id)) == (41028, "invalid form id")
    sender.box.advance(-1)
    assert sender.renewed().send(form_id=form_id) == OK


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, (40003, "invalid openid")),
        ({"touser": "o", "appid": "wx1"}, (40013, "invalid appid")),
        ({"touser": "o", "appid": []}, (40013, "invalid appid")),
        ({"touser": "o", "age_seconds": "1"}, (40097, "invalid args: age_seconds must be a number")),
        ({"touser": "o", "age_seconds": -1}, (40097, "invalid args: age_seconds is out of range")),
        ({"touser": "o", "age_seconds": 10**400}, (40097, "invalid args: age_seconds is out of range")),
    ],
)
def test_acts_refuse(box: Box, body: object, error: tuple[int, str]) -> None:
    assert refused(box.post("/_sandbox/forms", body)) == error
    assert refused(box.post("/_sandbox/payments", body)) == error


def test_the_daily_quota_of_messages(sender: Sender) -> None:
    beijing_day = int((START + 8 * 3600) // DAY)
    sender.box.store.count_call(APPID, SEND, beijing_day, quota.limit(SEND) - 1)
    assert sender.send() == OK
    assert refused(sender.send(form_id="form2")) == (45009, "reach max api daily quota limit")
    sender.box.advance(DAY)
    assert sender.renewed().send(form_id="form2") == OK


# the sandbox's own calls


def test_the_account_shows_what_the_api_hides(box: Box) -> None:
    token = box.token()
    template_id = add(box, token, ids=[4])["template_id"]
    assert box.account() == {
        "appid": APPID,
        "limit": 25,
        "templates": [
            {
                "template_id": template_id,
                "title": "购买成功通知",
                "content": "购买时间{{keyword1.DATA}}\n",
                "example": "购买时间:2016年6月6日\n",
                "dialect": "wxopen",
                "id": "AT0002",
                "keywords": [{"keyword_id": 4, "name": "购买时间", "example": "2016年6月6日"}],
            }
        ],
        "messages": [],
        "calls": {"/cgi-bin/token": 1, "/cgi-bin/wxopen/template/add": 1},
        "notices": [],
    }
    assert refused(box.ask("GET", "/_sandbox/accounts/wx1").json) == (40013, "invalid appid")


def test_reset_empties_everything(box: Box) -> None:
    token, stable = box.token(), box.stable()["access_token"]
    add(box, token)
    box.advance(50)
    assert box.ask("POST", "/_sandbox/reset").json == OK
    fresh = {"appid": APPID, "limit": 25, "templates": [], "messages": [], "calls": {}, "notices": []}
    assert box.account() == fresh
    assert refused(box.post(f"{WXOPEN}/list", LIST, token)) == (40001, NOT_LATEST)
    assert box.stable()["access_token"] != stable
    assert box.post("/_sandbox/clock", {"advance": 1}) == {**OK, "advanced": 1.0}


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({}, "advance must be a number"),
        ({"advance": None}, "advance must be a number"),
        ({"advance": True}, "advance must be a number"),
        ({"advance": 1e10}, "advance is out of range"),
    ],
)
def test_the_clock_refuses(box: Box, body: object, what: str) -> None:
    assert refused(box.post("/_sandbox/clock", body)) == (40097, f"invalid args: {what}")


# HTTP


@pytest.mark.parametrize("path", [*BUSINESS, "/cgi-bin/stable_token", "/_sandbox/forms", "/_sandbox/reset"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_post_is_required(box: Box, method: str, path: str) -> None:
    answer = box.ask(method, path)
    assert (answer.status, answer.content_type) == (200, "application/json; encoding=utf-8")
    assert refused(answer.json) == (43002, "require POST method")


@pytest.mark.parametrize("path", ["/cgi-bin/token", f"/_sandbox/accounts/{APPID}"])
def test_get_is_required(box: Box, path: str) -> None:
    assert refused(box.ask("POST", path, b"{}").json) == (43001, "require GET method")


@pytest.mark.parametrize("path", ["/", "/cgi-bin/nothing", f"{WXOPEN}/list/", "/cgi-bin/template/list"])
def test_an_unknown_path(box: Box, path: str) -> None:
    answer = box.ask("POST", path, b"{}")
    assert answer.status == 200
    assert refused(answer.json) == (40066, "invalid url")


@pytest.mark.parametrize("content_type", [None, "json", "text/plain", "application/x-www-form-urlencoded"])
def test_the_content_type_says_nothing(box: Box, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    body = b'{"id": "AT0002\\u0026"}'
    answer = box.ask("POST", f"{WXOPEN}/library/get", body, {"access_token": box.token()}, headers)
    assert refused(answer.json) == (45100, "template title not exist")  # read, with its escape


def test_replies_are_raw_utf8(box: Box) -> None:
    query = {"access_token": box.token()}
    answer = box.ask("POST", f"{WXOPEN}/library/list", b'{"offset": 0, "count": 1}', query)
    text = '{"errcode":0,"errmsg":"ok","list":[{"id":"AT0002","title":"购买成功通知"}],"total_count":599}'
    assert answer.body == text.encode()


EMPTY = (44002, "empty post data")
FORMAT = (47001, "data format error")
BAD_BODIES = [
    pytest.param(b"", EMPTY, id="empty"),
    pytest.param(b" ", FORMAT, id="blank"),
    pytest.param(b"{", FORMAT, id="cut short"),
    pytest.param(b"[]", FORMAT, id="list"),
    pytest.param(b"null", FORMAT, id="null"),
    pytest.param(b'"x"', FORMAT, id="string"),
    pytest.param(b"tid=401&kidList=2", FORMAT, id="form"),
    pytest.param(b'{"offset": NaN}', FORMAT, id="nan"),
    pytest.param(b'{"id": "\xff"}', FORMAT, id="not utf-8"),
    pytest.param('{"id": "AT0002"}'.encode("utf-16"), FORMAT, id="utf-16"),
    pytest.param(b'\xef\xbb\xbf{"id": "AT0002"}', FORMAT, id="byte order mark"),
    pytest.param(b'{"id": "\\ud800"}', FORMAT, id="lone surrogate"),
    pytest.param(b'{"\\uDFFF": 1}', FORMAT, id="lone surrogate in a key"),
    pytest.param(b'{"id": "\x00"}', FORMAT, id="raw nul"),
    pytest.param(b'{"id": ' + b"9" * 5000 + b"}", FORMAT, id="huge integer"),
    pytest.param(b"[" * 100_000, FORMAT, id="deep list"),
    pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, FORMAT, id="deep object"),
    pytest.param(
        b'{"id": "' + b"x" * 2**20 + b'"}',
        (47001, "data format error: the body is over 1 MiB"),
        id="over 1 MiB",
    ),
]


@pytest.mark.parametrize(("body", "error"), BAD_BODIES)
def test_bad_bodies(box: Box, body: bytes, error: tuple[int, str]) -> None:
    query = {"access_token": box.token()}
    for path in [*BUSINESS, "/cgi-bin/stable_token", "/_sandbox/forms", "/_sandbox/clock"]:
        answer = box.ask("POST", path, body, query)
        assert (answer.status, path, refused(answer.json)) == (200, path, error)


ODD_VALUES: list[object] = [
    None,
    True,
    -1,
    10**300,
    1e300,
    "",
    "\x00",
    "\u2028😀",
    "x" * 5000,
    [],
    [[]],
    {},
    {"value": []},
]
FIELDS = [
    *("offset", "count", "id", "keyword_id_list", "template_id", "touser", "page", "form_id", "data"),
    *("emphasis_keyword", "advance", "age_seconds", "appid", "secret", "grant_type", "force_refresh"),
]


def test_no_odd_value_brings_it_down(sender: Sender) -> None:
    box = sender.box
    sound: dict[str, object] = {
        **{"offset": 0, "count": 20, "id": "AT0002", "keyword_id_list": [3]},
        **{"touser": "o", "template_id": sender.template_id, "form_id": "wx1", "data": {}},
        **CREDENTIALS,
    }
    paths = [
        SEND,
        f"{WXOPEN}/add",
        f"{WXOPEN}/list",
        f"{WXOPEN}/del",
        "/cgi-bin/stable_token",
        "/_sandbox/forms",
    ]
    for number, field in enumerate(FIELDS):
        for value in ODD_VALUES[number % 2 :: 2]:
            for path in paths[number % 3 :: 3]:
                box.post(path, {**sound, field: value}, sender.token)  # asserts HTTP 200 and JSON


def test_a_nul_is_a_character_like_others(sender: Sender) -> None:
    assert sender.send(data={"keyword1": {"value": "a\x00b"}}, form_id="f\x00") == OK
    assert sender.box.account()["messages"][0]["lines"][0]["value"] == "a\x00b"


# the state


def test_the_state_outlives_the_process(on_disk: Box, tmp_path: Path) -> None:
    token, stable = on_disk.token(), on_disk.stable()["access_token"]
    template_id = add(on_disk, token)["template_id"]
    on_disk.post(SEND, {"touser": "o", "template_id": template_id, "form_id": "f"}, token)
    on_disk.advance(100)
    before = on_disk.account()
    on_disk.store.close()
    Store.open(tmp_path / "state" / "sandbox.sqlite").close()  # a second opening finds the tables
    store = Store.open(tmp_path / "state" / "sandbox.sqlite")
    again = Box(on_disk.transport, create_app(store, LIBRARY, clock=lambda: START), store)
    assert again.account() == before
    assert again.stable() == {"access_token": stable, "expires_in": 7100}
    assert again.post(f"{WXOPEN}/list", LIST, token)["list"][0]["template_id"] == template_id
    used = again.post(SEND, {"touser": "o", "template_id": template_id, "form_id": "f"}, token)
    assert refused(used) == USED_UP
    store.close()


def test_the_state_holds_no_token_and_no_secret(on_disk: Box, tmp_path: Path) -> None:
    tokens = [
        on_disk.token(),
        on_disk.stable()["access_token"],
        on_disk.stable(force_refresh=True)["access_token"],
    ]
    on_disk.store.close()
    state = (tmp_path / "state" / "sandbox.sqlite").read_bytes()
    assert not any(secret.encode() in state for secret in [SECRET, *tokens])


def test_the_states_folder_is_hidden_from_git(tmp_path: Path) -> None:
    Store.open(tmp_path / "made" / "here" / "state").close()
    assert (tmp_path / "made" / "here" / ".gitignore").read_text() == "*\n"
    (tmp_path / ".reconciler").mkdir()
    Store.open(tmp_path / ".reconciler" / "state").close()
    assert (tmp_path / ".reconciler" / ".gitignore").read_text() == "*\n"
    Store.open(tmp_path / "state").close()  # a user's own folder: not ours to hide
    assert not (tmp_path / ".gitignore").exists()


def test_a_copy_in_memory_leaves_the_file_alone(on_disk: Box, tmp_path: Path) -> None:
    path = tmp_path / "state" / "sandbox.sqlite"
    token = on_disk.token()
    add(on_disk, token)
    before, names = path.read_bytes(), sorted(path.parent.iterdir())
    store = Store.memory(path)
    copy = Box(on_disk.transport, create_app(store, LIBRARY, clock=lambda: START), store)
    assert copy.account()["templates"] == on_disk.account()["templates"]
    assert add(copy, token)["errcode"] == 0
    assert len(copy.account()["templates"]) == 2
    store.close()
    assert (path.read_bytes(), sorted(path.parent.iterdir())) == (before, names)
    Store.memory(tmp_path / "none").close()
    assert not (tmp_path / "none").exists()


def test_a_copy_of_a_state_whose_writer_was_killed(tmp_path: Path) -> None:
    live, left = tmp_path / "live", tmp_path / "left"
    store = Store.open(live)
    store.count_call(APPID, "committed", 1)
    with store.transaction():
        for number in range(60_000):  # more than the cache holds: pages go to the file before the commit
            store.count_call(APPID, f"lost {number} {'x' * 40}", 1)
        shutil.copyfile(live, left)
        shutil.copyfile(f"{live}-journal", f"{left}-journal")
    store.close()
    files = {path: path.read_bytes() for path in (left, Path(f"{left}-journal"))}
    copy = Store.memory(left)
    assert copy.calls(APPID) == {"committed": 1}
    copy.close()
    assert {path: path.read_bytes() for path in files} == files
    reopened = Store.open(left)
    assert reopened.calls(APPID) == {"committed": 1}
    reopened.close()


def test_reset_under_a_running_server(on_disk: Box, tmp_path: Path) -> None:
    token = on_disk.token()
    add(on_disk, token)
    stores.reset(tmp_path / "state" / "sandbox.sqlite")
    assert on_disk.account()["templates"] == []
    assert refused(add(on_disk, token)) == (40001, NOT_LATEST)
    assert add(on_disk, on_disk.token())["errcode"] == 0
    stores.reset(tmp_path / "never" / "there")
    assert not (tmp_path / "never").exists()


def test_a_damaged_state_is_named_and_reset_removes_it(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_bytes(b"this is no database " * 100)
    message = (
        f"{path}: the sandbox's state is damaged (file is not a database): run `reconciler sandbox reset`"
    )
    for opening in (Store.open, Store.memory):
        with pytest.raises(StoreError) as caught:
            opening(path)
        assert str(caught.value) == message
    stores.reset(path)
    assert not path.exists()


def test_a_state_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"
    store = Store.open(path)
    store._run("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(StoreError) as caught:
        Store.open(path)
    end = "not a state of this version of the sandbox: run `reconciler sandbox reset`"
    assert str(caught.value) == f"{path}: {end}"
    stores.reset(path)
    Store.open(path).close()


def test_a_state_that_breaks_under_the_server_is_a_system_error(on_disk: Box, tmp_path: Path) -> None:
    path = tmp_path / "state" / "sandbox.sqlite"
    token = on_disk.token()
    path.write_bytes(b"this is no database " * 1000)
    reply = on_disk.post(f"{WXOPEN}/list", LIST, token)
    assert reply["errcode"] == -1
    assert reply["errmsg"].startswith("system error: ")
    assert "reconciler sandbox reset" in reply["errmsg"]


def test_a_place_that_cannot_hold_a_state(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "state"):
        with pytest.raises(StoreError, match=re.escape(str(path))):
            Store.open(path)


# the server

SERVE = """
import sys
from pathlib import Path
from reconciler.sandbox import library, routes, server
from reconciler.sandbox.state import store

state = store.Store.open(Path(sys.argv[1]))
tell = lambda url, doors: print(url, flush=True)
server.serve(routes.create_app(state, library.load()), "127.0.0.1", 0, ready=tell)
print("stopped", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_server_quietly(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", SERVE, str(tmp_path / "state")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with httpx.Client(trust_env=False) as client:
            token = client.get(f"{url}/cgi-bin/token", params=CREDENTIALS).json()["access_token"]
            listed = client.post(f"{url}{WXOPEN}/list", params={"access_token": token}, json=LIST)
            assert listed.json() == {**OK, "list": []}
            process.send_signal(number)
            out, err = process.communicate(timeout=8)
    assert (process.returncode, out, err) == (0, "stopped\n", "")


def test_calls_that_were_answered_survive_sigkill(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVE, str(tmp_path / "state")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with httpx.Client(trust_env=False) as client:
            query = {
                "access_token": client.get(f"{url}/cgi-bin/token", params=CREDENTIALS).json()["access_token"]
            }
            body = {"id": "AT0002", "keyword_id_list": [3]}
            ids = [
                client.post(f"{url}{WXOPEN}/add", params=query, json=body).json()["template_id"]
                for _ in range(5)
            ]
        process.kill()
    store = Store.open(tmp_path / "state")
    assert [template.template_id for template in store.templates(APPID, "wxopen")] == ids
    store.close()


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that is never asked."""


def test_a_port_in_use_is_an_oserror() -> None:
    with servers.bind("127.0.0.1", 0) as taken, pytest.raises(OSError, match="in use"):
        servers.serve(nothing, "127.0.0.1", taken.getsockname()[1], ready=lambda url, _: None)
    with pytest.raises(OSError, match="port 70000 is not between 0 and 65535"):
        servers.serve(nothing, "127.0.0.1", 70000, ready=lambda url, _: None)


def test_urls() -> None:
    with servers.bind("127.0.0.1", 0) as listener:
        assert servers.url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"
    if socket.has_ipv6:
        try:
            six = servers.bind("::1", 0)
        except OSError:
            return  # a machine without an IPv6 loopback
        with six:
            assert servers.url_of(six) == f"http://[::1]:{six.getsockname()[1]}"


def test_the_package_is_cheap_to_import() -> None:
    code = "import sys, reconciler.sandbox; print({'starlette', 'sqlite3', 'uvicorn'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


def test_the_default_clock_is_the_real_one(in_process: Transport) -> None:
    store = Store.memory()
    box = Box(in_process, create_app(store, LIBRARY), store)
    rid = str(box.post(f"{WXOPEN}/list", {})["errmsg"]).rpartition(" ")[2]
    assert abs(int(rid.partition("-")[0], 16) - time.time()) < 60
    store.close()
