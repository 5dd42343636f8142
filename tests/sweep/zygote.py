"""A process that has imported all that apply needs, and forks a real process for every job.

It takes a JSON line for each job, and answers with two: the child's pid, and its status as waitpid tells it
(negative for a signal). Run as `python -m tests.sweep.zygote`; it ends with its input.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import traceback
from typing import Any, NoReturn

from .kills import FileKill

NEEDED = [
    "reconciler.cli.commands.apply",
    "reconciler.cli.console",
    "reconciler.cli.errors",
    "reconciler.app.account",
    "reconciler.app.apply",
    "reconciler.app.rollout",
    "reconciler.cli.reports.account",
    "reconciler.apply.run",
    "reconciler.plan.diff",
    "reconciler.plan.planfile",
    "reconciler.core.files",
    "reconciler.lock.file",
    "reconciler.render.plan_text",
    "reconciler.plan.planner",
    "reconciler.wechat.client",
    "reconciler.wechat.dialects.wxopen",
    "reconciler.wechat.dialects.subscribe",
    "reconciler.wechat.dialects.official",
    "reconciler.library.cache",
    "tempfile",
    "encodings.idna",
    "encodings.utf_8_sig",
    "asyncio",
    "concurrent.futures.thread",
    "httpcore",
    "jsonschema",
    "deepdiff",
    "anyio._backends._asyncio",
    "anyio.streams.tls",
    "certifi",
    "portalocker",
    "tenacity",
    "platform",
]
CRASHED = 70


def main() -> None:
    for name in NEEDED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(job)
        _answer({"pid": pid})
        _, status = os.waitpid(pid, 0)
        _answer({"status": os.waitstatus_to_exitcode(status)})


def _answer(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def _child(job: dict[str, Any]) -> NoReturn:
    from reconciler.cli import main as reconciler

    code = CRASHED
    try:
        os.chdir(job["folder"])
        os.environ.clear()
        os.environ.update(job["environment"])
        for number, (path, flags) in enumerate(
            [(os.devnull, os.O_RDONLY), (job["out"], os.O_WRONLY), (job["err"], os.O_WRONLY)]
        ):
            os.dup2(os.open(path, flags), number)
        sys.stdin = os.fdopen(0, closefd=False)  # of its own: what was read from belongs to the zygote
        FileKill(job["folder"], os.open(job["log"], os.O_WRONLY), job["fatal"]).install()
        code = reconciler(job["words"])
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
