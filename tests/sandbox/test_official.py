"""The sandbox's template messages of service accounts, as wechat-api.md §3 has them: whole replies."""

import json
from typing import Any

import pytest

from reconciler.sandbox.routes import BUSINESS, create_app
from reconciler.sandbox.state.store import Store

from ..boxes import LIBRARY, OK, START, Box, Transport, refused

OLD = "/cgi-bin/template"
SEND = "/cgi-bin/message/template/send"
PAID = {"template_id_short": "40002", "keyword_name_list": ["购买时间", "购买地点"]}
CALLS = [path for path in BUSINESS if path.startswith(OLD)]


def listed(box: Box) -> Any:
    query = {"access_token": box.stable()["access_token"]}
    answer = box.ask("GET", f"{OLD}/get_all_private_template", query=query)
    assert (answer.status, answer.content_type) == (200, "application/json; encoding=utf-8")
    return answer.json


def post(box: Box, call: str, body: object) -> Any:
    return box.post(f"{OLD}/{call}", body, box.stable()["access_token"])


def add(box: Box, **more: object) -> Any:
    return post(box, "api_add_template", {**PAID, **more})


def test_a_template_of_the_old_form_is_listed_until_it_is_deleted(box: Box) -> None:
    """wechat-api.md §3: no errcode; lines without a name; full-width colons; \\r\\n in the example."""
    reply = add(box)
    assert reply == {**OK, "template_id": reply["template_id"]}
    assert listed(box) == {
        "template_list": [
            {
                "template_id": reply["template_id"],
                "title": "购买成功通知",
                "primary_industry": "IT科技",
                "deputy_industry": "互联网|电子商务",
                "content": "{{first.DATA}}\n购买时间：{{time3.DATA}}\n购买地点：{{thing2.DATA}}\n"
                "{{remark.DATA}}",
                "example": "购买时间：2016年6月6日\r\n购买地点：TIT造舰厂\r\n",
            }
        ]
    }
    assert post(box, "del_private_template", {"template_id": reply["template_id"]}) == OK
    assert listed(box) == {"template_list": []}


def test_one_of_the_new_form_has_named_lines_only(box: Box) -> None:
    add(box, template_id_short="40005", keyword_name_list=["付款金额", "收款方"])
    content = listed(box)["template_list"][0]["content"]
    assert [line.partition("：")[0] for line in content.splitlines()] == ["付款金额", "收款方"]


def test_the_same_again_gets_a_new_id(box: Box) -> None:
    ids = {add(box)["template_id"] for _ in range(3)}
    assert {one["template_id"] for one in listed(box)["template_list"]} == ids
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (
            {"template_id_short": "TM00001"},
            (40247, "the template library is closed, use a category template"),
        ),
        (
            {"template_id_short": "OPENTM1"},
            (40247, "the template library is closed, use a category template"),
        ),
        ({"template_id_short": "AT0002"}, (43100, "template not in library")),
        ({"template_id_short": 40002}, (43100, "template not in library")),
        ({"template_id_short": ""}, (43100, "template not in library")),
        ({"keyword_name_list": []}, (40246, "invalid keyword_name_list")),
        ({"keyword_name_list": None}, (40246, "invalid keyword_name_list")),
        ({"keyword_name_list": "购买时间"}, (40246, "invalid keyword_name_list")),
        ({"keyword_name_list": ["购买时间", "没有"]}, (40246, "invalid keyword_name_list")),
        (
            {"keyword_name_list": ["购买时间", "购买时间"]},
            (40246, "invalid keyword_name_list: a name stands twice"),
        ),
    ],
)
def test_add_refuses(box: Box, given: dict[str, object], error: tuple[int, str]) -> None:
    assert refused(add(box, **given)) == error
    assert listed(box) == {"template_list": []}


@pytest.mark.parametrize("names", [[["购买时间"]], [{"购买时间": 1}], [None]])
def test_names_that_are_no_text(box: Box, names: object) -> None:
    assert refused(add(box, keyword_name_list=names)) == (40246, "invalid keyword_name_list")


def test_a_full_account(transport: Transport) -> None:
    store = Store.memory()
    small = Box(transport, create_app(store, LIBRARY, limit=1, clock=lambda: START), store)
    add(small)
    assert refused(add(small)) == (45026, "template num exceeds limit")
    store.close()


@pytest.mark.parametrize("body", [{}, {"template_id": 7}, {"template_id": ""}, {"template_id": "x"}])
def test_del_refuses(box: Box, body: object) -> None:
    assert refused(post(box, "del_private_template", body)) == (40037, "invalid template_id")


def test_the_dialects_have_lists_of_their_own(box: Box) -> None:
    token = box.stable()["access_token"]
    other = box.post("/cgi-bin/wxopen/template/add", {"id": "AT0002", "keyword_id_list": [3]}, token)
    assert listed(box) == {"template_list": []}
    deleted = post(box, "del_private_template", {"template_id": other["template_id"]})
    assert refused(deleted) == (40037, "invalid template_id")


