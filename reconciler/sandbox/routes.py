"""The routes: bytes to a rule, and its reply to bytes. Every answer is HTTP 200, as WeChat's are, unless it
was told to fail (`breakage`)."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from . import own_calls as inspection
from . import penalties, refusal
from .api import messages, notices, official, quota, subscribe, tokens, wxopen
from .context import Body, Emulator, Reply
from .faults import breakage
from .faults.schedule import Fault, Faults
from .fields import form, json_object
from .library import Library
from .refusal import Refusal
from .state.store import Store, StoreError

MOST_BYTES = 1024 * 1024

Rule = Callable[[Emulator, str, Body], Reply]


@dataclass(frozen=True)
class Api:
    """A call of WeChat's: the method it takes, what it is named in faults, its rule, and what it says while
    the interface is blocked, if it is among what is blocked."""

    method: str
    name: str
    rule: Rule
    blocked: penalties.Blocked | None = None
    post_too: bool = False
    """Whether the live API answers a POST alike, whatever its body (wechat-api.md §7)"""


_WXOPEN, _NEWTMPL, _OFFICIAL = "/cgi-bin/wxopen/template", "/wxaapi/newtmpl", "/cgi-bin/template"

NEWER = (_NEWTMPL, "/cgi-bin/message/subscribe/")
"""Where the subscription messages are: their errors have a `rid` key, too"""

# All with a token.
BUSINESS: Mapping[str, Api] = {
    f"{_WXOPEN}/library/list": Api("POST", "titles", wxopen.library_list),
    f"{_WXOPEN}/library/get": Api("POST", "get", wxopen.library_get),
    f"{_WXOPEN}/add": Api("POST", "add", wxopen.add, penalties.WXOPEN),
    f"{_WXOPEN}/list": Api("POST", "list", wxopen.account_list),
    f"{_WXOPEN}/del": Api("POST", "del", wxopen.delete),
    f"{_NEWTMPL}/getcategory": Api("GET", "categories", subscribe.categories),
    f"{_NEWTMPL}/getpubtemplatetitles": Api("GET", "titles", subscribe.titles),
    f"{_NEWTMPL}/getpubtemplatekeywords": Api("GET", "get", subscribe.keywords),
    f"{_NEWTMPL}/addtemplate": Api("POST", "add", subscribe.add, penalties.SUBSCRIBE_ADD),
    f"{_NEWTMPL}/gettemplate": Api("GET", "list", subscribe.account_list),
    f"{_NEWTMPL}/deltemplate": Api("POST", "del", subscribe.delete),
    f"{_OFFICIAL}/api_add_template": Api("POST", "add", official.add, penalties.OFFICIAL),
    f"{_OFFICIAL}/get_all_private_template": Api("GET", "list", official.account_list, post_too=True),
    f"{_OFFICIAL}/del_private_template": Api("POST", "del", official.delete),
    messages.SEND: Api("POST", "send", messages.send, penalties.WXOPEN),
    notices.SEND: Api("POST", "send", notices.send, penalties.SUBSCRIBE_SEND),
    notices.BIZ_SEND: Api("POST", "send", notices.biz_send, penalties.SUBSCRIBE_SEND),
    notices.OFFICIAL_SEND: Api("POST", "send", notices.official_send, penalties.OFFICIAL),
    quota.GET: Api("POST", "quota", lambda emulator, appid, body: quota.get(emulator, appid, body, BUSINESS)),
}

# All POST, without a token.
OPEN: Mapping[str, Callable[[Emulator, Body], Reply]] = {
    "/cgi-bin/stable_token": tokens.stable,
    "/_sandbox/forms": messages.submit_form,
    "/_sandbox/payments": messages.pay,
    "/_sandbox/subscriptions": notices.agree,
    "/_sandbox/clock": inspection.move_clock,
    "/_sandbox/violations": inspection.report_violation,
}

# What the calls are named in faults. The sandbox's own are not among them: they are never broken.
CALLS: Mapping[str, str] = {
    **{path: api.name for path, api in BUSINESS.items()},
    "/cgi-bin/token": "token",
    "/cgi-bin/stable_token": "token",
}


@dataclass(frozen=True)
class Ask:
    """A request as a value. It may hold a token: never printed."""

    method: str
    query: Mapping[str, str] = field(repr=False)
    path: Mapping[str, str]
    body: bytes = field(repr=False)
    content_type: str = ""

    @property
    def is_form(self) -> bool:
        return self.content_type.lower().startswith("application/x-www-form-urlencoded")


Handler = Callable[[Emulator, Ask], Reply]


def create_app(
    store: Store,
    library: Library,
    *,
    limit: int = 25,
    clock: Callable[[], float] = time.time,
    faults: Faults | None = None,
    penalties: bool = False,
) -> Starlette:
    """The sandbox as an ASGI app.

    `limit` is the number of templates that an account may hold. `faults` may be set anew at any time; those
    that break the connection (drop, hang, cut) or are no HTTP need the sandbox's own server. Without
    `penalties` nothing is a violation, and a block that the account has earned before is not enforced.
    """
    emulator = Emulator(store, library, limit, clock, penalties)
    faults = Faults() if faults is None else faults
    app = Starlette(
        routes=[
            Route(path, Endpoint(emulator, handler, faults, CALLS.get(path), path.startswith(NEWER)))
            for path, handler in _handlers(faults).items()
        ]
    )
    app.router.redirect_slashes = False  # a redirect would send the token on a second trip
    return app


@dataclass(frozen=True)
class Endpoint:
    """An ASGI app rather than a function: Starlette then lets every method through, and the rules answer."""

    emulator: Emulator
    handler: Handler
    faults: Faults
    call: str | None
    newer: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            body = await _body(request)
        except ClientDisconnect:
            return
        kind = request.headers.get("content-type", "")
        ask = Ask(request.method, request.query_params, request.path_params, body, kind)
        fault = self.faults.strike(self.call) if self.call else None
        text = json.dumps(self._answer(ask, fault), ensure_ascii=False, separators=(",", ":"))
        await breakage.send_reply(text.encode(), fault, scope, receive, send)

    def _answer(self, ask: Ask, fault: Fault | None) -> Reply:
        carry_out = partial(_replied, self.handler, ask, self.newer)
        try:
            with self.emulator.store.transaction():
                if self.call is None:
                    return carry_out(self.emulator)
                token = ask.query.get("access_token")
                call = breakage.Call(self.call, token, carry_out, ask.is_form, self.newer)
                return breakage.reply(call, fault, self.faults, self.emulator)
        except StoreError as error:
            return {"errcode": -1, "errmsg": f"system error: {error}"}


async def _body(request: Request) -> bytes:
    """The body, or one byte more than is allowed; the rest is dropped, but read: clients can finish."""
    body = b""
    async for chunk in request.stream():
        body = (body + chunk)[: MOST_BYTES + 1]
    return body


def _replied(handler: Handler, ask: Ask, newer: bool, emulator: Emulator) -> Reply:
    """Refusals are raised before anything but the count of calls is written, and that shall stay."""
    try:
        if len(ask.body) > MOST_BYTES:
            raise refusal.bad_format("the body is over 1 MiB")
        return handler(emulator, ask)
    except Refusal as refused:
        return refusal.reply(refused, emulator.now(), newer=newer)


def _handlers(faults: Faults) -> dict[str, Handler]:
    return {
        **{path: _business(path, api) for path, api in BUSINESS.items()},
        **{path: _open(rule) for path, rule in OPEN.items()},
        "/cgi-bin/token": _token,
        "/_sandbox/accounts/{appid}": _account,
        "/_sandbox/faults": _open(partial(inspection.set_faults, faults)),
        "/_sandbox/reset": partial(_reset, faults),
        "/{path:path}": _unknown,
    }


def _business(path: str, api: Api) -> Handler:
    newer = path.startswith(_NEWTMPL)

    def handle(emulator: Emulator, ask: Ask) -> Reply:
        if newer and ask.method != api.method:
            raise Refusal(404, "not found")
        if not (api.post_too and ask.method == "POST"):
            (_need_post if api.method == "POST" else _need_get)(ask)
        appid = tokens.holder(emulator, ask.query.get("access_token"))
        emulator.count(appid, path)
        if emulator.store.calls_on(appid, path, emulator.day()) > quota.limit(path):
            raise Refusal(45009, "reach max api daily quota limit")
        penalties.check(emulator, appid, api.blocked)
        if api.method == "GET":
            return api.rule(emulator, appid, ask.query)
        return api.rule(emulator, appid, _newer_body(api, ask) if newer else json_object(ask.body))

    return handle


def _newer_body(api: Api, ask: Ask) -> Body:
    """A form, or JSON that says so: without a Content-Type the live API sees no parameters (wechat-api.md
    §2)."""
    if not ask.content_type:
        raise subscribe.missing(api.name)
    return form(ask.body) if ask.is_form else json_object(ask.body)


def _open(rule: Callable[[Emulator, Body], Reply]) -> Handler:
    def handle(emulator: Emulator, ask: Ask) -> Reply:
        _need_post(ask)
        return rule(emulator, json_object(ask.body))

    return handle


def _token(emulator: Emulator, ask: Ask) -> Reply:
    _need_get(ask)
    return tokens.classic(emulator, ask.query)


def _account(emulator: Emulator, ask: Ask) -> Reply:
    _need_get(ask)
    return inspection.account(emulator, ask.path["appid"])


def _reset(faults: Faults, emulator: Emulator, ask: Ask) -> Reply:
    _need_post(ask)  # a body says nothing here: `curl -X POST` is enough
    return inspection.reset(faults, emulator)


def _unknown(emulator: Emulator, ask: Ask) -> Reply:
    raise Refusal(40066, "invalid url")  # the code of WeChat's table of return codes


def _need_post(ask: Ask) -> None:
    if ask.method != "POST":
        raise Refusal(43002, "require POST method")


def _need_get(ask: Ask) -> None:
    if ask.method != "GET":
        raise Refusal(43001, "require GET method")
