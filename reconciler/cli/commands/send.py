"""`reconciler send`: a test message through the lock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from ...core.messages import Text
from ..console import Console
from ..options import CALLS, COMMON, Line, option, options
from ..settings import inputs_of, settings_of

if TYPE_CHECKING:
    from ...app.input_files import Inputs
    from ...app.sending.values_file import Draft
    from ...core.model import Message
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
    from ...app.sending.sender import composed, send

    console, inputs = Console(json=given["format"] == "json", verbose=given["verbose"]), inputs_of(given)
    draft = _draft(inputs, given)
    project = open_project(settings_of(console, given, inputs), writes=not dry_run)
    console.page.of(project.chosen)
    if dry_run:
        return _show(console, *composed(project, name, draft))

    def told(message: Message, request: Request, reply: Mapping[str, Any]) -> None:
        from ...render import message_text

        number = reply.get("msgid")
        number = number if isinstance(number, int | str) else None
        console.result(message_text.sent(name, message.template_id, message.to, number))
        console.document({"version": 1, "sent": True, "name": name, "body": request.body, "msgid": number})

    send(project, name, draft, told)
    return 0


def _show(console: Console, message: Message, request: Request) -> int:
    from ...render import message_text

    console.result(message_text.payload(request.body or {}))
    if not console.json:
        console.say(Text("cli.not-sent", call=request.call))
    console.document(
        {"version": 1, "sent": False, "method": request.method, "path": request.path, "body": request.body}
    )
    return 0


def _draft(inputs: Inputs, given: Mapping[str, Any]) -> Draft:
    """What was asked for. Raises InputError and UsageError."""
    from ...app.sending.sender import values_of
    from ...app.sending.values_file import COLOR, COLOR_HINT, Draft

    colors = _pairs(given["colors"], "--color")
    for name, color in colors:
        if not COLOR.fullmatch(color):
            raise click.UsageError(f"--color {name}={color}: {COLOR_HINT}")
    return Draft(
        to=given["to"],
        values=values_of(inputs, given["data"]),
        over=_pairs(given["values"], "--set"),
        colors=colors,
        emphasis=given["emphasis"],
        extras={name: given[name] for name in EXTRAS if given[name] is not None},
    )


def _pairs(words: tuple[str, ...], option_name: str) -> list[tuple[str, str]]:
    pairs = [word.partition("=") for word in words]
    for name, equals, _ in pairs:
        if not equals or not name:
            raise click.UsageError(f"{option_name} {name}{equals}…: write KEYWORD=VALUE")
    return [(name.strip(), value) for name, _, value in pairs]
