"""Run the installed console script as a user does, against an emulator."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from reconciler.sandbox.accounts import APPID, SECRET

SCRIPT = str(Path(sys.executable).with_name("reconciler"))
"""`reconciler` of the environment that runs the benchmark."""


class FailedError(RuntimeError):
    """A part could not be run."""


def reconciler(folder: Path, url: str, *arguments: str, token: str | None = None) -> None:
    """A command on the folder's templates.yaml, which must end well."""
    run([SCRIPT, *arguments, "--endpoint", url], cwd=folder, env=environment(token))


def run(
    command: Sequence[str], *, cwd: Path | None = None, env: dict[str, str] | None = None, code: int = 0
) -> str:
    """A command that must end with `code`; its stderr. Raises FailedError."""
    ended = subprocess.run(
        command,
        cwd=cwd,
        env=environment() if env is None else env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    if ended.returncode != code:
        raise FailedError(f"{' '.join(command)}: exit {ended.returncode}, not {code}\n{ended.stderr}")
    return ended.stderr


def environment(token: str | None = None) -> dict[str, str]:
    """The environment with the emulator's account as the only credentials: the token, or appid and secret."""
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("WECHAT_", "RECONCILER_", "PYTHON"))
    }
    if token is not None:
        return {**plain, "WECHAT_ACCESS_TOKEN": token}
    return {**plain, "WECHAT_APPID": APPID, "WECHAT_APPSECRET": SECRET}
