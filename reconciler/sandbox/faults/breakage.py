"""What a fault does to a call: to its reply, and to the bytes on the wire. Nothing else knows of faults."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .. import refusal
from ..api import subscribe, tokens
from ..context import Emulator, Reply
from ..errmsgs import text_of
from ..refusal import Refusal
from ..state.records import Template
from ..state.store import Store
from .garble import GARBLED
from .schedule import Fault, Faults, Shown

CONNECTION: Final = "reconciler.connection"  # in the scope's extensions
CONTENT_TYPE: Final = "application/json; encoding=utf-8"
"""Sic: what live replies say (wechat-api.md, "Common to all")"""


class Connection(Protocol):
    """What the server lets an app do to the connection that its request came by."""

    def say(self, raw: bytes) -> None:
        """Write these bytes, whatever they are."""

    def hang_up(self) -> None:
        """Close it, as soon as what was written is sent."""

    def hold(self) -> None:
        """Leave it without a reply until the client or the server ends."""


@dataclass(frozen=True)
class Call:
    """A call of the API: its name in faults, its token, and what the rules would do."""

    name: str
    token: str | None = field(repr=False)
    carry_out: Callable[[Emulator], Reply]
    is_form: bool = False
    newer: bool = False
    """Whether errors have a `rid` key, too"""


def reply(call: Call, fault: Fault | None, faults: Faults, emulator: Emulator) -> Reply:
    """The reply to a call, within the call's transaction."""
    if faults.look_back and faults.shown is None:
        faults.remember(_accounts(emulator))  # before the first call since they were set: as it was then
    if fault is None:
        return _undisturbed(call, faults, emulator)
    if fault.kind == "lag":
        return call.carry_out(_seeing(emulator, faults.shown or {}))
    if fault.kind == "forms":
        return call.carry_out(emulator) if call.is_form else _unseen(emulator, call)
    if fault.kind == "empty-list":
        return call.carry_out(_seeing(emulator, {}))
    carried_out = call.carry_out(emulator) if fault.after else _refused(emulator, call, -1)
    return _retold(call, fault, emulator, carried_out)


def _unseen(emulator: Emulator, call: Call) -> Reply:
    """What a gateway that takes only forms says of any other body."""
    return refusal.reply(subscribe.missing(call.name), emulator.now(), newer=call.newer)


def _undisturbed(call: Call, faults: Faults, emulator: Emulator) -> Reply:
    said = call.carry_out(emulator)
    if call.name == "list" and faults.look_back and said.get("errcode", 0) == 0:
        faults.remember(_accounts(emulator))
    return said


def _retold(call: Call, fault: Fault, emulator: Emulator, carried_out: Reply) -> Reply:
    if fault.kind == "dead-token":
        tokens.revoke(emulator, call.token)
        return _refused(emulator, call, 40001)
    if fault.errcode is not None:
        return _refused(emulator, call, fault.errcode)
    return carried_out


def _refused(emulator: Emulator, call: Call, code: int) -> Reply:
    return refusal.reply(Refusal(code, text_of(code)), emulator.now(), newer=call.newer)


def _accounts(emulator: Emulator) -> Shown:
    return {one: emulator.store.templates(*one) for one in emulator.store.accounts()}


def _seeing(emulator: Emulator, shown: Shown) -> Emulator:
    return replace(emulator, store=_Past(emulator.store, shown))


class _Past(Store):
    """A store, by the same connection and lock, whose accounts have the templates of another time."""

    def __init__(self, store: Store, shown: Shown) -> None:
        vars(self).update(vars(store))
        self._shown = shown

    def templates(self, appid: str, dialect: str) -> tuple[Template, ...]:
        return self._shown.get((appid, dialect), ())


async def send_reply(body: bytes, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
    """Sends the reply, or what the fault leaves of it.

    RuntimeError for a fault of the connection under another server than the sandbox's own.
    """
    kind = fault.kind if fault else ""
    if kind in ("drop", "hang", "cut", *GARBLED):
        await _break_connection(kind, body, scope, receive, send)
    elif fault and fault.status:
        await _page(fault.status)(scope, receive, send)
    else:
        body = b"" if kind == "empty" else body
        await Response(body, media_type=CONTENT_TYPE)(scope, receive, send)


def _page(status: int) -> Response:
    """What proxies and login pages between a client and WeChat say."""
    title = f"{status} from the proxy"
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Response(page, status, media_type="text/html")


async def _break_connection(kind: str, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    connection = _connection(kind, scope)
    if kind == "cut":
        whole = Response(body, media_type=CONTENT_TYPE)
        await send({"type": "http.response.start", "status": 200, "headers": whole.raw_headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    if kind in GARBLED:
        connection.say(GARBLED[kind](body))
    if kind == "hang":
        connection.hold()
    else:
        connection.hang_up()
    while (await receive())["type"] != "http.disconnect":
        pass  # to return before the connection is lost would be taken for a mistake, and answered 500


def _connection(kind: str, scope: Scope) -> Connection:
    connection: Connection | None = scope.get("extensions", {}).get(CONNECTION)
    if connection is None:
        raise RuntimeError(f"{kind} needs the sandbox's own server: serve the app with sandbox.server")
    return connection
