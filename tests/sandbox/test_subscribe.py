"""The sandbox's subscription messages, as wechat-api.md §2 has them: every reply is compared as a whole."""

import json
from typing import Any

import pytest

from reconciler.sandbox.api import quota
from reconciler.sandbox.routes import BUSINESS, create_app
from reconciler.sandbox.state.store import Store

from ..boxes import DAY, LIBRARY, OK, START, Box, Transport, refused

NEW = "/wxaapi/newtmpl"
SEND = "/cgi-bin/message/subscribe/send"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PAID = {"tid": "2", "kidList": [4, 3], "sceneDesc": "支付"}
CALLS = [path for path in BUSINESS if path.startswith(NEW)]


def get(box: Box, call: str, token: str | None = None, **query: str) -> Any:
    given = {"access_token": token or box.stable()["access_token"], **query}
    answer = box.ask("GET", f"{NEW}/{call}", query=given)
    assert (answer.status, answer.content_type) == (200, "application/json; encoding=utf-8")
    return answer.json


def post(box: Box, call: str, body: object, headers: dict[str, str] | None = JSON) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    query = {"access_token": box.stable()["access_token"]}
    return box.ask("POST", f"{NEW}/{call}", data, query, headers).json


def add(box: Box, **more: object) -> Any:
    return post(box, "addtemplate", {**PAID, **more})


def template_ids(box: Box) -> list[str]:
    return [one["priTmplId"] for one in get(box, "gettemplate")["data"]]


# ------------------------------------------------------------------ the library


def test_the_categories(box: Box) -> None:
    assert get(box, "getcategory") == {
        **OK,
        "data": [
            {"id": 616, "name": "公交"},
            {"id": 307, "name": "服装/鞋/箱包"},
            {"id": 668, "name": "餐饮服务场所"},
            {"id": 321, "name": "旅游服务平台"},
            {"id": 412, "name": "综合医疗机构"},
        ],
    }


def test_titles_are_paged_by_category(box: Box) -> None:
    page = get(box, "getpubtemplatetitles", ids="668", start="0", limit="2")
    assert page == {
        **OK,
        "count": page["count"],
        "data": [
            {"tid": 2, "title": "购买成功通知", "type": 2, "categoryId": "668"},
            {"tid": 7, "title": "订单支付成功通知", "type": 3, "categoryId": "668"},
        ],
    }
    seen = []
    for start in range(0, 700, 30):
        more = get(box, "getpubtemplatetitles", ids="616,307,668,321,412", start=str(start), limit="30")
        seen += [row["tid"] for row in more["data"]]
    assert len(seen) == len(set(seen)) == more["count"] == len(LIBRARY.titles) + 1


def nothing(reply: dict[str, Any]) -> tuple[int, str]:
    """The code and the message of a refused look-up (wechat-api.md §7)."""
    assert (reply.pop("count"), reply.pop("data")) == (0, [])
    return refused(reply)


IDS_OF_NONE = ('"616"', "'616'", "616,x", "616,", "617", "[616]")
ALL_THREE = {"ids": "616", "start": "0", "limit": "30"}


@pytest.mark.parametrize(
    ("given", "error"),
    [
        *(({"start": start}, (200016, "invalid start")) for start in (None, "", "-1", "x", "1.5")),
        *(({"limit": limit}, (200017, "invalid limit")) for limit in (None, "", "0", "31", "-1", "x")),
        *(({"ids": ids}, (200018, "missing ids")) for ids in (None, "")),
        *(
            ({"ids": ids}, (200019, "invalid ids"))
            for ids in ('"616"', "'616'", "616,x", "616,", "617", "[616]")
        ),
    ],
)
def test_titles_need_all_three_parameters(
    box: Box, given: dict[str, str | None], error: tuple[int, str]
) -> None:
    query = {name: value for name, value in {**ALL_THREE, **given}.items() if value is not None}
    assert nothing(get(box, "getpubtemplatetitles", **query)) == error


def test_one_category_of_the_accounts_is_enough(box: Box) -> None:
    assert get(box, "getpubtemplatetitles", **{**ALL_THREE, "ids": "617,616"})["errcode"] == 0


def test_the_keywords_of_a_title_come_without_its_name(box: Box) -> None:
    reply = get(box, "getpubtemplatekeywords", tid="2")
    assert list(reply) == ["errcode", "errmsg", "count", "data"]
    assert reply["count"] == len(reply["data"])
    assert reply["data"][:3] == [
        {"kid": 3, "name": "购买地点", "example": "TIT造舰厂", "rule": "thing"},
        {"kid": 4, "name": "购买时间", "example": "2016年6月6日", "rule": "time"},
        {"kid": 5, "name": "物品名称", "example": "咖啡", "rule": "thing"},
    ]


