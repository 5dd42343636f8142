"""What the pages name: commands as a shell runs them, and tests."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path


def shell(command: str, **environment: str) -> str:
    """What a person sees on the terminal: stdout and stderr."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        ["bash", "-c", command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        stdin=subprocess.DEVNULL,
        env={**_outside_make(), "PATH": path, **environment},
    )
    return run.stdout


def _outside_make() -> dict[str, str]:
    """The environment without what a make that runs these tests would tell a make that they run."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}


def names_of_tests(path: Path) -> set[str]:
    """The tests of a file, and the names that state machines are collected under."""
    names: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return {name for name in names if name.startswith(("test_", "Test"))}
