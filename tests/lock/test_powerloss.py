"""Power cuts: what is on disk is what was fsynced, names and all, and nothing else.

The disk is a model over the real one: a file's bytes last from its fsync, its name at the latest from its
folder's, and perhaps at once. At each request and after each rename the model says what a machine that lost
its power there could find, and the next run starts from that.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ..tools import TOKEN, CommandLine, ScriptedServer

LIST, GET = "/cgi-bin/wxopen/template/list", "/cgi-bin/wxopen/template/library/get"
ADD, DEL = "/cgi-bin/wxopen/template/add", "/cgi-bin/wxopen/template/del"
LOCK, MARK = "templates.lock.json", ".reconciler/templates.lock.json.run"
WORDS = {1: "甲", 2: "乙"}
BEFORE = "version: 1\ntemplates: {a: {id: AT1, keywords: [甲]}, c: {id: AT3, keywords: [甲]}}\n"
AFTER = "version: 1\ntemplates: {a: {id: AT1, keywords: [乙]}, b: {id: AT2, keywords: [甲]}}\n"


@dataclass
class Platter:
    """What of the folder, and of those in it, would be there after a power cut: path -> bytes."""

    root: Path
    names: dict[str, dict[str, tuple[int, bool]]] = field(default_factory=dict)
    """of each folder: name -> inode, and whether it is a folder"""
    contents: dict[int, bytes] = field(default_factory=dict)

    def synced(self, descriptor: int) -> None:
        """An fsync of a file or of a folder."""
        status = os.fstat(descriptor)
        if not stat.S_ISDIR(status.st_mode):
            self.contents[status.st_ino] = os.pread(descriptor, status.st_size, 0)
            return
        for folder in (self.root, *(one for one in self.root.rglob("*") if one.is_dir())):
            if os.path.samestat(status, folder.stat()):
                self.names[str(folder.relative_to(self.root))] = _listed(folder)

    def found(self) -> dict[str, bytes]:
        """Where names last as late as they may. One whose bytes are not there is found empty."""
        return dict(self._found("."))

    def _found(self, folder: str) -> Iterator[tuple[str, bytes]]:
        for name, (inode, is_folder) in self.names.get(folder, {}).items():
            path = str(Path(folder, name))
            if is_folder:
                yield from self._found(path)
            else:
                yield path, self.contents.get(inode, b"")

    def found_early(self) -> dict[str, bytes]:
        """Where names last at once."""
        files = (one for one in self.root.rglob("*") if one.is_file())
        return {str(one.relative_to(self.root)): self.contents.get(one.stat().st_ino, b"") for one in files}


def _listed(folder: Path) -> dict[str, tuple[int, bool]]:
    return {one.name: (one.inode(), one.is_dir()) for one in os.scandir(folder)}


@dataclass
class Moment:
    """Just before or after a request was carried out, or after a rename. `early`: names last at once."""

    path: str
    disk: dict[str, bytes]
    early: dict[str, bytes]
    templates: list[dict[str, str]]


@dataclass
class Account:
    """An account behind a scripted server that keeps what the power could be cut off from."""

    platter: Platter
    templates: list[dict[str, str]] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    made: int = 0

    def serve(self, server: ScriptedServer) -> None:
        rules = {LIST: self._list, GET: self._get, ADD: self._add, DEL: self._delete}
        for path, rule in rules.items():
            server.on(path, self._remembered(path, rule))

    def _remembered(self, path: str, rule: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
        def answer(_method: str, body: dict[str, Any]) -> dict[str, Any]:
            self.remember(path)
            reply = rule(body)
            self.remember(path)
            return reply

        return answer

    def remember(self, path: str) -> None:
        found, early = self.platter.found(), self.platter.found_early()
        self.moments.append(Moment(path, found, early, list(self.templates)))

    def _list(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"list": self.templates}

    def _get(self, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "title": body["id"],
            "keyword_list": [{"keyword_id": n, "name": name} for n, name in WORDS.items()],
        }

    def _add(self, body: dict[str, Any]) -> dict[str, Any]:
        self.made += 1
        lines = [f"{WORDS[n]}{{{{keyword{at}.DATA}}}}\n" for at, n in enumerate(body["keyword_id_list"], 1)]
        row = {"template_id": f"T{self.made}", "title": body["id"], "content": "".join(lines)}
        self.templates = [*self.templates, row]
        return {"template_id": row["template_id"]}

    def _delete(self, body: dict[str, Any]) -> dict[str, Any]:
        self.templates = [one for one in self.templates if one["template_id"] != body["template_id"]]
        return {}


@pytest.fixture
def account(
    scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch, reconciler: CommandLine, tmp_path: Path
) -> Account:
    """An account to which BEFORE was applied; AFTER is what templates.yaml says now."""
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", TOKEN)
    platter = Platter(tmp_path)
    fsync, rename = os.fsync, os.replace

    def synced(descriptor: int) -> None:
        fsync(descriptor)
        platter.synced(descriptor)

    def renamed(*names: Any) -> None:
        rename(*names)
        made.remember("rename")

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", renamed)
    made = Account(platter)
    made.serve(scripted)
    Path("templates.yaml").write_text(BEFORE, "utf-8")
    assert reconciler("apply", "--yes").code == 0
    made.moments.clear()
    Path("templates.yaml").write_text(AFTER, "utf-8")
    return made


def looks(templates: list[dict[str, str]]) -> list[tuple[str, str]]:
    return sorted((one["title"], one["content"]) for one in templates)


def test_what_a_delete_takes_away_is_remembered_on_disk(account: Account, reconciler: CommandLine) -> None:
    assert reconciler("apply", "--yes", "--parallelism", "1").code == 0
    deletes = [moment for moment in account.moments if moment.path == DEL]
    assert len(deletes) == 4
    for moment in deletes:
        lock = json.loads(moment.disk[LOCK])
        ids = {name: one["template_id"] for name, one in lock["templates"].items()}
        assert ids == {"a": "T3", "b": "T4"}, "the successors are there before anything is deleted"
        assert {one["template_id"] for one in lock["retired"]} == {"T1", "T2"}


def test_a_run_leaves_its_mark_on_disk_before_it_adds(account: Account, reconciler: CommandLine) -> None:
    assert reconciler("apply", "--yes").code == 0
    marks = [moment.disk.get(MARK) for moment in account.moments if moment.path == ADD]
    assert len(marks) == 4
    assert {json.loads(mark or b"{}").get("pid") for mark in marks} == {os.getpid()}


def test_an_apply_that_has_ended_is_on_disk(account: Account, reconciler: CommandLine) -> None:
    assert reconciler("apply", "--yes").code == 0
    assert account.platter.found()[LOCK] == Path(LOCK).read_bytes()


def test_from_wherever_the_power_was_cut_the_next_run_ends_where_an_undisturbed_one_does(
    account: Account, reconciler: CommandLine
) -> None:
    assert reconciler("apply", "--yes", "--parallelism", "1").code == 0
    end, moments = looks(account.templates), list(account.moments)
    assert len(moments) >= 20
    for moment, disk in [(one, disk) for one in moments for disk in (one.disk, one.early)]:
        for one in Path().iterdir():
            if one.name != "templates.yaml":
                shutil.rmtree(one) if one.is_dir() else one.unlink()
        for name, content in disk.items():
            if name != "templates.yaml":
                Path(name).parent.mkdir(exist_ok=True)
                Path(name).write_bytes(content)
        account.templates = moment.templates
        result = reconciler("apply", "--yes", "--settle", "0.1")
        assert (result.code, looks(account.templates)) == (0, end), moment.path
        names = {one["template_id"]: one["title"] for one in account.templates}
        lock = json.loads(Path(LOCK).read_text("utf-8"))
        assert {name: names[one["template_id"]] for name, one in lock["templates"].items()} == {
            "a": "AT1", "b": "AT2",
        }  # fmt: skip
        assert "retired" not in lock
