"""wechatpy 2, which nobody here wrote, drives the sandbox with its own methods over real HTTP.

It is unchanged: on its way out, a request for WeChat goes to the sandbox, and a post of the newer API gets
the Content-Type that the live API insists on and wechatpy leaves out (wechat-api.md §5). wechatpy 1 and the
clients of other languages are in test_clients.py.
"""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import requests

from reconciler.sandbox.accounts import APPID, SECRET

from ..clients.detour import diverted

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what it imports is not ours to mend
    from wechatpy import WeChatClient, WeChatClientException


def client_of(url: str, *, typed: bool = True) -> Any:
    return diverted(WeChatClient(APPID, SECRET), url, typed=typed)


@pytest.fixture
def client(sandbox: str) -> Any:
    return client_of(sandbox)


def test_templates_of_the_original_api(client: Any) -> None:
    assert client.wxa.list_library_templates(0, 2)["list"][0] == {"id": "AT0002", "title": "购买成功通知"}
    keywords = client.wxa.get_library_template("AT0002")["keyword_list"]
    ids = {keyword["name"]: keyword["keyword_id"] for keyword in keywords}
    template_id = client.wxa.add_template("AT0002", [ids["购买地点"], ids["物品名称"]])
    listed = client.wxa.list_templates()
    assert [one["template_id"] for one in listed] == [template_id]
    assert listed[0]["content"] == "购买地点{{keyword1.DATA}}\n物品名称{{keyword2.DATA}}\n"
    data = {"keyword1": {"value": "TIT造舰厂"}, "keyword2": {"value": "咖啡"}}
    sent = client.wxa.send_template_message(
        "oUser", template_id, data, "form1", emphasis_keyword="keyword1.DATA"
    )
    assert sent == {"errcode": 0, "errmsg": "ok"}
    client.wxa.del_template(template_id)
    assert client.wxa.list_templates() == []


def test_subscription_messages(client: Any) -> None:
    assert client.template.get_category()[0] == {"id": 616, "name": "公交"}
    count, keywords = client.template.get_subscribe_message_template_keywords("2")
    assert (count, keywords[0]["name"], keywords[0]["rule"]) == (len(keywords), "购买地点", "thing")
    template_id = client.template.add_subscribe_message_template("2", [3, 4], "支付")
    listed = client.template.get_subscribe_message_templates()
    assert [(one["priTmplId"], one["content"]) for one in listed] == [
        (template_id, "购买地点:{{thing3.DATA}}\n购买时间:{{time4.DATA}}\n")
    ]
    data = {"thing3": {"value": "TIT造舰厂"}, "time4": {"value": "10:00"}}
    assert client.wxa.send_subscribe_message("oUser", template_id, data) == {"errcode": 0, "errmsg": "ok"}
    client.template.del_subscribe_message_template(template_id)
    assert client.template.get_subscribe_message_templates() == []


def test_template_messages_of_a_service_account(client: Any) -> None:
    body = {"template_id_short": "40002", "keyword_name_list": ["购买时间", "购买地点"]}
    template_id = client.post("template/api_add_template", data=body)["template_id"]
    listed = client.template.get_all_private_template()["template_list"]
    assert [one["template_id"] for one in listed] == [template_id]
    data = {"time3": {"value": "10:00"}, "thing2": {"value": "TIT造舰厂"}}
    assert client.message.send_template("oUser", template_id, data)["msgid"] == 1
    client.template.del_private_template(template_id)
    assert client.template.get_all_private_template()["template_list"] == []


def refusal(call: Any, *given: Any) -> tuple[int, str]:
    with pytest.raises(WeChatClientException) as caught:
        call(*given)
    return caught.value.errcode, caught.value.errmsg.partition(" rid:")[0]


def test_what_the_live_api_refuses_of_it_is_refused_here(client: Any, sandbox: str) -> None:
    """It sends no ids of categories, no names of keywords, and without the detour no Content-Type."""
    titles = client.template.get_subscribe_message_template_titles
    assert refusal(titles) == (200018, "missing ids")
    assert refusal(client.template.add, "40002") == (40246, "invalid keyword_name_list")
    bare = client_of(sandbox, typed=False).template
    added = bare.add_subscribe_message_template
    assert refusal(added, "2", [3, 4], "支付") == (200014, "missing parameter tid")
    deleted = bare.del_subscribe_message_template
    assert refusal(deleted, "x") == (200014, "missing parameter priTmplId")


def test_a_token_that_has_died_is_replaced_by_it(client: Any, sandbox: str) -> None:
    assert client.wxa.list_templates() == []
    requests.post(f"{sandbox}/_sandbox/faults", json={"faults": ["list@1=dead-token"]}, timeout=10)
    assert client.wxa.list_templates() == []
