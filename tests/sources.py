"""What several tests of token servers and commands hold to."""

from __future__ import annotations

import os
import time
from pathlib import Path

SERVER_HINT = (
    "a token server answers with JSON that has access_token, or with the token alone: check --token-url, "
    "--token-refresh-url and RECONCILER_TOKEN_HEADER"
)


COMMAND_HINT = (
    "run the command by hand to see what it prints: that is not shown here, since it may hold secrets"
)


def gone(name: str) -> bool:
    """Whether a program that has written its number has ended."""
    pid = int(Path(name).read_text())
    for _ in range(500):
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z"):
                return True  # nobody in this container may care for orphans
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False
