"""Sending (the page, "send" and "conditions"; wechat-api.md §1).

A message needs an act of its user: a submitted form allows one, a payment three, each within 7 days.
In the sandbox the act is a call of `/_sandbox/forms` or `/_sandbox/payments`. And so that clients with
made-up ids can be tried unchanged, an id never seen before counts as an act of just now.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from .. import penalties
from ..accounts import APPID, secret_of
from ..context import DAY_SECONDS, Body, Emulator, Reply, ok
from ..fields import absent, seconds, text
from ..refusal import Refusal, bad_format
from ..state.records import Message, Pass, PassKind, Template

SEND = "/cgi-bin/message/wxopen/template/send"
VALID_SECONDS = 7 * DAY_SECONDS
ALLOWED: Mapping[PassKind, int] = {"form": 1, "payment": 3, "subscription": 1}
MOCK_FORM_ID = "the formId is a mock one"  # what the developer tools hand out instead of a form_id
BLACK = "#000000"
LONGEST_ID = 128
LONGEST_PAGE = 1024

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
BLANK = re.compile(r"[\s\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Line:
    name: str
    value: str
    color: str


def send(emulator: Emulator, appid: str, body: Body) -> Reply:
    touser = user(body)
    template = _template(emulator, appid, body)
    message: dict[str, object] = {
        "touser": touser,
        "template_id": template.template_id,
        "title": template.title,
        "lines": [vars(line) for line in _lines(template, body)],
        "page": page(body),
        "emphasis": _emphasis(template, body),
        "form_id": _use_pass(emulator, appid, touser, body),
    }
    keep(emulator, appid, template, message)
    return ok()


def keep(emulator: Emulator, appid: str, template: Template, content: Mapping[str, object]) -> None:
    """A message that has gone out, of whichever API; it may turn out to be a violation."""
    emulator.store.add_message(Message(appid, template.dialect, emulator.now(), content))
    penalties.watch(emulator, appid, template, content)


def submit_form(emulator: Emulator, body: Body) -> Reply:
    return ok(form_id=_act(emulator, body, "form", secrets.token_hex(16)))


def pay(emulator: Emulator, body: Body) -> Reply:
    return ok(prepay_id=_act(emulator, body, "payment", f"wx{secrets.token_hex(16)}"))


def _act(emulator: Emulator, body: Body, kind: PassKind, pass_id: str) -> str:
    since = emulator.now() - seconds(body, "age_seconds", least=0)
    emulator.store.put_pass(acting_account(body), Pass(pass_id, kind, user(body), since))
    return pass_id


def acting_account(body: Body) -> str:
    """Whose user acts."""
    appid = body.get("appid", APPID)
    if not isinstance(appid, str) or secret_of(appid) is None:
        raise Refusal(40013, "invalid appid")
    return appid


def user(body: Body) -> str:
    """Whom it is for."""
    touser = text(body, "touser")
    if touser is None or len(touser) > LONGEST_ID:
        raise Refusal(40003, "invalid openid")
    return touser


def _template(emulator: Emulator, appid: str, body: Body) -> Template:
    template_id = text(body, "template_id")
    template = emulator.store.template(appid, "wxopen", template_id) if template_id else None
    if template is None:
        raise Refusal(40037, "invalid template_id")
    return template


def _lines(template: Template, body: Body) -> list[Line]:
    """What the user reads. Keys that the template lacks say nothing."""
    data = body.get("data")
    if absent(data):
        data = {}
    if not isinstance(data, dict):
        # As the newer APIs say (wechat-api.md §7); of this one nobody has told.
        raise Refusal(47003, "argument invalid! data.keyword1.value is empty")
    keywords = enumerate(template.keywords, start=1)
    return [_line(keyword.name, f"keyword{n}", data.get(f"keyword{n}")) for n, keyword in keywords]


def _line(name: str, key: str, given: object) -> Line:
    """Without a value the line is empty, without a color it is black (the page)."""
    if given is None:
        return Line(name, "", BLACK)
    if not isinstance(given, dict):
        raise bad_format(f"data.{key} must be an object")
    value, color = given.get("value"), given.get("color")
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise bad_format(f"data.{key}.value must be a string")
    if not isinstance(color, str | None):
        raise bad_format(f"data.{key}.color must be a string")
    return Line(name, "" if value is None else str(value), color or BLACK)


def page(body: Body) -> str | None:
    """A path inside the mini program, such as `index?foo=bar`; without one the message links nowhere."""
    path = body.get("page")
    if absent(path):
        return None
    if not isinstance(path, str) or len(path) > LONGEST_PAGE or SCHEME.match(path) or BLANK.search(path):
        raise Refusal(41030, "invalid page")
    return path


def _emphasis(template: Template, body: Body) -> str | None:
    """The key of the enlarged line, given as `keyword1.DATA`."""
    given = body.get("emphasis_keyword")
    if absent(given):
        return None
    keys = [f"keyword{n}" for n in range(1, len(template.keywords) + 1)]
    for key in keys:
        if given == f"{key}.DATA":
            return key
    raise bad_format("emphasis_keyword must name a placeholder of the template, such as keyword1.DATA")


def _use_pass(emulator: Emulator, appid: str, touser: str, body: Body) -> str:
    """Takes one message off the user's act; last of all checks, so that a refused call costs nothing."""
    form_id = text(body, "form_id")
    if form_id is None or form_id == MOCK_FORM_ID or len(form_id) > LONGEST_ID:
        raise Refusal(41028, "invalid form id")
    now = emulator.now()
    found = emulator.store.get_pass(appid, form_id) or Pass(form_id, _kind(form_id), touser, now)
    if found.touser != touser or now > found.since + VALID_SECONDS:
        raise Refusal(41028, "invalid form id")
    if found.used >= ALLOWED[found.kind]:
        raise Refusal(41029, "form id used count reach limit")
    emulator.store.put_pass(appid, replace(found, used=found.used + 1))
    return form_id


def _kind(form_id: str) -> PassKind:
    return "payment" if form_id.startswith(("wx", "prepay")) else "form"
