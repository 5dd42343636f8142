"""`reconciler sandbox serve`: the emulator for any client, in any language."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import click

from ...errors import InputError, Problem, ReconcilerError
from ..console import Console
from ..options import COMMON, option, options


@click.command(
    "serve",
    epilog="\b\nExample:\n  reconciler sandbox serve --port 8710",
    short_help="serve WeChat's API over HTTP",
)
@option("--host", default="127.0.0.1", show_default=True, help="the address to listen on")
@option("--port", type=click.IntRange(0, 65535), default=8710, show_default=True, help="0 for any free one")
@option("--library", metavar="FILE", help="another library of titles (JSON)")
@options(COMMON)
def command(host: str, port: int, library: str | None, **given: Any) -> int:
    """Serve the emulator until Ctrl-C. Prints its address, appid and secret."""
    from ...sandbox import library as titles
    from ...sandbox import server
    from ...sandbox.accounts import APPID, SECRET
    from ...sandbox.app import create_app
    from ...sandbox.store import Store, StoreError
    from ..workspace import sandbox_state

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    state = sandbox_state(Path(given["file"]))
    try:
        catalogue = titles.load(Path(library) if library else None)
        store = Store.open(state)
    except (StoreError, titles.LibraryError) as error:
        raise InputError(Problem("sandbox", str(error))) from None

    def ready(url: str) -> None:
        console.result(
            f"serving WeChat's API at {url} (state: {state}); stop with Ctrl-C\n"
            f"  export RECONCILER_ENDPOINT={url}\n"
            f"  export WECHAT_APPID={APPID}\n"
            f"  export WECHAT_APPSECRET={SECRET}\n"
        )
        console.document({"version": 1, "endpoint": url, "appid": APPID, "secret": SECRET})

    try:
        with closing(store):
            server.serve(create_app(store, catalogue), host, port, ready=ready)
    except OSError as error:
        message = f"can't listen on {host}:{port}: {error.strerror or error}"
        raise ReconcilerError(Problem("sandbox", message, None, "choose another with --port")) from None
    return 0
