"""The options that commands share, and the groups that let them stand before or after the command."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Option(click.Option):
    """An option that also reads RECONCILER_<OPTION> from the environment (contract, "Commands")."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        name = max(self.opts, key=len).lstrip("-")
        self.envvar = "RECONCILER_" + name.upper().replace("-", "_")

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """An empty value is most likely a variable that is not set: `--endpoint "$GATEWAY"` must not mean
        WeChat itself. (In the environment, empty is as good as unset.)"""
        if value == "" or (isinstance(value, list | tuple) and "" in value):
            raise click.BadParameter("it is empty", ctx=ctx, param=self)
        return super().type_cast_value(ctx, value)


def option(*names: str, **attributes: Any) -> Callable[[F], F]:
    """An option of the command line and of the environment."""
    return click.option(*names, cls=Option, **attributes)


def common(*formats: str) -> list[Callable[[Any], Any]]:
    """The options of every command, with the formats of this one."""
    return [
        option(
            "--file",
            default="templates.yaml",
            metavar="FILE",
            show_default=True,
            help="the desired templates",
        ),
        option("--lockfile", metavar="PATH", help="the lock; default: beside FILE and named after it"),
        option("--account", multiple=True, metavar="NAME", help="only this account of FILE; may be repeated"),
        option("--endpoint", metavar="URL", help="the API's address, if not https://api.weixin.qq.com"),
        option(
            "--insecure",
            is_flag=True,
            help="allow an --endpoint or a token server without TLS beyond this machine; certificates are "
            "checked all the same",
        ),
        option("--sandbox", is_flag=True, help="use the built-in emulator; no credentials needed"),
        option("--format", type=click.Choice(formats), default="text", show_default=True, help="of stdout"),
        option("--verbose", is_flag=True, help="tell every call, on stderr"),
    ]


COMMON = common("text", "json")


def _rate(ctx: click.Context, param: click.Parameter, text: str | None) -> float | None:
    """Calls a second, written as so many a second or a minute."""
    if text is None:
        return None
    number, _, unit = text.partition("/")
    seconds = {"s": 1, "m": 60}.get(unit)
    if seconds is None or not (number.isascii() and number.isdigit() and 0 < int(number[:9]) < 10**6):
        hint = "write calls a second or a minute, 20/s or 300/m"
        raise click.BadParameter(f"{text} is no rate: {hint}", ctx=ctx, param=param)
    return int(number) / seconds


def _shard(ctx: click.Context, param: click.Parameter, text: str | None) -> Any:
    """One share of the accounts, written as 3/8: the third of eight."""
    if text is None:
        return None
    from ..desired.accounts import Shard

    index, _, count = text.partition("/")
    good = all(one.isascii() and one.isdigit() and len(one) < 7 for one in (index, count))
    if not good or not 1 <= int(index) <= int(count):
        raise click.BadParameter(
            f"{text} is no share: write 3/8 for the third of eight", ctx=ctx, param=param
        )
    return Shard(int(index), int(count))


class Line(click.types.StringParamType):
    """Text that may hold blanks: of several in the environment each has a line of its own."""

    def split_envvar_value(self, rv: str) -> list[str]:
        return [line for line in rv.splitlines() if line.strip()]


