"""A spool of texts in a temporary file, by account: memory does not grow with the fleet.

A text has parts, which are told as they are. Each is read when it is told, and only then.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from struct import Struct

IN_MEMORY = 1 << 20
"""Bytes that need no file"""


class Spool:
    """Texts by account, in whatever order they come and are asked for. Close it after use."""

    def __init__(self, parts: Sequence[str]) -> None:
        """`parts` are the names of the texts."""
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  (as long as the spool)
        self._parts = tuple(parts)
        self._sizes = Struct(f"<{len(parts)}I")
        self._places: dict[str, int] = {}

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __contains__(self, account: str) -> bool:
        return account in self._places

    def __len__(self) -> int:
        return len(self._places)

    def keep(self, account: str, texts: Mapping[str, str]) -> None:
        """Keep texts, in place of what was kept of the account before. Raises OSError."""
        # Half a surrogate pair is no UTF-8, and may be in what a server has said.
        data = [texts.get(part, "").encode("utf-8", "surrogatepass") for part in self._parts]
        at = self._file.seek(0, 2)
        self._file.write(self._sizes.pack(*map(len, data)) + b"".join(data))
        self._places[account] = at

    def read(self, account: str, part: str) -> str:
        """One text of an account; empty where there is none."""
        at = self._places.get(account)
        if at is None:
            return ""
        self._file.seek(at)
        sizes = self._sizes.unpack(self._file.read(self._sizes.size))
        index = self._parts.index(part)
        self._file.seek(sum(sizes[:index]), 1)
        return self._file.read(sizes[index]).decode("utf-8", "surrogatepass")
