"""Files beside templates.yaml that would use its locks."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..tools import CommandLine

ALONE = "version: 1\ntemplates: {a: {id: AT0002, keywords: [购买地点]}}\n"
SEVERAL = ALONE + "accounts:\n  staging: {appid: wx1}\n  prod: {appid: wx2}\n"
HINT = "    rename one of the two, or give this one a lock of its own with --lockfile\n"


def write(**files: str) -> None:
    """Files by their names, in which _ stands for a dot."""
    for name, text in files.items():
        Path(name.replace("_", ".")).write_text(text, "utf-8")


@pytest.fixture(autouse=True)
def _keyless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WECHAT_ACCESS_TOKEN", raising=False)


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "import"])
@pytest.mark.parametrize("suffix", ["yaml", "yml"])
def test_an_account_and_a_file_named_after_it(reconciler: CommandLine, command: str, suffix: str) -> None:
    write(templates_yaml=SEVERAL, **{f"templates_prod_{suffix}": ALONE})
    other = f"templates.prod.{suffix}"
    mode = [] if command == "validate" else ["--sandbox"]
    result = reconciler(*mode, command)
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        "templates.yaml:5:3: prod: its lock would be templates.prod.lock.json, "
        f"and that is a lock of {other}, too\n{HINT}"
    )
    result = reconciler(*mode, "--file", other, command)
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        f"{other}: its lock would be templates.prod.lock.json, "
        f"and that is a lock of templates.yaml, too\n{HINT}"
    )
    assert sorted(one.name for one in Path().glob("*.lock.json")) == []


def test_accounts_in_a_file_of_their_own_are_told_there(reconciler: CommandLine) -> None:
    Path("sub").mkdir()
    accounts = "staging: {appid: wx1}\nprod: {appid: wx2}\n"
    write(**{"sub/accounts_yaml": accounts, "sub/templates_prod_yaml": ALONE})
    Path("sub/templates.yaml").write_text(ALONE + "accounts_file: accounts.yaml\n", "utf-8")
    assert reconciler("validate", "--file", "sub/templates.yaml").err.startswith(
        "sub/accounts.yaml:2:1: prod: its lock would be templates.prod.lock.json, "
        "and that is a lock of sub/templates.prod.yaml, too\n"
    )


@pytest.mark.parametrize("text", [ALONE, SEVERAL])
def test_files_that_differ_in_their_suffix_alone(reconciler: CommandLine, text: str) -> None:
    write(templates_yaml=text, templates_yml=text)
    told = [line for line in reconciler("validate").err.splitlines() if " lock " in line]
    assert [line.partition(": ")[2] for line in told if "templates.yml" in line] == (
        ["its lock would be templates.lock.json, and that is a lock of templates.yml, too"]
        if text == ALONE
        else [
            f"{name}: its lock would be templates.{name}.lock.json, and that is a lock of templates.yml, too"
            for name in ("staging", "prod")
        ]
    )


def test_neighbours_that_share_no_lock(reconciler: CommandLine) -> None:
    """Another name, other accounts, accounts that are not worked on, what is no file of templates."""
    write(
        templates_yaml=SEVERAL, templates_prod_yml=SEVERAL, templates_staging_yaml="a: 1\n", shop_yaml=ALONE
    )
    assert reconciler("validate").code == 0
    write(templates_prod_yml=ALONE)
    assert reconciler("validate", "--account", "staging").code == 0
    assert reconciler("validate", "--account", "prod").code == 1
    write(templates_yml=ALONE)
    assert reconciler("validate", "--account", "staging").code == 0
    assert reconciler("validate", "--file", "shop.yaml").code == 0


def test_a_lock_of_its_own_is_the_way_out(reconciler: CommandLine) -> None:
    write(templates_yaml=SEVERAL, templates_prod_yaml=ALONE)
    words = ("--sandbox", "--file", "templates.prod.yaml", "--lockfile", "own.lock.json", "plan")
    assert reconciler(*words).code == 0


@pytest.mark.parametrize("lock", ["templates.yaml", "./templates.yaml", "link"])
def test_a_lock_is_not_written_over_the_templates(reconciler: CommandLine, lock: str) -> None:
    write(templates_yaml=ALONE)
    Path("link").symlink_to("templates.yaml")
    result = reconciler("--sandbox", "apply", "--yes", "--lockfile", lock)
    assert result.code == 64
    assert result.err.startswith(f"error: --lockfile {lock} is the file of the templates: name another\n")
    assert Path("templates.yaml").read_text("utf-8") == ALONE
