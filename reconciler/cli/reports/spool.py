"""What is to be said of each account waits in a temporary file: memory does not grow with the fleet."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

from ...core.model import Account

IN_MEMORY = 1 << 20
"""Bytes that need no file"""


class Spool:
    """JSON values by account, in whatever order they come and are asked for. Close it after use."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  (as long as the spool)
        self._places: dict[str, tuple[int, int]] = {}

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __len__(self) -> int:
        return len(self._places)

    def keep(self, account: Account, value: Any) -> None:
        """Keep a value, in place of what was kept of the account before. Raises OSError."""
        data = json.dumps(value).encode()  # ASCII: half a surrogate pair is no UTF-8
        at = self._file.seek(0, 2)
        self._file.write(data)
        self._places[account.name] = (at, len(data))

    def of(self, accounts: Iterable[Account]) -> Iterator[tuple[Account, Any]]:
        """What was kept, in the order of these accounts; those of which nothing was are left out."""
        for account in accounts:
            if account.name in self._places:
                at, size = self._places[account.name]
                self._file.seek(at)
                yield account, json.loads(self._file.read(size))
