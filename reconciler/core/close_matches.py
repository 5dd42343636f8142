"""What may have been meant by a name that nobody knows. Pure."""

from __future__ import annotations

from collections.abc import Collection

from .text import MAX_QUOTED

MAX_COMPARED = 20_000
"""Comparisons after which no more is guessed: a file that is nothing but mistyped names, each held against
all that there are, would cost minutes, and a person mistypes few"""


class Guess:
    """Looks for the closest name, as long as that is cheap: a file's readers share one."""

    def __init__(self) -> None:
        self.compared = 0

    def close(self, name: str, known: Collection[str], cutoff: float = 0.6) -> str | None:
        """The known name that is most like this one, if one is; None, too, where it is not looked for."""
        if len(name) > MAX_QUOTED or self.compared > MAX_COMPARED:
            return None
        from difflib import get_close_matches  # noqa: PLC0415  (most files have no mistyped name)

        self.compared += len(known)
        near = [one for one in known if len(one) <= MAX_QUOTED]
        return next(iter(get_close_matches(name, near, 1, cutoff)), None)
