"""wechatpy 1 drives a sandbox with its own methods, and its answers are printed (sandbox/test_clients.py).

It has the import name of wechatpy 2, hence a process of its own, with another PYTHONPATH.
It has no methods for `newtmpl`, nor one for an add with names of keywords: its `get` and `post`, which all
its methods are made of, stand in for them.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import wechatpy
from wechatpy import WeChatClient, WeChatClientException

from .detour import LIVE, diverted

NEWTMPL = f"{LIVE}/wxaapi/newtmpl"


def wxopen(client: Any) -> dict[str, Any]:
    titles = client.wxa.list_library_templates(0, 2)
    title = client.wxa.get_library_template("AT0002")
    ids = {keyword["name"]: keyword["keyword_id"] for keyword in title["keyword_list"]}
    place, time = ids["购买地点"], ids["购买时间"]
    kept = client.wxa.add_template("AT0002", [place, time])
    gone = client.wxa.add_template("AT0002", [time, place])
    listed = client.wxa.list_templates()
    deleted = client.wxa.del_template(gone)
    data = {"keyword1": {"value": "TIT造舰厂", "color": "#173177"}, "keyword2": {"value": "10:00"}}
    sent = client.wxa.send_template_message(
        "oUser", kept, data, "form1", page="index?foo=bar", emphasis_keyword="keyword1.DATA"
    )
    return {
        "titles": titles,
        "title": title,
        "added": [kept, gone],
        "listed": listed,
        "deleted": deleted,
        "sent": sent,
        "left": client.wxa.list_templates(),
    }


def subscribe(client: Any) -> dict[str, Any]:
    categories = client.get(f"{NEWTMPL}/getcategory")
    titles = client.get(f"{NEWTMPL}/getpubtemplatetitles", params={"ids": "616,668", "start": 0, "limit": 2})
    keywords = client.get(f"{NEWTMPL}/getpubtemplatekeywords", params={"tid": "2"})
    kept, gone = (
        client.post(f"{NEWTMPL}/addtemplate", data={"tid": 2, "kidList": kids, "sceneDesc": "支付"})
        for kids in ([3, 4], [4, 3])
    )
    listed = client.get(f"{NEWTMPL}/gettemplate")
    deleted = client.post(f"{NEWTMPL}/deltemplate", data={"priTmplId": gone["priTmplId"]})
    data = {"thing3": {"value": "TIT造舰厂"}, "time4": {"value": "10:00"}}
    sent = client.wxa.send_subscribe_message("oUser", kept["priTmplId"], data, page="index?foo=bar")
    return {
        "categories": categories["data"],
        "titles": titles,
        "keywords": keywords["data"],
        "added": [kept["priTmplId"], gone["priTmplId"]],
        "listed": listed["data"],
        "deleted": deleted,
        "sent": sent,
        "left": client.get(f"{NEWTMPL}/gettemplate")["data"],
    }


def official(client: Any) -> dict[str, Any]:
    path, body = "template/api_add_template", {"template_id_short": "40002"}
    kept, gone = (
        client.post(path, data={**body, "keyword_name_list": names})
        for names in (["购买时间", "购买地点"], ["购买地点", "购买时间"])
    )
    listed = client.template.get_all_private_template()
    deleted = client.template.del_private_template(gone["template_id"])
    data = {"first": {"value": "你好"}, "time3": {"value": "10:00"}, "thing2": {"value": "TIT造舰厂"}}
    sent = client.message.send_template("oUser", kept["template_id"], data, url="https://example.com/")
    return {
        "added": [kept["template_id"], gone["template_id"]],
        "listed": listed["template_list"],
        "deleted": deleted,
        "sent": sent,
        "left": client.template.get_all_private_template()["template_list"],
    }


def tokens(client: Any) -> dict[str, Any]:
    """Two calls; the test sees to it that the second finds the token dead."""
    return {"before": client.wxa.list_templates(), "after": client.wxa.list_templates()}


def refusals(client: Any) -> dict[str, Any]:
    """What is refused: of `add`, that it names no keywords."""
    return {
        "add": refusal(client.template.add, "40002"),
        "del": refusal(client.wxa.del_template, "x"),
        "send": refusal(client.wxa.send_subscribe_message, "oUser", "x", {}),
    }


def untyped(client: Any) -> dict[str, Any]:
    """What becomes of posts that leave without a Content-Type, as it sends them."""
    return {
        "add": refusal(client.post, f"{NEWTMPL}/addtemplate", data={"tid": "2", "kidList": [3, 4]}),
        "del": refusal(client.post, f"{NEWTMPL}/deltemplate", data={"priTmplId": "x"}),
    }


def credentials(client: Any) -> dict[str, Any]:
    return {"list": refusal(client.wxa.list_templates)}


def refusal(call: Any, *given: Any, **more: Any) -> Any:
    try:
        return {"reply": call(*given, **more)}
    except WeChatClientException as refused:
        return refused.errcode


def main() -> None:
    url, appid, secret, name = sys.argv[1:]
    client = diverted(WeChatClient(appid, secret), url, typed=name != "untyped")
    scenes = [wxopen, subscribe, official, tokens, refusals, untyped, credentials]
    replies = next(scene for scene in scenes if scene.__name__ == name)(client)
    sys.stdout.write(json.dumps({"client": f"wechatpy {wechatpy.__version__}", "replies": replies}))


if __name__ == "__main__":
    main()
