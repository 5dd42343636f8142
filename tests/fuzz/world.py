"""Where the damage is done: scenes of a templates.yaml, a lock and an account; a server that can lie."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import io
import json
import os
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, settings

from reconciler.cli import main
from reconciler.cli.options import command_of
from reconciler.sandbox import library
from reconciler.sandbox.accounts import APPID, SECRET
from reconciler.sandbox.faults.breakage import CONNECTION
from reconciler.sandbox.faults.garble import GARBLED
from reconciler.sandbox.routes import CALLS as NAMES
from reconciler.sandbox.routes import create_app
from reconciler.sandbox.state.records import Template
from reconciler.sandbox.state.store import Store

from ..shapes import fits
from ..sweep.dialects import DIALECTS, Dialect
from ..tools import Result
from .mutations import Recipe, carried_out

CALLS = ("--settle", "0", "--timeout", "5", "--retries", "0")
"""What every command that calls gets: nobody waits"""


def budget(examples: int) -> settings:
    """As many examples where the profile says 100; any profile but the default's tries in proportion."""
    profile = settings.get_profile(settings.get_current_profile_name())
    return settings(
        max_examples=examples * profile.max_examples // 100,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
        ],
    )


YAML, LOCK, PLAN = Path("templates.yaml"), Path("templates.lock.json"), Path("plan.json")
LIST, GET, ADD, DEL, TOKEN = "list", "get", "add", "del", "token"
HIDDEN = Path(".reconciler/.gitignore")
BUSY = (-1, 20001, 200001)

_LIBRARY = library.load(None)

Messages = list[MutableMapping[str, Any]]


# ---------------------------------------------------------------- the server


@dataclass(frozen=True)
class Fault:
    """What happens to the n-th reply of a call."""

    call: str
    nth: int
    recipe: Recipe = ()
    status: int = 200
    kind: str = "application/json; encoding=utf-8"
    packed: str = "no"
    """"gzip"; "twice"; or "claimed": it says so and is not"""
    garbled: str | None = None
    """no HTTP, as the sandbox's fault of this name has it"""
    done: bool = True
    """whether the server does what it was asked, whatever it then answers"""


@dataclass(repr=False)
class Disturbed:
    """The emulator over a fresh account, with at most one fault between it and the client."""

    url: str = ""
    spoken: str = "wxopen"
    store: Store = field(default_factory=Store.memory)
    fault: Fault | None = None
    seen: int = 0
    lied: str | None = None
    """the call whose reply could be read and was not the true one"""
    secrets: set[str] = field(default_factory=lambda: {SECRET})

    def __post_init__(self) -> None:
        self._one = asyncio.Lock()
        self.begin(())

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text("<the server>")

    def begin(
        self, templates: Sequence[Template], fault: Fault | None = None, spoken: str = "wxopen"
    ) -> None:
        self.spoken = spoken
        self.store.close()
        self.store = Store.memory()
        self.secrets = {SECRET}
        for one in templates:
            self.store.add_template(APPID, one)
        self._app = create_app(self.store, _LIBRARY)
        self.disturb(fault)

    def close(self) -> None:
        self.store.close()

    def disturb(self, fault: Fault | None) -> None:
        self.fault, self.seen, self.lied = fault, 0, None

    @property
    def templates(self) -> tuple[Template, ...]:
        return self.store.templates(APPID, self.spoken)

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        said = Messages()

        async def keep(message: MutableMapping[str, Any]) -> None:
            said.append(message)

        async with self._one:  # what is undone must not be another call's doing
            before = self.templates
            await self._app(scope, receive, keep)
            content = b"".join(message.get("body", b"") for message in said)
            self._remember(content)
            reply = self._reply(scope, content, before)
        if isinstance(reply, str):
            await garbled(reply, content, scope, receive)
            return
        for message in reply:
            await send(message)

    def _remember(self, content: bytes) -> None:
        token = json.loads(content).get("access_token")
        self.secrets |= {token} if token else set()

    def _reply(
        self, scope: MutableMapping[str, Any], content: bytes, before: Sequence[Template]
    ) -> Messages | str:
        fault = self.fault
        if fault is None or NAMES.get(scope["path"]) != fault.call:
            return _http(200, content, "application/json")
        self.seen += 1
        if self.seen != fault.nth:
            return _http(200, content, "application/json")
        return self._disturbed(fault, content, before)

    def _disturbed(self, fault: Fault, content: bytes, before: Sequence[Template]) -> Messages | str:
        if fault.garbled is not None:
            if not fault.done:
                self._undo(before)
            return fault.garbled
        told = carried_out([self._filled(step) for step in fault.recipe], content)
        truth, errcode = _read(content), _errcode(_read(told))
        if not fault.done or (errcode not in (None, 0, *BUSY)):
            self._undo(before)
        if _read(told) is not None and errcode in (None, 0) and (_read(told) != truth or not fault.done):
            self.lied = fault.call
        times = {"gzip": 1, "twice": 2}.get(fault.packed, 0)
        packed = told
        for _ in range(times):
            packed = gzip.compress(packed)
        encoding = ", ".join(["gzip"] * max(times, fault.packed != "no"))
        return _http(fault.status, packed, fault.kind, encoding=encoding)

    def _filled(self, step: Any) -> Any:
        """The step with what only this server knows: a token to echo, another template's id."""
        ids = [one.template_id for one in self.templates] or ["nobody"]
        text = step.text.replace("@token", max(self.secrets, key=len)).replace("@id", ids[step.to % len(ids)])
        return step._replace(text=text)

    def _undo(self, before: Sequence[Template]) -> None:
        """A server that says no has done nothing; all others may lie."""
        now = self.templates
        for one in now:
            if one not in before:
                self.store.delete_template(APPID, self.spoken, one.template_id)
        for one in before:
            if one not in now:
                self.store.add_template(APPID, one)


