# ruff: noqa: E501
"""The shape of the house: imports point down, pure rooms stay pure, the sandbox shares nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "reconciler"

FLOORS = [
    {"core", "model", "errors", "words", "unseen", "guess"},
    {"yamltree", "schemas", "files", "ownfolder", "git", "remote", "listing", "saver", "diff", "aio"},
    {"wechat", "lock"},
    {"desired", "reading", "accounts", "lockfile", "resolve", "plan", "library", "catalogue"},
    {"sending"},
    {"guard", "ledger", "aftercheck", "room", "progress", "lockstore", "runlock"},
    {"document", "review", "edited"},
    {"survey", "pull", "search", "importing", "apply", "doctor", "lint"},
    {"app", "render"},
    {"cli"},
]
"""Rooms by floor: each may import its own floor's and those below. The sandbox stands beside the house."""

PURE = [
    "core/model", "core/errors", "core/text", "core/unseen", "core/guess", "desired/yaml_nodes", "desired/fields", "desired/accounts", "desired/templates", "lock/file",
    "library/resolve", "plan/decide", "library/file", "plan/guards", "apply/transitions", "apply/verify", "apply/capacity", "plan/diff", "plan/planfile", "plan/review",
    "plan/edited_lock",
    "desired/proposals", "lint/rulebook", "lint/subjects", "lint/findings", "lint/rules/titles", "lint/rules/keywords",
    "lint/examples", "lint/symbols", "lint/rules/groups", "lint/likeness", "lint/silence", "lint/engine",
    "render/lint/text", "render/lint/document", "render/lint/sarif", "render/lint/github",
    "app/importing/names_file", "app/importing/naming", "desired/edit", "app/importing/match",
    "app/importing/entries",
    "library/search", "app/sending/values_file", "app/sending/message", "render/import_text", "render/message_text",
    "render/inbox_text", "render/library_text",
    "render/plan_text", "render/doctor_text", "render/json_stream",
    "wechat/wire", "wechat/errcodes", "wechat/dialects/quotas", "wechat/dialects/content", "wechat/dialects/limits", "wechat/dialects/replies",
    "wechat/dialects/values", "wechat/dialects/wxopen", "wechat/dialects/subscribe", "wechat/dialects/official",
    "wechat/auth/credentials", "wechat/auth/token_server", "wechat/transport/hosts", "wechat/transport/packing", "wechat/transport/proxies", "wechat/bounds",
]  # fmt: skip
IMPURE = {
    "os",
    "sys",
    "time",
    "socket",
    "pathlib",
    "logging",
    "click",
    "httpx",
    "subprocess",
    "random",
    "tempfile",
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, ...]]:
    """What a module imports, as absolute dotted names in parts."""
    here = path.relative_to(PACKAGE.parent).with_suffix("").parts
    package = here[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = (*base, *(node.module.split(".") if node.module else ()))
            yield from ((*stem, alias.name) for alias in node.names)


def room(parts: tuple[str, ...]) -> str:
    return parts[1] if len(parts) > 1 else ""


def floor(name: str) -> int:
    return next(index for index, rooms in enumerate(FLOORS) if name in rooms)


def test_every_room_has_a_floor() -> None:
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules()}
    assert rooms - {"__init__", "__main__", "sandbox"} <= set().union(*FLOORS)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if here in ("__init__", "__main__"):
        return
    for parts in imports(path):
        if parts[0] != "reconciler" or room(parts) == "__version__":
            continue
        if here == "sandbox":
            assert room(parts) == "sandbox", f"the sandbox shares no code with the client: {parts}"
        elif room(parts) == "sandbox":
            assert here == "cli", f"only the command line starts the sandbox: {parts}"
        else:
            assert floor(room(parts)) <= floor(here), f"{here} imports {'.'.join(parts)} from above"


@pytest.mark.parametrize("name", PURE)
def test_pure_rooms_have_no_io_no_clock_and_no_click(name: str) -> None:
    path = PACKAGE / f"{name}.py"
    assert {parts[0] for parts in imports(path)} & IMPURE == set()
    calls = {
        node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)
    }
    assert calls & {"now", "utcnow", "today", "read_text", "write_text", "open"} == set()


@pytest.mark.parametrize(("package", "rooms"), [("httpx", {"wechat/transport/network.py", "wechat/transport/pool.py",
                                                          "wechat/transport/failures.py", "cli/address.py",
                                                          "cli/project.py"}),
                                               ("subprocess", {"wechat/auth/token_command.py", "core/git.py"}),
                                               ("aiohttp", {"wechat/transport/pool.py"}),
                                               ("httpx_aiohttp", {"wechat/transport/pool.py"}),
                                               ("truststore", {"wechat/transport/trust.py"}),
                                               ("aiolimiter", {"wechat/transport/network.py"}),
                                               ("deepdiff", {"plan/diff.py"}),
                                               ("yaml", {"desired/yaml_nodes.py"}),
                                               ("pypinyin", {"app/importing/naming.py"}),
                                               ("jsonschema", {"core/schemas.py"}),
                                               ("rapidfuzz", {"lint/likeness.py"}),
                                               ("tenacity", {"wechat/transport/retry.py"}),
                                               ("portalocker", {"lock/mutex.py"})])  # fmt: skip
def test_a_library_is_known_to_one_room(package: str, rooms: set[str]) -> None:
    users = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        if any(parts[0] == package for parts in imports(path))
    }
    assert users == rooms


def test_help_loads_click_alone() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from reconciler.cli import main; main(['--help']); "
        "late = {'yaml', 'httpx', 'jsonschema', 'deepdiff', 'asyncio', 'dataclasses'}; "
        "print(sorted(set(sys.modules) & late))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


def test_validate_loads_no_client_and_no_jsonschema(tmp_path: Path) -> None:
    import subprocess
    import sys

    file = tmp_path / "templates.yaml"
    file.write_text("version: 1\ntemplates: {}\n")
    code = (
        f"import sys; from reconciler.cli import main; main(['validate', '--file', {str(file)!r}]); "
        "print(sorted(set(sys.modules) & {'httpx', 'jsonschema', 'deepdiff', 'asyncio', 'starlette'}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"