@pytest.mark.parametrize("tid", ["0", "AT0002", "99999", '"2"'])
def test_an_unknown_title(box: Box, tid: str) -> None:
    assert nothing(get(box, "getpubtemplatekeywords", tid=tid)) == (200014, "tid does not exist")


def test_no_title(box: Box) -> None:
    assert nothing(get(box, "getpubtemplatekeywords", tid="")) == (200014, "missing parameter tid")
    assert nothing(get(box, "getpubtemplatekeywords")) == (200014, "missing parameter tid")


def test_an_error_has_its_rid_in_a_key_too(box: Box) -> None:
    """wechat-api.md, "Common to all": sometimes; here those of subscription messages do."""
    reply = get(box, "getpubtemplatetitles")
    assert list(reply) == ["errcode", "errmsg", "count", "data", "rid"]
    assert reply["errmsg"] == f"invalid start rid: {reply['rid']}"
    assert list(send(box, "x")) == ["errcode", "errmsg", "rid"]
    legacy = box.post("/cgi-bin/wxopen/template/del", {}, box.stable()["access_token"])
    assert list(legacy) == ["errcode", "errmsg"]


# ------------------------------------------------------------------ the account


def test_a_template_is_listed_with_keys_of_rule_and_number(box: Box) -> None:
    reply = add(box)
    assert reply == {**OK, "priTmplId": reply["priTmplId"]}
    assert get(box, "gettemplate") == {
        **OK,
        "data": [
            {
                "priTmplId": reply["priTmplId"],
                "title": "购买成功通知",
                "content": "购买时间:{{time4.DATA}}\n购买地点:{{thing3.DATA}}\n",
                "example": "购买时间:2016年6月6日\n购买地点:TIT造舰厂\n",
                "type": 2,
            }
        ],
    }
    assert post(box, "deltemplate", {"priTmplId": reply["priTmplId"]}) == OK
    assert get(box, "gettemplate") == {**OK, "data": []}


def test_the_number_of_a_key_is_not_always_the_kid(box: Box) -> None:
    add(box, tid=3, kidList=[2, 4])
    content = get(box, "gettemplate")["data"][0]["content"]
    assert [line.partition("{{")[2].partition(".")[0][-1] for line in content.split()] == ["3", "2"]


def test_a_lasting_title_tells_the_values_of_its_enumerations(box: Box) -> None:
    template_id = add(box, tid=14, kidList=[14, 11])["priTmplId"]
    row = get(box, "gettemplate")["data"][0]
    assert row["type"] == 3
    values = [{"keywordCode": "enum_string14.DATA", "enumValueList": ["待商家处理"]}]
    assert row["keywordEnumValueList"] == values
    rules = {one["kid"]: one["rule"] for one in get(box, "getpubtemplatekeywords", tid="14")["data"]}
    assert rules[14] == "enum_string"
    rest = {"time11": {"value": "10:00"}}
    good = {"enum_string14": {"value": "待商家处理"}, **rest}
    bad = {"enum_string14": {"value": "已处理"}, **rest}
    assert refused(send(box, template_id, data=bad)) == (
        47003, "argument invalid! data.enum_string14.value invalid",
    )  # fmt: skip
    assert send(box, template_id, data=good) == OK


def test_what_was_just_added_is_not_added_again(box: Box) -> None:
    """wechat-api.md §2: it only notices an immediate repeat: add A, add B, add A makes a second A."""
    first = add(box)["priTmplId"]
    again = add(box)
    assert list(again) == ["errcode", "errmsg", "priTmplId", "rid"]
    assert again.pop("priTmplId") == first
    assert refused(again) == (200022, "template has added already")
    assert add(box, kidList=[3, 4])["errcode"] == 0
    assert add(box)["errcode"] == 0
    assert len(template_ids(box)) == 3