SAID = ('"@token"', f'"{SECRET}"', f'"appsecret={SECRET}&access_token=@token"', '"@id"', '" @id"', '"@id "')
"""What only a server can answer: what it was told in confidence, and the id of another template"""


async def garbled(kind: str, content: bytes, scope: Any, receive: Any) -> None:
    """Send what is no HTTP, and hang up."""
    connection = scope["extensions"][CONNECTION]
    connection.say(GARBLED[kind](content))
    connection.hang_up()
    while (await receive())["type"] != "http.disconnect":
        pass


def _http(status: int, content: bytes, kind: str, *, encoding: str = "") -> Messages:
    content = b"" if status in (204, 304) else content
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(content)).encode())]
    headers += [(b"content-encoding", encoding.encode())] if encoding else []
    headers += [(b"location", b"/elsewhere")] if 300 <= status < 400 else []
    return [
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": content},
    ]


def _read(content: bytes) -> dict[str, Any] | None:
    """A reply as a generous reader takes it; None where there is nothing to be had."""
    try:
        document = json.loads(content.decode("utf-8-sig"), strict=False)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _errcode(document: dict[str, Any] | None) -> int | None:
    value = (document or {}).get("errcode")
    try:
        return int(value) if isinstance(value, int | str) else None
    except ValueError:
        return None


# ---------------------------------------------------------------- scenes


@dataclass(frozen=True, repr=False)
class Scene:
    """What is there before a command: two files and an account; `deletes` are what apply should delete."""

    yaml: str
    lock: bytes | None
    templates: tuple[Template, ...]
    deletes: frozenset[str] = frozenset()
    truth: Any = None
    """the undisturbed plan"""
    spoken: str = "wxopen"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(f"<a scene with {len(self.templates)} templates>")

    @property
    def looks(self) -> list[tuple[str, tuple[str, ...]]]:
        """What the file wants, as the account has it."""
        wanted = yaml.safe_load(self.yaml)["templates"].values()
        return [(one["id"], tuple(one["keywords"])) for one in wanted]

    def lay(self, server: Disturbed, fault: Fault | None = None, lock: bytes | None = None) -> None:
        """Put it there, in an empty folder."""
        clear()
        YAML.write_text(self.yaml, "utf-8")
        lock = self.lock if lock is None else lock
        if lock is not None:
            LOCK.write_bytes(lock)
        server.begin(self.templates, fault, self.spoken)


_OLD = """\
version: 1
max_deletes: 5
templates:
  kept: {id: AT0002, keywords: [购买地点, 购买时间]}
  replaced: {id: AT0003, keywords: [商品名称, 订单编号]}
  before: {id: AT0006, keywords: [失败原因, 付款金额]}
  removed: {id: AT0013, keywords: [退款金额, 退款方式]}
"""
_NEW = """\
version: 1
max_deletes: 5
templates:
  kept: {id: AT0002, title: 购买成功通知, keywords: [购买地点, 购买时间]}
  replaced: {id: AT0003, keywords: [商品名称, 失败原因]}
  after: {id: AT0006, keywords: [失败原因, 付款金额]}
  adopted: {id: AT0005, keywords: [付款时间, 付款金额]}
  new: {id: AT0002, keywords: [购买人, 购买地点]}
"""
_STRANGERS = """\
version: 1
templates:
  one: {id: AT0005, keywords: [付款时间, 付款金额]}
  two: {id: AT0009, keywords: [取消时间, 取消原因]}
"""
_FEW = """\
version: 1
templates:
  first: {id: AT0002, keywords: [购买地点, 购买时间]}
  second: {id: AT0003, keywords: [商品名称, 失败原因]}
"""
_ADOPT = _STRANGERS + "prune: all\n"


