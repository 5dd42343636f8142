"""Requests and replies as values: what every dialect's functions take and give. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct, field

from ..core.errors import CallError, Problem
from ..core.messages import Said, Text
from ..core.values import Discreet
from . import errcodes
from .credential_names import PLAIN, CredentialNames

MAX_REPLY = 4 << 20
"""Bytes of a reply that are read; a list page is below 100 KB."""
MAX_NESTS = 200_000
"""Lists and objects in a reply: in memory an empty one takes thirty times its two bytes."""
MAX_SAID = 500
"""Characters of an error's text that are told"""


class OtherServer(Discreet, frozen=True):
    """Another server than the API's, and what is asked of it. All but its name may hold a secret."""

    name: Said
    """how errors and logs call it"""
    origin: str
    """scheme, host and port"""
    target: str
    """path and query"""
    headers: Mapping[str, str] = field(default_factory=dict)


class Request(Struct, frozen=True):
    """A call, without its token. `writes` marks those that change something."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    writes: bool = False
    token: bool = True
    """whether the call carries an access_token"""
    form_too: bool = False
    """some gateways take it as a form only"""
    form: bool = False
    """whether the body goes as a form"""
    server: OtherServer | None = None
    """the server that is asked, if it is not the API's; `path` is of no meaning then"""
    most: int = MAX_REPLY
    """bytes of the reply that are read"""
    meanings: Mapping[int, errcodes.Meaning] = field(default_factory=dict)
    """errcodes that mean something else here than elsewhere"""

    @property
    def call(self) -> Said:
        """The name of the call in errors and logs: never with its query, where the token is."""
        return f"{self.method} {self.path}" if self.server is None else self.server.name

    def content(self) -> bytes | None:
        """The body: raw UTF-8, since `\\u` escapes can be refused (wechat-api.md, "Common to all")."""
        if self.body is None:
            return None
        if self.form:
            return urlencode(list(_flat(self.body))).encode()
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def content_type(self) -> str | None:
        """What the body is; always said (wechat-api.md, "Common to all")."""
        if self.body is None:
            return None
        return "application/x-www-form-urlencoded" if self.form else "application/json"


def _flat(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A form's fields: lists as `kidList[0]=1&kidList[1]=2` (wechat-api.md §2)."""
    for name, value in body.items():
        if isinstance(value, list):
            yield from ((f"{name}[{index}]", one) for index, one in enumerate(value))
        else:
            yield name, value


class Reply(Struct, frozen=True):
    """A reply as it came: HTTP status, bytes and content type."""

    status: int
    content: bytes
    content_type: str = ""


class Exchange(Discreet, frozen=True):
    """A request and what came of it. It may hold secrets in all of its parts."""

    request: Request
    reply: Reply | None
    """None: there was none"""
    error: BaseException | None
    """why there was none"""
    seconds: float


Record = Callable[[Exchange], None]
"""Keeps an exchange, as --trace has it"""

Hide = Callable[[str], str]
"""Takes out of a server's words what is secret, should it have echoed it."""


def read(request: Request, reply: Reply, hide: Hide, names: CredentialNames = PLAIN) -> dict[str, Any]:
    """Read a reply that reports success: its JSON object.

    `errcode` is 0, absent, or a string on the live API, and the HTTP status is 200 even for errors
    (wechat-api.md, "Common to all"). `names` is what hints call the credentials. Raises CallError.
    """
    document = _object(request, reply)
    errcode = _errcode(document.get("errcode"))
    if errcode is None:
        raise bad_reply(request, Text("wechat.errcode-no-number"))
    if errcode != 0:
        raise refusal(request, document, errcode, hide, names)
    if reply.status != 200:
        raise bad_reply(request, Text("wechat.status", status=reply.status), passing=may_pass(reply))
    if not _is_text(reply, document):
        raise bad_reply(request, Text("wechat.half-surrogate"))
    return document


def bad_reply(request: Request, what: Text, *, passing: bool = False) -> CallError:
    """Explain a reply that can't be read; whether the call was carried out is not known."""
    text = Text("wechat.call-failed", call=request.call, what=what)
    problem = Problem("bad reply", text, None, Text("wechat.not-wechats"))
    return CallError(problem, executed=None, passing=passing)


def refusal(
    request: Request, document: Mapping[str, Any], errcode: int, hide: Hide, names: CredentialNames = PLAIN
) -> CallError:
    """Explain WeChat's refusal: the call, the code and its meaning, the rid, what to do."""
    errmsg = document.get("errmsg")
    errmsg = _said(hide(errmsg)) if isinstance(errmsg, str) else None
    meaning = errcodes.explain(errcode, errmsg or "", request.meanings)
    said = f" ({errmsg})" if errmsg else ""
    rid = document.get("rid")
    if isinstance(rid, str) and rid and rid not in said:
        said += f" rid: {_said(hide(rid))}"
    if meaning.means is None:
        text = Text("wechat.refused-unknown", call=request.call, errcode=errcode, said=said)
    else:
        text = Text("wechat.refused", call=request.call, errcode=errcode, means=meaning.means, said=said)
    return CallError(
        Problem(f"errcode {errcode}", text, None, meaning.advice(names)),
        reason=meaning.reason,
        errcode=errcode,
        # System-busy codes leave open whether the call was carried out (wechat-api.md §6).
        executed=None if errcode in errcodes.BUSY else False,
        passing=errcode in errcodes.BUSY | errcodes.MINUTE
        or (errcode in errcodes.ODD and not request.writes),
        document=document,
    )


def _said(text: str) -> str:
    """A word of the server's as a message has it: not endless, and no half of a surrogate pair in it."""
    return text[:MAX_SAID].encode("utf-8", "replace").decode()


def _object(request: Request, reply: Reply) -> dict[str, Any]:
    if reply.content.count(b"{") + reply.content.count(b"[") > MAX_NESTS:
        raise bad_reply(request, Text("wechat.too-nested", limit=MAX_NESTS))
    try:
        document = json.loads(reply.content.decode("utf-8-sig"), strict=False)
    except (ValueError, RecursionError):
        raise bad_reply(request, _not_json(reply), passing=may_pass(reply)) from None
    if not isinstance(document, dict):
        raise bad_reply(request, Text("wechat.no-object"))
    return document


def may_pass(reply: Reply) -> bool:
    """Whether the next reply may be readable, where this one is not: after HTTP 5xx, 408 (time-out), 429
    (limit), or a body that was cut short."""
    return reply.status in (200, 408, 429) or reply.status >= 500


def _is_text(reply: Reply, document: dict[str, Any]) -> bool:
    """Whether its strings can be written again: `\\ud800` is JSON, but no character."""
    try:
        return b"\\ud" not in reply.content.lower() or bool(json.dumps(document, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        return False


def _not_json(reply: Reply) -> Text:
    start = reply.content[:200].lstrip().lower()
    if not reply.content.strip():
        what = Text("wechat.empty-reply")
    elif start.startswith((b"<!doctype", b"<html", b"<?xml")) or "html" in reply.content_type:
        what = Text("wechat.html")
    elif start.startswith((b"{", b"[")):
        what = Text("wechat.damaged-json")
    else:
        what = Text("wechat.no-json")
    return what if reply.status == 200 else Text("wechat.status-and", status=reply.status, what=what)


def _errcode(value: Any) -> int | None:
    if value is None:
        return 0
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return int(value) if isinstance(value, str) and len(value) < 12 else None
    except ValueError:
        return None
