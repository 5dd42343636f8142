"""The shape of the house beyond what import-linter holds (pyproject.toml): pure rooms stay pure, a library is
known to one room, and start-up loads no more than it needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from .purity import PURE

PACKAGE = Path(__file__).parent.parent / "reconciler"

TOUCHES = {
    "apply/account_list.py": {"async"},
    "apply/adds.py": {"async"},
    "apply/deletes.py": {"async"},
    "apply/progress.py": {"async"},
    "apply/run.py": {"async"},
    "apply/steps.py": {"async"},
    "app/importing/identify.py": {"async"},
    "app/importing/importer.py": {"async", "os"},
    "app/sending/sender.py": {"async"},
    "core/aio.py": {"async"},
    "core/bugs.py": {"os"},
    "core/files.py": {"disk", "os", "clock"},
    "core/git.py": {"os", "process"},
    "core/own_folder.py": {"disk", "os"},
    "core/ports.py": {"async"},
    "core/schemas.py": {"disk", "os"},
    "library/cache.py": {"async", "os"},
    "library/pull.py": {"async"},
    "lint/vocabulary.py": {"disk", "os"},
    "lock/mutex.py": {"clock", "disk", "os"},
    "lock/store.py": {"os"},
    "lock/writer.py": {"async"},
    "plan/planner.py": {"async"},
    "plan/refresh.py": {"async", "chance"},
    "wechat/auth/session.py": {"async"},
    "wechat/auth/sources.py": {"async"},
    "wechat/auth/token_command.py": {"async", "os", "process"},
    "wechat/client.py": {"async"},
    "wechat/transport/calls.py": {"async"},
    "wechat/transport/failures.py": {"network", "os"},
    "wechat/transport/http.py": {"network", "os"},
    "wechat/transport/network.py": {"async", "network"},
    "wechat/transport/pool.py": {"async", "network", "os", "terminal"},
    "wechat/transport/trust.py": {"os"},
}
"""What modules of pure folders touch of the world all the same. (`async`: over a port that they are handed,
or over the network.)"""

WORLD = {
    "async": {"asyncio"},
    "chance": {"random", "secrets", "uuid"},
    "clock": {"time"},
    "network": {"reconciler.wechat.transport.http", "httpx", "aiohttp", "http", "socket", "urllib.request"},
    "os": {"os", "pathlib", "shutil", "signal", "sys", "tempfile"},
    "process": {"multiprocessing", "subprocess", "threading"},
    "terminal": {"click", "logging"},
}
"""Packages by what they touch"""

ATTRIBUTES = {
    "disk": {"open", "read_bytes", "read_text", "write_bytes", "write_text"},
    "os": {"environ", "getenv"},
}
"""The same of attributes, for values that come from elsewhere"""

CLOCKS = {"date", "datetime", "time"}
"""What is asked for the time as `datetime.now`"""

LIBRARIES = {
    "aiohttp": {"wechat/transport/pool.py"},
    "aiolimiter": {"wechat/transport/network.py"},
    "deepdiff": {"plan/diff.py"},
    "httpx": {"wechat/transport/http.py"},
    "httpx_aiohttp": {"wechat/transport/pool.py"},
    "jsonschema": {"core/schemas.py"},
    "portalocker": {"lock/mutex.py"},
    "pypinyin": {"app/importing/naming.py"},
    "rapidfuzz": {"lint/likeness.py"},
    "subprocess": {"core/git.py", "wechat/auth/token_command.py"},
    "tenacity": {"wechat/transport/retry.py"},
    "truststore": {"wechat/transport/trust.py"},
    "yaml": {"desired/yaml_nodes.py"},
}
"""Which modules know a library"""


class Module(NamedTuple):
    """What a module's source says, parsed once for all tests."""

    imports: frozenset[str]
    """absolute dotted names"""
    attributes: frozenset[tuple[str, str]]
    """of each `a.b` and `….a.b` the `a`, if it is a name, and the `b`"""
    calls: frozenset[str]
    """functions that are called by a plain name"""
    waits: bool
    """whether it has a coroutine of its own"""


@cache
def house() -> dict[str, Module]:
    """All modules, by path."""
    return {path.relative_to(PACKAGE).as_posix(): _parsed(path) for path in sorted(PACKAGE.rglob("*.py"))}


def _parsed(path: Path) -> Module:
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    package = path.relative_to(PACKAGE.parent).parent.parts
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    calls = (node.func for node in nodes if isinstance(node, ast.Call))
    return Module(
        imports=frozenset(_imports(nodes, package)),
        attributes=frozenset((_name(node.value), node.attr) for node in attributes),
        calls=frozenset(func.id for func in calls if isinstance(func, ast.Name)),
        waits=any(isinstance(node, ast.AsyncFunctionDef) for node in nodes),
    )