def test_some_titles_have_fixed_keywords(box: Box) -> None:
    tid = 10000001
    assert refused(add(box, tid=tid, kidList=[1])) == (
        200020,
        "invalid kidList: the keywords of this title are fixed",
    )
    template_id = add(box, tid=tid, kidList=[])["priTmplId"]
    row = {"priTmplId": template_id, "title": "服务进度提醒", "content": "", "example": "", "type": 2}
    assert get(box, "gettemplate")["data"] == [row], "wechat-api.md §7: the content is empty"
    assert refused(send(box, template_id)) == (40037, "invalid template_id")
    asked = box.post("/_sandbox/subscriptions", {"touser": "oUser", "template_id": template_id})
    assert refused(asked) == (40037, "invalid template_id"), "and an app can't ask for it"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"tid": ""}, (200014, "missing parameter tid")),
        ({"tid": None}, (200014, "missing parameter tid")),
        ({"tid": "99999"}, (200014, "tid does not exist")),
        ({"kidList": []}, (200020, "invalid kidList: 2 to 5 keywords")),
        ({"kidList": ""}, (200020, "invalid kidList: 2 to 5 keywords")),
        ({"kidList": [3]}, (200020, "invalid kidList: 2 to 5 keywords")),
        ({"kidList": [3, 4, 5, 6, 7, 8]}, (200020, "invalid kidList: 2 to 5 keywords")),
        ({"kidList": [3, 999]}, (200020, "invalid kidList")),
        ({"kidList": [3, 3]}, (200020, "invalid kidList")),
        ({"kidList": [3, "x"]}, (200020, "invalid kidList")),
        ({"sceneDesc": ""}, (200021, "invalid sceneDesc")),
        ({"sceneDesc": None}, (200021, "invalid sceneDesc")),
        ({"sceneDesc": " "}, (200021, "invalid sceneDesc")),
        ({"sceneDesc": "十六个字是太多了一个字也不能多了"}, (200021, "invalid sceneDesc")),
    ],
)
def test_add_refuses(box: Box, given: dict[str, object], error: tuple[int, str]) -> None:
    assert refused(add(box, **given)) == error
    assert template_ids(box) == []


def test_a_scene_of_15_characters_is_taken(box: Box) -> None:
    assert add(box, sceneDesc="十五个字是刚刚好一个字也不能多")["errcode"] == 0


def test_a_full_account(transport: Transport) -> None:
    store = Store.memory()
    small = Box(transport, create_app(store, LIBRARY, limit=1, clock=lambda: START), store)
    add(small)
    assert refused(add(small, kidList=[3, 4])) == (200012, "template num exceeds limit")
    store.close()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, (200014, "missing parameter priTmplId")),
        ({"priTmplId": ""}, (200014, "missing parameter priTmplId")),
        ({"priTmplId": "x"}, (200014, "template not exist")),
    ],
)
def test_del_refuses(box: Box, body: object, error: tuple[int, str]) -> None:
    assert refused(post(box, "deltemplate", body)) == error


# ------------------------------------------------------------------ how it is asked


@pytest.mark.parametrize(("call", "name"), [("addtemplate", "tid"), ("deltemplate", "priTmplId")])
def test_a_post_without_a_content_type_misses_its_parameters(box: Box, call: str, name: str) -> None:
    assert refused(post(box, call, PAID, None)) == (200014, f"missing parameter {name}")


@pytest.mark.parametrize(
    "form",
    [
        "tid=2&kidList[0]=4&kidList[1]=3&sceneDesc=%E6%94%AF%E4%BB%98",
        "tid=2&kidList%5B%5D=4&kidList%5B%5D=3&sceneDesc=%E6%94%AF%E4%BB%98",
        "tid=2&kidList=4&kidList=3&sceneDesc=%E6%94%AF%E4%BB%98",
    ],
)
def test_forms_are_taken_as_real_clients_write_them(box: Box, form: str) -> None:
    reply = post(box, "addtemplate", form.encode(), FORM)
    assert reply == {**OK, "priTmplId": reply["priTmplId"]}
    assert get(box, "gettemplate")["data"][0]["content"] == (
        "购买时间:{{time4.DATA}}\n购买地点:{{thing3.DATA}}\n"
    )
    assert post(box, "deltemplate", f"priTmplId={reply['priTmplId']}".encode(), FORM) == OK


@pytest.mark.parametrize("path", CALLS)
def test_the_wrong_method_is_not_found(box: Box, path: str) -> None:
    method = {"GET": "POST", "POST": "GET"}[BUSINESS[path].method]
    query = {"access_token": box.stable()["access_token"]}
    assert refused(box.ask(method, path, b"{}", query, JSON).json) == (404, "not found")


@pytest.mark.parametrize("path", CALLS)
def test_a_token_is_needed(box: Box, path: str) -> None:
    answer = box.ask(
        BUSINESS[path].method, path, b"{}" if BUSINESS[path].method == "POST" else None, None, JSON
    )
    assert refused(answer.json) == (41001, "access_token missing")


