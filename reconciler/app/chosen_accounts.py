"""The accounts of a file that are worked on."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.errors import InputError, Problem
from ..core.messages import Text
from ..core.model import Account, Desired
from ..desired import accounts
from ..desired.accounts import Shard


def choose(
    desired: Desired, file: str, names: Sequence[str], shard: Shard | None = None
) -> list[Account] | None:
    """Choose the accounts to work on; None where the file names none. Raises InputError."""
    if desired.accounts is None:
        if names or shard:
            option = f"--account {names[0]}" if names else "--shard"
            text = Text("app.no-accounts", option=option)
            raise InputError(Problem("unknown account", text, file, Text("app.add-accounts")))
        return None
    return accounts.choose(desired.accounts, names, shard, file)
