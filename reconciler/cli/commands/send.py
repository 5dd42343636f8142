"""`reconciler send`: a test message through the lock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from ...app import signals
from ...core import bugs
from ...core.errors import INTERRUPTED, IncompleteError, ReconcilerError, StoppedError
from ..console import Console, OutputError
from ..options import CALLS, COMMON, Line, option, options

if TYPE_CHECKING:
    from ...app.account import Workspace
    from ...app.project import Project
    from ...app.sending.values_file import Letter
    from ...core.model import Entry, Message, Value
    from ...wechat.wire import Request

EXTRAS = ("form_id", "page", "state", "lang", "url", "miniprogram")
STATES = ("developer", "trial", "formal")
LANGUAGES = ("zh_CN", "en_US", "zh_HK", "zh_TW")


@click.command(
    "send",
    epilog="\b\nExamples:\n"
    "  reconciler send order_paid --to OPENID --form-id FORMID --set 购买地点=上海 --set 购买时间=10:00\n"
    "  reconciler send order_paid --to OPENID --data values.yaml --dry-run",
    short_help="send a test message through the lock",
)
@click.argument("name")
@option("--to", required=True, metavar="OPENID", help="the user who gets it")
@option(
    "--set",
    "values",
    multiple=True,
    type=Line(),
    metavar="KEYWORD=VALUE",
    help="a keyword's value; may be repeated",
)
@option(
    "--data",
    metavar="FILE",
    help="values as YAML or JSON: lines of `KEYWORD: VALUE`, "
    "or of `KEYWORD: {value: VALUE, color: '#RRGGBB'}`; --set wins",
)
@option(
    "--color",
    "colors",
    multiple=True,
    type=Line(),
    metavar="KEYWORD=#RRGGBB",
    help="a value's colour; may be repeated",
)
@option("--emphasis", metavar="KEYWORD", help="the keyword to enlarge (wxopen)")
@option("--form-id", metavar="ID", help="of a form that the user has submitted, or a prepay_id (wxopen)")
@option("--page", metavar="PATH", help="where the message leads in the mini program; a URL (notify)")
@option("--state", type=click.Choice(STATES), help="of which version of the mini program (subscribe)")
@option("--lang", type=click.Choice(LANGUAGES), help="the language that it is shown in (subscribe)")
@option("--url", metavar="URL", help="where the message leads (official)")
@option(
    "--miniprogram",
    metavar="APPID",
    help="the mini program that --page is of (official), or APPID:PATH (notify)",
)
@option("--dry-run", is_flag=True, help="print what would be sent; takes no credentials")
@options(COMMON, CALLS)
def command(name: str, dry_run: bool, **given: Any) -> int:
    """Send a test message through the lock: NAME is a template's, keywords are called by their names.

    What is missing, unknown or more than WeChat takes is refused before the call.
    """
    from ...app.project import open_project

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    letter = _letter(given)
    project = open_project(console, writes=not dry_run, **given)
    if dry_run:
        return _show(console, *_composed(project, name, letter, None))
    workspace = project.the_one()
    message, request = _composed(project, name, letter, workspace)
    with asyncio.Runner() as runner:
        return _Going(runner, console).to_the_end(workspace, name, message, request)


def _told(console: Console, name: str, message: Message, request: Request, reply: Mapping[str, Any]) -> int:
    """Say that it was sent. Raises OutputError, which says so, too."""
    from ...render import message_text as render

    number = reply.get("msgid")
    number = number if isinstance(number, int | str) else None
    try:
        console.result(render.sent(name, message.template_id, message.to, number))
        console.document({"version": 1, "sent": True, "name": name, "body": request.body, "msgid": number})
    except OutputError as error:
        raise error.after("the message was sent") from None
    return 0


def _composed(
    project: Project, name: str, letter: Letter, workspace: Workspace | None
) -> tuple[Message, Request]:
    """The message and its call. Raises InputError and UsageError."""
    from ...app.sending.message import compose
    from ...wechat.dialects import DIALECTS

    dialect = project.desired.dialect
    message = compose(name, _entry(project, name, workspace), letter, dialect)
    return message, DIALECTS[dialect].send(message)


def _entry(project: Project, name: str, workspace: Workspace | None) -> Entry:
    from ...app.account import read_lock
    from ...app.sending.message import entry_of

    store = project.lock_store(project.only_account())
    lock = read_lock(store, project.desired, None) if workspace is None else workspace.lock
    wanted = any(one.name == name for one in project.desired.templates)
    apply = "reconciler apply --sandbox" if project.sandbox else "reconciler apply"
    return entry_of(lock, name, str(store.path), wanted=wanted, apply=apply)


def _show(console: Console, message: Message, request: Request) -> int:
    from ...render import message_text as render

    console.result(render.payload(request.body or {}))
    if not console.json:
        console.say(f"not sent: {request.call}")
    console.document(
        {"version": 1, "sent": False, "method": request.method, "path": request.path, "body": request.body}
    )
    return 0


# ------------------------------------------------------------------ what was asked for


def _letter(given: Mapping[str, Any]) -> Letter:
    """Raises InputError and UsageError."""
    from ...app.sending.values_file import COLOR, COLOR_HINT, Letter

    colors = _pairs(given["colors"], "--color")
    for name, color in colors:
        if not COLOR.fullmatch(color):
            raise click.UsageError(f"--color {name}={color}: {COLOR_HINT}")
    return Letter(
        to=given["to"],
        values=_of_file(given["data"]),
        over=_pairs(given["values"], "--set"),
        colors=colors,
        emphasis=given["emphasis"],
        extras={name: given[name] for name in EXTRAS if given[name] is not None},
    )


def _of_file(file: str | None) -> Mapping[str, Value]:
    from ...app.inputs import read_yaml
    from ...app.sending import values_file as letter

    if file is None:
        return {}
    return letter.read(read_yaml(file, "write it, or use --set"), file)


def _pairs(words: tuple[str, ...], option_name: str) -> list[tuple[str, str]]:
    pairs = [word.partition("=") for word in words]
    for name, equals, _ in pairs:
        if not equals or not name:
            raise click.UsageError(f"{option_name} {name}{equals}…: write KEYWORD=VALUE")
    return [(name.strip(), value) for name, _, value in pairs]


class _Going:
    """A message on its way: told to end, it ends, and says what is known of it."""

    def __init__(self, runner: asyncio.Runner, console: Console) -> None:
        self._runner = runner
        self._console = console
        self._task: asyncio.Task[Any] | None = None
        self._begun = self._stopped = False

    def to_the_end(self, workspace: Workspace, name: str, message: Message, request: Request) -> int:
        """Send it, and say so: the exit code.

        Raises CallError; IncompleteError and StoppedError where nobody knows whether it was sent.
        """
        with signals.heard(self._runner.get_loop(), self._cut_off, self._cut_off):
            try:
                reply = self._runner.run(self._go(workspace, message))
                with signals.unheard():
                    return _told(self._console, name, message, request, reply)
            except (ReconcilerError, OutputError):
                raise
            except Exception as error:
                raise IncompleteError(bugs.problem(error)) if self._begun else error from None

    async def _go(self, workspace: Workspace, message: Message) -> Mapping[str, Any]:
        from ...core.errors import CallError
        from ...wechat.transport.network import Network

        self._task = asyncio.current_task()
        if self._stopped:
            raise StoppedError(INTERRUPTED)
        try:
            async with Network(workspace.project.connection) as network:
                client = workspace.client(network, writes=True)
                await client.enter()
                self._begun = True
                return await client.send(message)
        except asyncio.CancelledError:
            unknown = "interrupted; nobody knows whether the message was sent"
            said = INTERRUPTED._replace(text=unknown) if self._begun else INTERRUPTED
            raise StoppedError(said) from None
        except CallError as error:
            if error.executed is False:
                raise
            said = error.problems[0]
            unknown = f"{said.message}; nobody knows whether the message was sent"
            hint = "look at the user's phone before it is sent again"
            raise IncompleteError(said._replace(text=unknown, advice=hint)) from None
        finally:
            self._task = None

    def _cut_off(self) -> None:
        self._stopped = True
        if self._task is not None:
            self._task.cancel()
