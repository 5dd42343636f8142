"""The sandbox's own account.

These are well-known development credentials: they open nothing but the sandbox, so they may stand in code.
"""

from typing import Final

APPID: Final = "wxsandbox000000001"
SECRET: Final = "5a1db0c0de5a1db0c0de5a1db0c0de01"

# Stable tokens are derived with this key instead of being stored. It guards nothing: see `tokens`.
DEVELOPMENT_KEY: Final = b"reconciler sandbox stable tokens"

ACCOUNTS: Final = {APPID: SECRET}