@pytest.mark.parametrize("body", [b"", b"{}", b"no json"])
def test_the_list_may_be_asked_for_by_post(box: Box, body: bytes) -> None:
    """Three families of clients do (wechat-api.md §7)."""
    template_id = add(box)["template_id"]
    query = {"access_token": box.stable()["access_token"]}
    reply = box.ask("POST", f"{OLD}/get_all_private_template", body, query).json
    assert reply == listed(box)
    assert [one["template_id"] for one in reply["template_list"]] == [template_id]
    put = box.ask("PUT", f"{OLD}/get_all_private_template", body, query).json
    assert refused(put) == (43001, "require GET method")


@pytest.mark.parametrize("path", [path for path in CALLS if not BUSINESS[path].post_too])
def test_the_method_is_required(box: Box, path: str) -> None:
    method, error = {
        "GET": ("POST", (43001, "require GET method")),
        "POST": ("GET", (43002, "require POST method")),
    }[BUSINESS[path].method]
    query = {"access_token": box.stable()["access_token"]}
    assert refused(box.ask(method, path, b"{}", query).json) == error


@pytest.mark.parametrize("content_type", [None, "json", "application/x-www-form-urlencoded"])
def test_the_content_type_says_nothing(box: Box, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    query = {"access_token": box.stable()["access_token"]}
    body = json.dumps(PAID).encode()
    assert box.ask("POST", f"{OLD}/api_add_template", body, query, headers).json["errcode"] == 0


# ------------------------------------------------------------------ sending

GOOD = {"time3": {"value": "10:00"}, "thing2": {"value": "TIT造舰厂"}, "first": {"value": "您好"}}


def send(box: Box, template_id: object, **more: object) -> Any:
    body = {"touser": "oUser", "template_id": template_id, "data": GOOD, **more}
    return box.post(SEND, body, box.stable()["access_token"])


def test_a_message_is_kept_as_the_user_sees_it(box: Box) -> None:
    template_id = add(box)["template_id"]
    assert send(box, template_id, url="https://example.com") == {**OK, "msgid": 1}
    assert send(box, template_id) == {**OK, "msgid": 2}
    assert box.account()["messages"][0] == {
        "touser": "oUser",
        "template_id": template_id,
        "title": "购买成功通知",
        "lines": [
            {"name": "购买时间", "key": "time3", "value": "10:00"},
            {"name": "购买地点", "key": "thing2", "value": "TIT造舰厂"},
        ],
        "url": "https://example.com",
        "msgid": 1,
    }


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"touser": None}, (40003, "invalid openid")),
        ({"template_id": "x"}, (40037, "invalid template_id")),
        *(
            ({"data": data}, (47003, "argument invalid! data.time3.value is empty"))
            for data in ([1], "", json.dumps(GOOD), None)
        ),
        ({"data": {"first": {"value": "x"}}}, (47003, "argument invalid! data.time3.value is empty")),
        (
            {"data": {"time3.DATA": {"value": "10:00"}, "thing2.DATA": {"value": "x"}}},
            (47003, "argument invalid! data.time3.value is empty"),
        ),
    ],
)
def test_send_refuses(box: Box, given: dict[str, object], error: tuple[int, str]) -> None:
    template_id = add(box)["template_id"]
    assert refused(send(box, **{"template_id": template_id, **given})) == error
    assert box.account()["messages"] == []


def test_keys_that_the_template_lacks_say_nothing(box: Box) -> None:
    template_id = add(box)["template_id"]
    data = {**GOOD, "keyword1": {"value": "x"}, "remark": {"value": "y"}, "thing2.DATA": {"value": "z"}}
    assert send(box, template_id, data=data) == {**OK, "msgid": 1}


def test_one_message_for_a_user_and_an_id_of_the_clients(box: Box) -> None:
    """wechat-api.md §7: within ten minutes; by the sandbox's clock."""
    template_id = add(box)["template_id"]

    def sent(client_msg_id: object, touser: str = "oUser") -> int:
        reply = send(box, template_id, touser=touser, client_msg_id=client_msg_id)
        assert reply == {**OK, "msgid": reply["msgid"]}
        return int(reply["msgid"])

    assert [sent("m1"), sent("m1"), sent("m2"), sent("m1", "oOther"), sent("m1")] == [1, 1, 2, 3, 1]
    box.advance(599)
    assert sent("m1") == 1
    box.advance(1)
    assert [sent("m1"), sent("m1")] == [4, 4]
    assert [sent(""), sent(""), sent(None), sent(None)] == [5, 6, 7, 8]
    kept = box.account()["messages"]
    assert [one.get("client_msg_id") for one in kept] == ["m1", "m2", "m1", "m1", *[None] * 4]


def test_a_message_that_is_refused_uses_no_id_up(box: Box) -> None:
    template_id = add(box)["template_id"]
    assert send(box, template_id, client_msg_id="m", data={})["errcode"] == 47003
    assert send(box, template_id, client_msg_id="m") == {**OK, "msgid": 1}
