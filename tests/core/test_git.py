"""What git has of a lock, and what a hostile checkout can't make it do."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from reconciler.core import git
from reconciler.core.git import GitError, NoCommitError

from ..repositories import LOCK, Repository


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    git._commit.cache_clear()
    return Repository(tmp_path / "repo")


def ever(path: Path, ids: list[str]) -> set[str]:
    found = git.committed(path, ids)
    assert found is not None
    return set(found)


def test_a_file_as_it_stood(repo: Repository) -> None:
    first = repo.commit(LOCK, "A")
    repo.commit(LOCK, "B")
    path = repo.folder / LOCK
    assert git.at(first, path) == b'{"template_id": "A"}\n'
    assert git.at("HEAD^", path) == git.at(first[:12], path) == git.at("main~1", path) == git.at(first, path)
    assert git.at("HEAD", path) == b'{"template_id": "B"}\n'


def test_a_file_in_a_sub_folder_of_a_repository_whose_top_is_elsewhere(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit("shop/conf/a b'\"é.lock.json", "A")
    monkeypatch.chdir(repo.folder / "shop")
    assert git.at("HEAD", Path("conf/a b'\"é.lock.json")) == b'{"template_id": "A"}\n'
    assert git.at("HEAD", Path("conf/../conf/a b'\"é.lock.json")) == b'{"template_id": "A"}\n'
    assert ever(Path("conf/a b'\"é.lock.json"), ["A", "B"]) == {"A"}


def test_a_file_whose_folder_is_gone_from_the_checkout(repo: Repository) -> None:
    first = repo.commit("locks/prod.lock.json", "A")
    repo.do("rm", "-q", "-r", "locks")
    assert not (repo.folder / "locks").exists()
    assert git.at(first, repo.folder / "locks" / "prod.lock.json") == b'{"template_id": "A"}\n'


def test_no_file_no_commit_and_no_repository_are_told_apart(repo: Repository, tmp_path: Path) -> None:
    repo.commit(LOCK, "A")
    repo.commit("folder/other", "A")
    assert git.at("HEAD", repo.folder / "no.lock.json") is None
    for ref in (
        "nowhere",
        "",
        "-h",
        "--help",
        "HEAD:" + LOCK,
        "^HEAD",
        "HEAD\nHEAD",
        "HEAD^{tree}",
        "HEAD..HEAD",
    ):
        with pytest.raises(NoCommitError):
            git.at(ref, repo.folder / LOCK)
    with pytest.raises(GitError, match="was no file at HEAD"):
        git.at("HEAD", repo.folder / "folder")
    with pytest.raises(GitError, match="is in no git repository, or in one that git does not") as caught:
        git.at("HEAD", tmp_path / LOCK)
    assert not isinstance(caught.value, NoCommitError)
    with pytest.raises(GitError, match="can't be asked for"):
        git.at("HEAD", repo.folder / "a\nHEAD:secret")


def test_without_git(repo: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    repo.commit(LOCK, "A")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(GitError, match="there is no git"):
        git.at("HEAD", repo.folder / LOCK)
    assert git.committed(repo.folder / LOCK, ["A"]) is None


def test_a_git_that_stands_in_the_checkout_is_not_run(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit(LOCK, "A")
    fake = repo.folder / "git"
    fake.write_text(f"#!/bin/sh\ntouch {repo.folder}/ran\n")
    fake.chmod(0o755)
    monkeypatch.chdir(repo.folder)
    monkeypatch.setenv("PATH", "." + os.pathsep + os.environ["PATH"])
    with pytest.raises(GitError, match="there is no git"):
        git.at("HEAD", repo.folder / LOCK)
    assert not (repo.folder / "ran").exists()


def test_a_git_that_never_ends_is_ended(
    repo: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repo.commit(LOCK, "A")
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nsleep 600 & echo $! > " + str(tmp_path / "child") + "; wait\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(git, "SECONDS", 0.5)
    assert git.committed(repo.folder / LOCK, ["A"]) is None
    child = int((tmp_path / "child").read_text())
    ends = time.monotonic() + 20  # who was killed is gone when the system gets to it
    while _lives(child) and time.monotonic() < ends:
        time.sleep(0.05)
    assert not _lives(child)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_what_was_ever_committed(repo: Repository) -> None:
    repo.commit(LOCK, "A")
    repo.commit(LOCK, "B", "C")
    repo.write(LOCK, "D")
    assert ever(repo.folder / LOCK, ["A", "B", "C", "D"]) == {"A", "B", "C"}
    assert ever(repo.folder / LOCK, []) == set()


def test_what_was_committed_on_another_branch_and_undone_by_its_merge(repo: Repository) -> None:
    repo.commit(LOCK, "A")
    repo.do("checkout", "-q", "-b", "side")
    repo.commit(LOCK, "S")
    repo.do("checkout", "-q", "main")
    repo.commit("other", "x")
    repo.do("merge", "-q", "-s", "ours", "-m", "undone", "side")
    repo.do("branch", "-D", "side")
    assert ever(repo.folder / LOCK, ["S"]) == {"S"}


def test_what_only_a_merge_has_put_there(repo: Repository) -> None:
    repo.commit(LOCK, "A")
    repo.do("checkout", "-q", "-b", "side")
    repo.commit("other", "x")
    repo.do("checkout", "-q", "main")
    repo.commit("third", "x")
    repo.do("merge", "-q", "--no-commit", "--no-ff", "side")
    repo.commit(LOCK, "M")
    repo.commit(LOCK, "A")
    assert ever(repo.folder / LOCK, ["M"]) == {"M"}


def test_what_is_on_a_tag_or_on_a_detached_head(repo: Repository) -> None:
    repo.commit(LOCK, "A")
    repo.do("checkout", "-q", "--detach")
    repo.commit(LOCK, "T")
    repo.do("tag", "-a", "-m", "tag", "v1")
    repo.do("checkout", "-q", "main")
    repo.do("checkout", "-q", "--detach")
    repo.commit(LOCK, "H")
    assert ever(repo.folder / LOCK, ["T", "H"]) == {"T", "H"}


def test_a_lock_that_had_another_name(repo: Repository) -> None:
    repo.commit("old.lock.json", "A")
    repo.do("mv", "old.lock.json", "moved.json")
    repo.commit("moved.json", "B")
    assert ever(repo.folder / "moved.json", ["A", "B"]) == {"A", "B"}


def test_a_lock_that_was_in_another_folder(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit("shop/templates.lock.json", "A")
    repo.do("mv", "shop/templates.lock.json", "templates.lock.json")
    repo.commit("locks/deep/down/templates.prod.lock.json", "B")
    repo.do("rm", "-q", "templates.lock.json")
    repo.commit("locks/deep/down/templates.prod.lock.json", "C")
    monkeypatch.chdir(repo.folder / "locks")
    assert ever(Path("deep/down/templates.prod.lock.json"), ["A", "B", "C", "D"]) == {"A", "B", "C"}


def test_a_lock_that_has_another_name_and_is_the_same(repo: Repository) -> None:
    """Git lists what it holds once, under either name."""
    repo.commit("a.lock.json", "A")
    for name in ("z.lock.json", "b.lock.json"):
        repo.do("mv", "a.lock.json" if name[0] == "z" else "z.lock.json", name)
        repo.do("commit", "-q", "-m", "moved")
        assert ever(repo.folder / name, ["A", "B"]) == {"A"}


def test_the_history_is_read_once_for_a_folder(repo: Repository, tmp_path: Path) -> None:
    for name in "abc":
        repo.commit(f"{name}.lock.json", name)
    calls = tmp_path / "calls"
    real, fake = shutil.which("git"), tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\necho "$@" >> {calls}\nexec {real} "$@"\n')
    fake.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
        for name in "abc":
            assert ever(repo.folder / f"{name}.lock.json", ["a", "b", "d"]) == {"a", "b"}
    assert calls.read_text().count("cat-file") == 1


def test_a_file_that_was_never_committed_tells_nothing(repo: Repository, tmp_path: Path) -> None:
    repo.commit("other.lock.json", "A")
    repo.write(LOCK, "B")
    assert git.committed(repo.folder / LOCK, ["A"]) is None
    assert git.committed(tmp_path / LOCK, ["A"]) is None


def test_a_shallow_clone_tells_nothing_and_has_its_base(repo: Repository, tmp_path: Path) -> None:
    for one in "ABC":
        repo.commit(LOCK, one)
    repo.do("clone", "-q", "--depth", "2", f"file://{repo.folder}", str(tmp_path / "shallow"))
    path = tmp_path / "shallow" / LOCK
    assert git.committed(path, ["A"]) is None
    assert git.at("HEAD^", path) == b'{"template_id": "B"}\n'
    with pytest.raises(NoCommitError):
        git.at("HEAD~2", path)


@pytest.mark.parametrize("without", ["blob:none", "tree:0"])
def test_a_partial_clone_tells_nothing_and_fetches_nothing(
    repo: Repository, tmp_path: Path, without: str
) -> None:
    for one in "AB":
        repo.commit(LOCK, one)
    repo.do("config", "uploadpack.allowFilter", "true")
    url = f"file://{repo.folder}"
    repo.do("clone", "-q", f"--filter={without}", url, str(tmp_path / "partial"))
    repo.do("-C", str(tmp_path / "partial"), "config", "protocol.file.allow", "always")
    path = tmp_path / "partial" / LOCK
    before = sorted((tmp_path / "partial" / ".git" / "objects").rglob("*"))
    assert git.committed(path, ["A"]) is None
    assert sorted((tmp_path / "partial" / ".git" / "objects").rglob("*")) == before


def test_a_hostile_checkout_runs_nothing(
    repo: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\nenv > {tmp_path}/ran\n")
    trap.chmod(0o755)
    (repo.folder / ".gitattributes").write_text("* diff=evil filter=evil\n")
    first = repo.commit(LOCK, "A")
    for key in (
        "core.fsmonitor", "core.pager", "core.sshCommand", "core.askPass", "diff.external",
        "diff.evil.textconv", "filter.evil.clean", "filter.evil.smudge", "gpg.program",
        "alias.cat-file", "alias.rev-parse", "credential.helper", "uploadpack.packObjectsHook",
    ):  # fmt: skip
        repo.do("config", key, str(trap))
    repo.do("config", "alias.rev-list", f"!{trap}")
    repo.do("config", "log.showSignature", "true")
    for name in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_PROXY_COMMAND"):
        monkeypatch.setenv(name, str(trap))
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "ran"))
    assert git.at(first, repo.folder / LOCK) == b'{"template_id": "A"}\n'
    assert ever(repo.folder / LOCK, ["A"]) == {"A"}
    assert not (tmp_path / "ran").exists()


def test_a_replaced_object_is_what_was_committed(repo: Repository) -> None:
    first, second = repo.commit(LOCK, "A"), repo.commit(LOCK, "B")
    repo.do("replace", f"{first}:{LOCK}", f"{second}:{LOCK}")
    assert git.at(first, repo.folder / LOCK) == b'{"template_id": "A"}\n'


def test_git_sees_no_credential(repo: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    for name in ("WECHAT_APPSECRET", "WECHAT_ACCESS_TOKEN_PROD", "RECONCILER_TOKEN_HEADER", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, "s3cret")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "0")
    assert git.committed(repo.folder / LOCK, ["A"]) is None
    seen = (tmp_path / "seen").read_text()
    assert "s3cret" not in seen
    assert "GIT_CONFIG_COUNT=0" in seen