class Seconds(click.FloatRange):
    """A finite time."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds = float(super().convert(value, param, ctx))
        if not isfinite(seconds):
            self.fail(f"{value} is no number of seconds", param, ctx)
        return seconds


CALLS = [
    option(
        "--parallelism",
        type=click.IntRange(1, 1000),
        default=8,
        metavar="N",
        show_default=True,
        help="calls at the same time",
    ),
    option("--rate", callback=_rate, metavar="N/s", help="at most so many calls a second (or a minute: N/m)"),
    option(
        "--timeout",
        type=Seconds(0, min_open=True),
        default=10.0,
        metavar="SECONDS",
        show_default=True,
        help="for a call",
    ),
    option("--deadline", type=Seconds(0, min_open=True), metavar="SECONDS", help="for the whole run"),
    option(
        "--retries",
        type=click.IntRange(0, 100),
        default=4,
        metavar="N",
        show_default=True,
        help="how often a call is made again that failed for the moment",
    ),
    option(
        "--settle",
        type=Seconds(0),
        default=3.0,
        metavar="SECONDS",
        show_default=True,
        help="how long to keep listing before a lagging list is believed",
    ),
    option(
        "--token-api",
        type=click.Choice(["stable", "classic"]),
        default="stable",
        show_default=True,
        help="where a token comes from; classic kills the one that other programs hold",
    ),
    option(
        "--token-url",
        metavar="URL",
        help="the central token server that hands tokens out, as JSON or bare; {appid} and {account} are "
        "replaced, and the header in RECONCILER_TOKEN_HEADER is sent along (an address with a secret belongs "
        "into RECONCILER_TOKEN_URL)",
    ),
    option(
        "--token-refresh-url",
        metavar="URL",
        help="where the token server takes a token that WeChat has refused, and answers with a newer one",
    ),
    option(
        "--token-command",
        metavar="COMMAND",
        help="a program, run without a shell, that prints the token; {appid} and {account} are replaced",
    ),
    option(
        "--trace",
        metavar="FILE",
        help="append every request and its reply to this file as lines of JSON, without tokens and secrets; "
        "`sandbox serve --replay FILE` gives the same replies again",
    ),
    option("--refresh", is_flag=True, help="ask the library again, whatever it has answered to earlier runs"),
    option("--force-refresh", is_flag=True, help="have stable_token issue a new token (20 a day)"),
]

LIBRARY = [
    option("--library", metavar="FILE", help="a pulled library (`library pull`), used in place of look-ups"),
]

DIALECT = [
    option(
        "--dialect",
        type=click.Choice(["wxopen", "subscribe", "official", "notify"]),
        help="whose library, where there is no FILE yet; default: as FILE says, or wxopen",
    ),
]

ACCOUNTS = [
    option("--shard", callback=_shard, metavar="K/N", help="only the K-th of N shares of the accounts"),
    option("--fail-fast", is_flag=True, help="begin no more accounts once one has failed"),
]

BASE = [
    option("--base", metavar="REF", help="hold each lock against how it stood at this commit, by git"),
]

PERMITS = [
    option("--max-deletes", type=click.IntRange(0), metavar="N", help="in place of the field of FILE"),
    option("--allow-no-templates", is_flag=True, help="even if the account is left with none"),
    option(
        "--allow-empty-account",
        is_flag=True,
        help="even if the lock owns templates and the account lists none",
    ),
    option("--allow-other-account", is_flag=True, help="even if not one of the lock's templates is listed"),
    option(
        "--allow-old-lock",
        is_flag=True,
        help="even if the lock looks older than the account: what it owned was deleted in the console",
    ),
    option(
        "--allow-edited-lock",
        is_flag=True,
        help="delete what the lock at --base did not own, or protected, all the same",
    ),
    option(
        "--allow-protected",
        multiple=True,
        metavar="ID",
        help="delete this retired template although it says that it is protected; may be repeated",
    ),
    option(
        "--add-again",
        multiple=True,
        metavar="NAME",
        help="add this one again, which was added and which no list has shown; may be repeated",
    ),
]

GROUPS = ("library", "sandbox")
"""Commands that have commands of their own"""

_OWN_VALUES = {
    *("--out", "--host", "--allow-host", "--port", "--limit", "--fault", "--replay"),
    *("--proposals", "--explain", "--names"),
    *("--to", "--set", "--data", "--color", "--emphasis", "--form-id"),
    *("--page", "--state", "--lang", "--url", "--miniprogram"),
}
"""Options of single commands that take a value, and may stand before the command, too"""


def options(*lists: list[Callable[[Any], Any]]) -> Callable[[F], F]:
    """Decorate a command with lists of options."""

    def decorate(command: F) -> F:
        for each in reversed([each for one in lists for each in one]):
            command = each(command)
        return command

    return decorate


class CommandGroup(click.Group):
    """A group whose commands are loaded when they are called, with options before or after the command."""

    def __init__(self, *args: Any, commands_help: Mapping[str, str], package: str, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self._help = commands_help
        self._package = package

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._help)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._help:
            return None
        module = importlib.import_module(f"{self._package}.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self._help.items()))
        with formatter.section("Options of every command, before or after it"):
            formatter.write_dl([record for one in _shared(COMMON) if (record := one.get_help_record(ctx))])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Hand what stands before the command to the command."""
        index = _command_index(args)
        own = [word for word in args if word in _OWN_WORDS]
        if index is not None:
            args = [args[index], *args[:index], *args[index + 1 :]]
        elif own:
            args = own
        elif all(word.partition("=")[0] in _KNOWN_WORDS for word in args if word.startswith("-")):
            raise click.UsageError(f"no command is given; there are: {', '.join(self._help)}", ctx)
        return super().parse_args(ctx, args)


def _shared(*lists: list[Callable[[Any], Any]]) -> list[click.Option]:
    """The options that such decorators make, in order."""

    @options(*lists)
    def bearer() -> None: ...

    found: list[click.Option] = list(reversed(getattr(bearer, "__click_params__", [])))
    return found


_SHARED = _shared(COMMON, CALLS, LIBRARY, DIALECT, ACCOUNTS, BASE, PERMITS)


def shared_variables() -> Iterable[str]:
    """The variables of the environment that such options are read from."""
    return (str(one.envvar) for one in _SHARED)


VALUED = _OWN_VALUES.union(*(one.opts for one in _SHARED if not one.is_flag))
_OWN_WORDS = ("--help", "--version", "--")
_KNOWN_WORDS = _OWN_VALUES.union(*(one.opts for one in _SHARED))


def _command_index(args: list[str]) -> int | None:
    """Where the command stands, or None if this line is the group's own (--help, --version, a mistake)."""
    index = 0
    while index < len(args):
        word = args[index]
        if word in _OWN_WORDS:
            return None
        if not word.startswith("-"):
            return index
        index += 2 if word in VALUED else 1
    return None


def command_of(argv: Sequence[str]) -> str:
    """The words of the command on a line, with its group's (`library show`); empty where there is none."""
    words: list[str] = []
    rest = list(argv)
    while (index := _command_index(rest)) is not None and len(words) < 2:
        words.append(rest.pop(index))
        if words[0] not in GROUPS:
            break
    return " ".join(words)