def _imports(nodes: list[ast.AST], package: tuple[str, ...]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = [*base, *([node.module] if node.module else [])]
            yield from (".".join([*stem, alias.name]) for alias in node.names)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _knows(module: Module, package: str) -> bool:
    return any(f"{name}.".startswith(f"{package}.") for name in module.imports)


def touched(module: Module) -> Iterator[str]:
    """What a module touches of the world."""
    yield from (kind for kind, packages in WORLD.items() if any(_knows(module, one) for one in packages))
    used = {name for _, name in module.attributes}
    yield from (kind for kind, names in ATTRIBUTES.items() if used & names)
    if any(base in CLOCKS and name in ("now", "utcnow", "today") for base, name in module.attributes):
        yield "clock"
    if module.calls & {"open", "input", "print"}:
        yield "disk"
    if module.waits:
        yield "async"


@pytest.mark.parametrize("folder", PURE)
def test_pure_rooms_have_no_io_no_clock_and_no_click(folder: str) -> None:
    found = {path: set(touched(module)) for path, module in house().items() if path.startswith(f"{folder}/")}
    assert found
    assert {path: what for path, what in found.items() if what} == {
        path: what for path, what in TOUCHES.items() if path.startswith(f"{folder}/")
    }


def test_the_application_knows_no_environment_no_terminal_and_no_clock() -> None:
    rooms = {path: module for path, module in house().items() if path.startswith("app/")}
    shells = {"argv", "environ", "environb", "getenv", "isatty", "stderr", "stdin", "stdout"}
    assert {
        path
        for path, module in rooms.items()
        if {"chance", "clock", "terminal"} & set(touched(module))
        or shells & {name for _, name in module.attributes}
        or {"input", "print"} & module.calls
    } == set()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_known_to_one_room(library: str) -> None:
    assert {path for path, module in house().items() if _knows(module, library)} == LIBRARIES[library]


def test_click_is_known_to_the_command_line_alone() -> None:
    assert {path.partition("/")[0] for path, module in house().items() if _knows(module, "click")} == {"cli"}


def test_nobody_above_wechat_decides_by_an_errcode() -> None:
    """A failed call tells its reason; the code is for people, and is in their message."""
    reads = {path for path, module in house().items() if "errcode" in {name for _, name in module.attributes}}
    assert {path for path in reads if not path.startswith(("wechat/", "sandbox/"))} == {"core/errors.py"}


def test_no_test_file_builds_on_another() -> None:
    """What several use stands in files of its own."""
    files = Path(__file__).parent.rglob("*.py")
    nodes = ((path, node) for path in files for node in ast.parse(path.read_text("utf-8")).body)
    found = {
        f"{path.name}: {name}"
        for path, node in nodes
        if isinstance(node, ast.ImportFrom) and node.level
        for name in [*(node.module or "").split("."), *(alias.name for alias in node.names)]
        if name.startswith("test_")
    }
    assert found == set()


def test_help_loads_click_alone() -> None:
    code = (
        "import sys; from reconciler.cli import main; main(['--help']); "
        "late = {'yaml', 'httpx', 'jsonschema', 'deepdiff', 'asyncio', 'dataclasses'}; "
        "print(sorted(set(sys.modules) & late))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


def test_validate_loads_no_client_and_no_jsonschema(tmp_path: Path) -> None:
    file = tmp_path / "templates.yaml"
    file.write_text("version: 1\ntemplates: {}\n")
    code = (
        f"import sys; from reconciler.cli import main; main(['validate', '--file', {str(file)!r}]); "
        "late = {'httpx', 'jsonschema', 'deepdiff', 'asyncio', 'starlette', 'reconciler.wechat.wire'}; "
        "print(sorted(set(sys.modules) & late))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


def test_a_plan_with_nothing_to_do_loads_nothing_for_it(entrance: str, tmp_path: Path) -> None:
    """What writes, retries, validates, compares or draws. (click loads inspect, anyio and h11 dataclasses:
    they always do.)"""
    (tmp_path / "templates.yaml").write_text("version: 1\ntemplates: {}\n")
    late = "tenacity aiolimiter importlib.metadata jsonschema deepdiff aiohttp portalocker rich starlette"
    late += "".join(f" reconciler.wechat.dialects.{other}" for other in ("subscribe", "official", "notify"))
    code = (
        "import sys; from reconciler.cli import main; assert main(['plan']) == 0; "
        f"print(sorted(set(sys.modules) & set({late!r}.split())))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == "[]"