# ------------------------------------------------------------------ daily quotas


def left(box: Box, path: str) -> Any:
    return box.post("/cgi-bin/openapi/quota/get", {"cgi_path": path}, box.stable()["access_token"])


def test_look_ups_are_few_a_day(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{NEW}/getpubtemplatekeywords"
    assert left(box, path) == {**OK, "quota": {"daily_limit": 300, "used": 0, "remain": 300}}
    get(box, "getpubtemplatekeywords", tid="2")
    assert left(box, path.lstrip("/"))["quota"] == {"daily_limit": 300, "used": 1, "remain": 299}
    monkeypatch.setattr(quota, "DAILY", {path: 1})
    assert refused(get(box, "getpubtemplatekeywords", tid="2")) == (45009, "reach max api daily quota limit")
    assert left(box, path)["quota"] == {"daily_limit": 1, "used": 1, "remain": 0}
    box.advance(DAY)
    assert get(box, "getpubtemplatekeywords", tid="2")["errcode"] == 0


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, (40097, "invalid args: cgi_path must be a string")),
        ({"cgi_path": 1}, (40097, "invalid args: cgi_path must be a string")),
        ({"cgi_path": "/nowhere"}, (76021, "cgi_path not found, please check")),
    ],
)
def test_quota_refuses(box: Box, body: object, error: tuple[int, str]) -> None:
    token = box.stable()["access_token"]
    assert refused(box.post("/cgi-bin/openapi/quota/get", body, token)) == error


# ------------------------------------------------------------------ sending

GOOD = {"time4": {"value": "2026年11月27日 10:00"}, "thing3": {"value": "TIT造舰厂"}}


def send(box: Box, template_id: str, **more: object) -> Any:
    body = {"touser": "oUser", "template_id": template_id, "data": GOOD, **more}
    return box.post(SEND, body, box.stable()["access_token"])


def test_a_message_is_kept_as_the_user_sees_it(box: Box) -> None:
    template_id = add(box)["priTmplId"]
    assert send(box, template_id, page="index?a=b", miniprogram_state="", lang="en_US") == OK
    assert box.account()["messages"] == [
        {
            "touser": "oUser",
            "template_id": template_id,
            "title": "购买成功通知",
            "lines": [
                {"name": "购买时间", "key": "time4", "value": "2026年11月27日 10:00"},
                {"name": "购买地点", "key": "thing3", "value": "TIT造舰厂"},
            ],
            "page": "index?a=b",
            "miniprogram_state": "formal",
            "lang": "en_US",
        }
    ]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"touser": ""}, (40003, "invalid openid")),
        ({"template_id": "x"}, (40037, "invalid template_id")),
        ({"page": "https://example.com"}, (41030, "invalid page")),
        *(
            ({"data": data}, (47003, "argument invalid! data.time4.value is empty"))
            for data in (None, "", json.dumps(GOOD), [1], 7)
        ),
        (
            {"data": {"time4.DATA": {"value": "10:00"}, "thing3.DATA": {"value": "x"}}},
            (47003, "argument invalid! data.time4.value is empty"),
        ),
        ({"data": {"time4": GOOD["time4"]}}, (47003, "argument invalid! data.thing3.value is empty")),
        (
            {"data": {**GOOD, "thing3": {"value": ""}}},
            (47003, "argument invalid! data.thing3.value is empty"),
        ),
        ({"data": {**GOOD, "thing3": "x"}}, (47003, "argument invalid! data.thing3.value is empty")),
        (
            {"data": {**GOOD, "thing3": {"value": "二十一个字是太多了一个字也不能多了二三四五"}}},
            (47003, "argument invalid! data.thing3.value invalid"),
        ),
        (
            {"data": {**GOOD, "thing3": {"value": "a\nb"}}},
            (47003, "argument invalid! data.thing3.value invalid"),
        ),
        (
            {"miniprogram_state": "beta"},
            (40097, "invalid args: miniprogram_state must be one of developer, trial, formal"),
        ),
        ({"lang": 1}, (40097, "invalid args: lang must be one of zh_CN, en_US, zh_HK, zh_TW")),
    ],
)
def test_send_refuses_and_uses_no_consent_up(
    box: Box, given: dict[str, object], error: tuple[int, str]
) -> None:
    template_id = add(box)["priTmplId"]
    assert refused(send(box, **{"template_id": template_id, **given})) == error
    assert box.account()["messages"] == []
    assert send(box, template_id) == OK


