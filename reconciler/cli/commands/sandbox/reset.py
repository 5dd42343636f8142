"""`reconciler sandbox reset`: an empty account again."""

from __future__ import annotations

from typing import Any

import click

from ....core.errors import OutputError, Problem, ReconcilerError
from ....core.messages import Text
from ...console import Console
from ...options import COMMON, options


@click.command(
    "reset",
    epilog="\b\nExample:\n  reconciler sandbox reset",
    short_help="forget the sandbox's account and its lock",
)
@options(COMMON)
def command(**given: Any) -> int:
    """Forget the sandbox's account and its locks in .reconciler/. The real lock is not touched."""
    from ....app.sandbox import state_of
    from ....sandbox.state import store

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    state = state_of(given["file"])
    try:
        store.reset(state)
        for lock in sorted(state.parent.glob("*.lock.json")):
            lock.unlink()
    except (OSError, store.StoreError) as error:
        text = Text("cli.no-reset", why=getattr(error, "strerror", None) or str(error))
        raise ReconcilerError(Problem("sandbox", text, str(state.parent))) from None
    try:
        console.result("the sandbox is empty\n")
        console.document({"version": 1, "reset": True})
    except OutputError as error:
        raise error.after(Text("cli.sandbox-empty")) from None
    return 0