def build(server: Disturbed) -> dict[str, Scene]:
    """The scenes, made by the program itself: what an earlier apply has left, and what is wanted now.

    Those of the newer dialects have their dialect before their name.
    """
    return {
        name if spoken == "wxopen" else f"{spoken}:{name}": scene
        for spoken in DIALECTS
        for name, scene in _scenes(server, spoken).items()
    }


def _scenes(server: Disturbed, spoken: str) -> dict[str, Scene]:
    def scene(text: str, lock: bytes | None = None, templates: tuple[Template, ...] = ()) -> Scene:
        return Scene(_said(text, DIALECTS[spoken]), lock, templates, spoken=spoken)

    strangers = _applied(server, scene(_STRANGERS)).templates
    old = _applied(server, scene(_OLD))
    busy = scene(_NEW, old.lock, (*old.templates, *strangers))
    scenes = {
        "fresh": scene(_FEW),
        "busy": busy,
        "sweeping": replace(busy, yaml=busy.yaml + "prune: all\n"),
        "settled": _applied(server, busy),
        "strangers": scene(_FEW, None, strangers),
        "adopting": scene(_ADOPT, None, (*strangers, *old.templates[:2])),
    }
    return {name: _planned(server, one) for name, one in scenes.items()}


def _said(text: str, dialect: Dialect) -> str:
    """The file in another dialect, with titles where no library tells them."""
    if dialect.name == "wxopen":
        return text

    def entry(match: re.Match[str]) -> str:
        title = dialect.titles[match[1]]
        return f'id: "{title.id}", title: {title.title}, keywords'

    text = re.sub("id: (AT[0-9]+),(?: title: [^,]+,)? keywords", entry, text)
    return text.replace("version: 1\n", f"version: 1\ndialect: {dialect.name}\n")


def _applied(server: Disturbed, scene: Scene) -> Scene:
    scene.lay(server)
    assert run("apply", "--yes", *CALLS).code == 0
    return replace(scene, lock=LOCK.read_bytes(), templates=server.templates)


def _planned(server: Disturbed, scene: Scene) -> Scene:
    scene.lay(server)
    truth = run("plan", "--format", "json", *CALLS).json
    actions = truth["accounts"][0]["actions"]
    deletes = frozenset(one["template_id"] for one in actions if one["action"] == "delete")
    return replace(scene, deletes=deletes, truth=truth)


# ---------------------------------------------------------------- commands, and what holds for all of them


def clear() -> None:
    for one in Path().iterdir():
        shutil.rmtree(one) if one.is_dir() else one.unlink()
    shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)


def kept() -> list[bytes]:
    """What is kept of the library's answers."""
    return [one.read_bytes() for one in Path(os.environ["XDG_CACHE_HOME"]).rglob("*") if one.is_file()]


def disk() -> dict[str, bytes]:
    """Every file and what is in it, but for what hides the folder of our own: who holds a lock makes that."""
    found = (one for one in sorted(Path().rglob("*")) if one.is_file() and one != HIDDEN)
    return {str(one): one.read_bytes() for one in found}


@contextlib.contextmanager
def _captured(name: str) -> Iterator[io.BytesIO]:
    """A standard stream as bytes, of a terminal that may write any character."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, "utf-8", newline="\n")
    redirect = contextlib.redirect_stdout if name == "stdout" else contextlib.redirect_stderr
    with redirect(stream):
        yield raw
        stream.flush()
    stream.detach()


def run(*words: str, secrets: Sequence[str] | set[str] = (SECRET,)) -> Result:
    """A command in this process. It does not raise, tells no traceback, no secret, and JSON once."""
    with _captured("stdout") as out, _captured("stderr") as err:
        code = main(words)
    result = Result(code, out.getvalue().decode(), err.getvalue().decode())
    check_words(result, json_wanted="json" in words, command=command_of(words), secrets=secrets)
    return result


def check_words(
    result: Result,
    *,
    json_wanted: bool,
    command: str = "",
    secrets: Sequence[str] | set[str] = (SECRET,),
) -> None:
    """What is printed, whatever the command and its end."""
    assert "Traceback" not in result.err
    for secret in secrets:
        assert secret not in result.out + result.err
    if json_wanted:
        document = fits(command, result.out)
        assert (result.code in (0, 2, 3)) == (not document["errors"])
    else:
        told = result.err or "\napply would refuse this (" in result.out
        assert result.code == 0 or told, "an end that nobody is told the reason of"
        assert not set(map(chr, range(32))).difference("\n\t") & set(result.out + result.err)


def look(one: Template) -> tuple[str, tuple[str, ...]]:
    """What a file says of such a template."""
    return one.title_id, tuple(word.name for word in one.keywords)


def lives(scene: Scene, server: Disturbed) -> list[int]:
    """How often each wanted template is on the account."""
    looks = [look(one) for one in server.templates]
    return [looks.count(one) for one in scene.looks]


def problems(document: Any) -> list[Any]:
    """The errors that a JSON document tells."""
    found: list[Any] = document["errors"]
    return found