@pytest.mark.parametrize("more", [{"thing9": {"value": "x"}}, {"first": "x", "remark": {"value": "一" * 99}}])
def test_keys_that_the_template_lacks_say_nothing(box: Box, more: dict[str, object]) -> None:
    template_id = add(box)["priTmplId"]
    assert send(box, template_id, data={**GOOD, **more}) == OK
    assert [line["key"] for line in box.account()["messages"][0]["lines"]] == ["time4", "thing3"]


NOT_SUBSCRIBED = (43101, "user refuse to accept the msg")


def test_each_consent_is_good_for_one_message(box: Box) -> None:
    template_id = add(box)["priTmplId"]
    assert send(box, template_id) == OK
    assert refused(send(box, template_id)) == NOT_SUBSCRIBED
    assert send(box, template_id, touser="oOther") == OK
    for _ in range(2):
        assert box.post("/_sandbox/subscriptions", {"touser": "oUser", "template_id": template_id}) == OK
    assert [send(box, template_id) for _ in range(2)] == [OK, OK]
    assert refused(send(box, template_id)) == NOT_SUBSCRIBED


def test_consent_to_a_lasting_title_is_good_for_all(box: Box) -> None:
    template_id = add(box, tid=7, kidList=[8, 16])["priTmplId"]
    data = {"thing8": {"value": "微信支付"}, "thing16": {"value": "TIT造舰厂"}}
    assert [send(box, template_id, data=data) for _ in range(3)] == [OK, OK, OK]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"template_id": "x"}, (40003, "invalid openid")),
        ({"touser": "o", "template_id": "x"}, (40037, "invalid template_id")),
        ({"touser": "o", "appid": "wx1"}, (40013, "invalid appid")),
    ],
)
def test_consent_refuses(box: Box, body: object, error: tuple[int, str]) -> None:
    assert refused(box.post("/_sandbox/subscriptions", body)) == error


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("number1", ["12", 12, "1.5"], ["一", "1" * 33, "-1", "1.", "1,5"]),
        ("letter1", ["abcX"], ["a1", "a" * 33]),
        ("symbol1", ["!?#"], ["a", "!!!!!!"]),
        ("character_string1", ["No.1-2"], ["编号", "1" * 33]),
        (
            "time1",
            [
                *("10:00", "9:05", "23:59:59", "2026年1月1日 10:00", "2026-01-01 10:00", "2026/1/1 10:00"),
                *(
                    "2026年1月1日 10:00~11:00",
                    "10:00~11:00",
                    "8月1日~8月15日",
                    "2026年1月1日",
                    "10:00 ~ 11:00",
                ),
            ],
            [
                *("明天", "25:99", "24:00", "10:60", "99", "第3期", "下午3:00", "3:00 PM", "10:00～11:00"),
                *("8月1日～8月15日", "10:00-11:00", "10:00~", "~10:00", "10:00~11:00~12:00", "2026年13月1日"),
                *("2026年1月32日", "2026-1/1", "2016年11月10日 上午", "2小时30分", "10：00"),
            ],
        ),
        (
            "date1",
            ["2026-01-01", "2026年1月1日", "2026年1月1日 10:00", "1月1日", "2026年1月1日~2026年1月7日"],
            ["明天", "10:00", "10:00~11:00", "2026年1月1日～2026年1月7日", "2026年", "20260101"],
        ),
        ("amount1", ["100", "¥12.50", "12元"], ["12345678901", "一百元"]),
        ("phone_number1", ["+86 138-0000-0000"], ["138000000000000000", "电话"]),
        ("car_number1", ["粤A8Z888挂"], ["粤A8Z888挂挂挂"]),
        (
            "name1",
            ["张三", "Li Lei", "张三Tom", "一二三四五六七八九十", "a" * 20, "张三abcdefgh"],
            ["张三1", "一二三四五六七八九十一", "张三abcdefghi", "a" * 21],
        ),
        ("phrase1", ["配送中"], ["配送中x", "一二三四五六"]),
        ("thing1", ["一" * 20, "a1!"], ["一" * 21]),
        ("enum1", ["一" * 200], ["\n"]),
    ],
)
def test_values_by_rule(key: str, good: list[object], bad: list[str]) -> None:
    from reconciler.sandbox.values import is_good

    assert [one for one in good if not is_good(key, str(one))] == []
    assert [one for one in bad if is_good(key, one)] == []
