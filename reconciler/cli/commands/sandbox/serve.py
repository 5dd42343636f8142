"""`reconciler sandbox serve`: the emulator for any client, in any language."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from ....core import files
from ....core.errors import InputError, Problem, ReconcilerError
from ....core.messages import Said, Text
from ....core.text import counted
from ...console import Console
from ...options import COMMON, option, options
from ...settings import is_typed

if TYPE_CHECKING:
    from ....sandbox.access import Doors
    from ....sandbox.faults.schedule import Faults

FAULTS = """\b
A fault is written CALL[@N|@N-|@N-M]=KIND[:after].
CALL is add, del, list (the account's templates), get (a title's keywords),
titles (the library's), categories, quota, send, token, or * for any; of
whichever API. @2 is the second such call, @2- all from it on; with :after the
call is carried out before it goes wrong. Where several meet, the first given
wins. POST /_sandbox/faults sets others while the server runs. KIND is
  drop        the connection closes, no reply
  hang        no reply until the client gives up
  http-NNN    that HTTP status (400 to 599), with an HTML page
  html        status 200, with an HTML page
  cut         half of the reply, then the connection closes
  empty       status 200, an empty body
  bad-status  no HTTP: a status line with letters for digits
  bad-http    no HTTP: a version that there is not, and no body
  bad-header  no HTTP: a header with NUL in it
  lengths     no HTTP: two lengths that differ
  bad-length  no HTTP: a length below 0
  bad-chunk   no HTTP: a chunk whose size is no number
  empty-list  no templates (list only)
  lag         the account as an earlier list showed it (list only)
  forms       200014, unless the body is a form (add and del of subscription messages only)
  dead-token  40001, and the token is dead from then on (not for token)
  ERRCODE     that errcode, such as 45009 or -1

\b
Examples:
  reconciler sandbox serve --port 8710
  reconciler sandbox serve --fault add@2=drop:after --fault list@2-4=lag
  reconciler sandbox serve --library library.json --penalties
  reconciler sandbox serve --host 0.0.0.0 --allow-host sandbox
  reconciler sandbox serve --replay trace.jsonl"""


def _read(ctx: click.Context, param: click.Parameter, specs: tuple[str, ...]) -> tuple[Any, ...]:
    from ....sandbox.faults.schedule import FaultError, parse

    try:
        return tuple(map(parse, specs))
    except FaultError as error:
        raise click.BadParameter(str(error), ctx=ctx, param=param) from None


def _hosts(ctx: click.Context, param: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    from ....sandbox.access import shown

    for name in names:
        if shown(name) is None:
            message = f"{name!r} is no host: write a name or an address alone, such as sandbox"
            raise click.BadParameter(message, ctx=ctx, param=param)
    return names


@click.command(
    "serve",
    epilog=FAULTS,
    short_help="serve WeChat's API over HTTP",
)
@option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="the address to listen on; 0.0.0.0 for every one, and then others need --allow-host",
)
@option(
    "--allow-host",
    multiple=True,
    callback=_hosts,
    metavar="NAME",
    help="answer requests for this host, too (a container's service name); may be repeated",
)
@option("--port", type=click.IntRange(0, 65535), default=8710, show_default=True, help="0 for any free one")
@option(
    "--library",
    metavar="FILE",
    help="another library of titles: one that `library pull` has written, with its keywords",
)
@option(
    "--limit",
    type=click.IntRange(1),
    default=25,
    metavar="N",
    show_default=True,
    help="how many templates an account may hold",
)
@option(
    "--penalties",
    is_flag=True,
    help="punish violations: delete the template, then block the interface for 7 days, 30 days, for good",
)
@option("--fault", callback=_read, multiple=True, metavar="SPEC", help="what goes wrong; may be repeated")
@option(
    "--replay",
    metavar="FILE",
    help="the replies of a trace (--trace), each once, to the same requests; all else is refused",
)
@options(COMMON)
def command(
    *,
    host: str,
    allow_host: tuple[str, ...],
    port: int,
    library: str | None,
    limit: int,
    penalties: bool,
    fault: tuple[Any, ...],
    replay: str | None,
    **given: Any,
) -> int:
    """Serve the emulator until Ctrl-C. Prints its address, appid and secret.

    It answers what is asked of 127.0.0.1, localhost, [::1], of the host that --host says and of those that
    --allow-host names, and of no web page but its own; other requests get 403. With --host 0.0.0.0 these are
    still all: programs on other machines and in other containers call it by a name that --allow-host gives.

    With --penalties a message that markets is a violation, and so is what is posted to
    /_sandbox/violations. The account's notices stand in /_sandbox/accounts/APPID; they outlive the server.
    """
    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    where = _Where(console, host, port, allow_host)
    if replay is not None:
        _refuse_beside_replay()
        return _replay(where, Path(replay))
    from ....app.sandbox import state_of
    from ....sandbox.faults.schedule import Faults

    state = state_of(given["file"])
    titles = Path(library) if library else None
    return _emulate(where, state, titles, limit=limit, faults=Faults(fault), penalties=penalties)


def _emulate(
    where: _Where, state: Path, library: Path | None, *, limit: int, faults: Faults, penalties: bool
) -> int:
    """Serve the emulator with this state. Raises InputError and ReconcilerError."""
    from ....sandbox import library as titles
    from ....sandbox.accounts import APPID, SECRET
    from ....sandbox.routes import create_app
    from ....sandbox.state.store import Store, StoreError

    if library is not None and library.exists():
        files.check_regular(library)
    try:
        catalogue = titles.load(library)
        store = Store.open(state)
    except (StoreError, titles.LibraryError) as error:
        raise InputError(Problem("sandbox", str(error))) from None
    app = create_app(store, catalogue, limit=limit, faults=faults, penalties=penalties)
    exports = {"WECHAT_APPID": APPID, "WECHAT_APPSECRET": SECRET}
    with closing(store):
        return where.serve(app, "WeChat's API", f" (state: {state})", exports, appid=APPID, secret=SECRET)


def _refuse_beside_replay() -> None:
    """The emulator's own options say nothing to a trace. Raises UsageError."""
    for name in ("library", "limit", "penalties", "fault"):
        if is_typed(name):
            raise click.UsageError(f"--{name} is for the emulator, and --replay takes its place")


def _replay(where: _Where, file: Path) -> int:
    from ....sandbox import replay
    from ....sandbox.accounts import SECRET

    files.check_regular(file)
    try:
        trace = replay.load(file)
    except (replay.ReplayError, OSError) as error:
        raise InputError(Problem("sandbox", str(error))) from None
    if trace.damaged:
        where.console.say(Text("cli.damaged-trace", count=trace.damaged, file=str(file)))
    appids = list(trace.accounts)
    appid = appids[0] if len(appids) == 1 else None
    if appids == [None]:
        exports = {"WECHAT_ACCESS_TOKEN": replay.token_of(None)}
    else:
        exports = {**({"WECHAT_APPID": appid} if appid else {}), "WECHAT_APPSECRET": SECRET}
    what = f"{counted(trace.count, 'recorded exchange')} of {file}"
    return where.serve(replay.Replay(trace), what, "", exports, appid=appid, secret=SECRET)


@dataclass(frozen=True)
class _Where:
    """Where it is served, and who is told."""

    console: Console
    host: str
    port: int
    names: tuple[str, ...]

    def serve(self, app: Any, what: str, note: str, exports: Mapping[str, str], **known: str | None) -> int:
        """Serve until a signal comes. `what` is served, with a note behind its address; `known` is told in
        JSON."""
        from ....sandbox import server

        def ready(url: str, doors: Doors) -> None:
            self._tell(f"{what} at {url}{note}", url, doors, exports)
            self.console.document({"version": 1, "endpoint": url, **known})

        try:
            server.serve(app, self.host, self.port, ready=ready, names=self.names)
        except OSError as error:
            why = error.strerror or str(error)
            raise self._unheard(why, Text("cli.another-port")) from None
        except UnicodeError:  # no name of the resolver's: 64 letters in a row, U+202E
            raise self._unheard(Text("cli.no-host"), Text("cli.another-host")) from None
        return 0

    def _unheard(self, why: Said, advice: Text) -> ReconcilerError:
        text = Text("cli.unheard", host=self.host, port=self.port, why=why)
        return ReconcilerError(Problem("sandbox", text, None, advice))

    def _tell(self, what: str, url: str, doors: Doors, exports: Mapping[str, str]) -> None:
        from ....wechat.transport.hosts import is_loopback

        here = is_loopback(urlsplit(url).hostname or "")
        if not here:
            self.console.say(Text("cli.answers-for", hosts=tuple(doors.names)))
        named = {"RECONCILER_ENDPOINT": url, **({} if here else {"RECONCILER_INSECURE": "1"}), **exports}
        lines = "".join(f"  export {name}={value}\n" for name, value in named.items())
        self.console.result(f"serving {what}; stop with Ctrl-C\n{lines}")
