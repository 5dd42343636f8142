"""The sandbox's own account.

These are well-known development credentials: they open nothing but the sandbox, so they may stand in code.
"""

import re
from typing import Final

APPID: Final = "wxsandbox000000001"
SECRET: Final = "5a1db0c0de5a1db0c0de5a1db0c0de01"

# Stable tokens are derived with this key instead of being stored. It guards nothing: see `tokens`.
DEVELOPMENT_KEY: Final = b"reconciler sandbox stable tokens"

_APPID: Final = re.compile(r"wx[0-9a-z]{16}")


def secret_of(appid: object) -> str | None:
    """The secret of an account. Any well-formed appid is one; they all have the same secret."""
    return SECRET if isinstance(appid, str) and _APPID.fullmatch(appid) else None
