"""Sending through the newer APIs (wechat-api.md §2; of `official` they tell nothing, and it is held alike).

A subscription message needs its user's consent, once for each, or once for all of a lasting title. In the
sandbox that is a call of `/_sandbox/subscriptions`; and so that clients can be tried unchanged, a user who
was never asked about a template counts as one who has just agreed.
"""

from collections.abc import Sequence
from dataclasses import replace

from .. import title_rules as derived
from .. import values
from ..context import Body, Emulator, Reply, ok
from ..fields import absent, text
from ..library import Keyword
from ..refusal import Refusal, invalid_args
from ..state.records import Message, Pass, Template
from . import messages, official, subscribe

SEND = "/cgi-bin/message/subscribe/send"
BIZ_SEND = "/cgi-bin/message/subscribe/bizsend"
OFFICIAL_SEND = "/cgi-bin/message/template/send"
STATES = ("developer", "trial", "formal")
REPEATS_FOR = 600
"""Seconds for which a client_msg_id is good for one message"""
LANGUAGES = ("zh_CN", "en_US", "zh_HK", "zh_TW")


def send(emulator: Emulator, appid: str, body: Body) -> Reply:
    """A subscription message."""
    touser, template = _addressed(emulator, appid, body, subscribe.DIALECT)
    if subscribe.is_card(template):
        raise Refusal(40037, "invalid template_id")  # a guess: how it is refused nobody has told
    lines = _lines(template, body)
    page = messages.page(body)
    state, language = _one_of(body, "miniprogram_state", STATES), _one_of(body, "lang", LANGUAGES)
    _use_consent(emulator, appid, touser, template)
    more = {"page": page, "miniprogram_state": state or "formal", "lang": language or "zh_CN"}
    messages.keep(emulator, appid, template, _message(touser, template, lines, **more))
    return ok()


def biz_send(emulator: Emulator, appid: str, body: Body) -> Reply:
    """A subscription notice of a service account (wechat-api.md §7): it leads to a web page or into a mini
    program, and is held as a subscription message is."""
    touser, template = _addressed(emulator, appid, body, subscribe.DIALECT)
    if subscribe.is_card(template):
        raise Refusal(40037, "invalid template_id")  # a guess, as above
    lines = _lines(template, body)
    _use_consent(emulator, appid, touser, template)
    more = {"page": text(body, "page"), **_miniprogram(body)}
    messages.keep(emulator, appid, template, _message(touser, template, lines, **more))
    return ok()


def official_send(emulator: Emulator, appid: str, body: Body) -> Reply:
    """A template message of a service account; the sentences around it may be left out."""
    touser, template = _addressed(emulator, appid, body, official.DIALECT)
    lines = _lines(template, body)
    own = text(body, "client_msg_id")
    if own is not None and (sent := _sent_before(emulator, appid, touser, own)):
        return ok(msgid=sent.content.get("msgid"))  # a guess: only that none is sent again is known
    number = len(emulator.store.messages(appid)) + 1
    more = {**_miniprogram(body), **({} if own is None else {"client_msg_id": own}), "msgid": number}
    messages.keep(emulator, appid, template, _message(touser, template, lines, url=text(body, "url"), **more))
    return ok(msgid=number)


def _sent_before(emulator: Emulator, appid: str, touser: str, client_msg_id: str) -> Message | None:
    """The message to this user that went out under the same id in the last ten minutes (wechat-api.md §7)."""
    recent = emulator.store.messages(appid, since=emulator.now() - REPEATS_FOR)
    same = {"touser": touser, "client_msg_id": client_msg_id}
    return next((one for one in recent if same.items() <= one.content.items()), None)


def _miniprogram(body: Body) -> dict[str, object]:
    """The mini program that the message leads to, if it does: its appid and the page."""
    given = body.get("miniprogram")
    if not isinstance(given, dict) or absent(given.get("appid")):
        return {}
    return {
        "miniprogram": {name: given[name] for name in ("appid", "pagepath") if not absent(given.get(name))}
    }


def agree(emulator: Emulator, body: Body) -> Reply:
    """A user allows a message more: `{"touser": …, "template_id": …}`, and an `appid` if it is another's."""
    appid, touser = messages.acting_account(body), messages.user(body)
    template_id = text(body, "template_id") or ""
    template = emulator.store.template(appid, subscribe.DIALECT, template_id)
    if template is None or subscribe.is_card(template):
        raise Refusal(40037, "invalid template_id")
    there = emulator.store.get_pass(appid, _consent(touser, template_id))
    left = 0 if there is None else there.used - 1
    emulator.store.put_pass(
        appid, Pass(_consent(touser, template_id), "subscription", touser, emulator.now(), left)
    )
    return ok()


def _addressed(emulator: Emulator, appid: str, body: Body, dialect: str) -> tuple[str, Template]:
    touser = messages.user(body)
    template_id = text(body, "template_id")
    template = emulator.store.template(appid, dialect, template_id) if template_id else None
    if template is None:
        raise Refusal(40037, "invalid template_id")
    return touser, template


def _lines(template: Template, body: Body) -> list[dict[str, object]]:
    """What the user reads: a good value for each key of the template. Other keys say nothing, and what is no
    object has none of them (wechat-api.md §7)."""
    given = body.get("data")
    data = given if isinstance(given, dict) else {}
    keys = derived.keys(template)
    return [
        {
            "name": keyword.name,
            "key": key,
            "value": _value(keyword, key, data.get(key)),
            **_color(data.get(key)),
        }
        for keyword, key in zip(template.keywords, keys, strict=True)
    ]


def _color(given: object) -> dict[str, object]:
    color = given.get("color") if isinstance(given, dict) else None
    return {} if absent(color) else {"color": color}


def _value(keyword: Keyword, key: str, given: object) -> str:
    value = given.get("value") if isinstance(given, dict) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if absent(value):
        raise Refusal(47003, f"argument invalid! data.{key}.value is empty")
    listed = not derived.is_enumeration(key) or keyword.example in ("", value)
    if not isinstance(value, str) or not listed or not values.is_good(key, value):
        raise Refusal(47003, f"argument invalid! data.{key}.value invalid")
    return value


def _one_of(body: Body, name: str, allowed: Sequence[str]) -> str | None:
    value = body.get(name)
    if absent(value):
        return None
    if not isinstance(value, str) or value not in allowed:
        raise invalid_args(f"{name} must be one of {', '.join(allowed)}")
    return value


def _use_consent(emulator: Emulator, appid: str, touser: str, template: Template) -> None:
    """Takes one message off what the user has agreed to; last of all checks."""
    if derived.is_lasting(template.title_id):
        return
    pass_id = _consent(touser, template.template_id)
    found = emulator.store.get_pass(appid, pass_id) or Pass(pass_id, "subscription", touser, emulator.now())
    if found.used >= 1:
        raise Refusal(43101, "user refuse to accept the msg")
    emulator.store.put_pass(appid, replace(found, used=found.used + 1))


def _consent(touser: str, template_id: str) -> str:
    return f"{template_id} {touser}"


def _message(touser: str, template: Template, lines: object, **more: object) -> dict[str, object]:
    """What is kept of a message."""
    about = {"touser": touser, "template_id": template.template_id, "title": template.title}
    return {**about, "lines": lines, **more}
