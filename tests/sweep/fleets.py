"""`python -m tests.sweep.fleets [SEED...]`: fleets of 110 accounts whose calls go wrong in every way at once.

Some locks are older than their account. A run of all 110 goes over aiohttp's transport, two runs of the
halves over httpx's own. Exit 1 if an account is not what was meant, or if more was told than may be.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.sandbox.accounts import SECRET
from reconciler.sandbox.faults.garble import GARBLED
from reconciler.sandbox.faults.schedule import Faults, parse
from reconciler.sandbox.routes import create_app
from reconciler.sandbox.state.store import Store

from .dialects import LIBRARY
from .world import _start

COUNT = 110
KINDS = [*GARBLED, "drop", "cut", "http-502", "html", "empty"]
CALLS = ("token", "list", "add", "del")
WAYS: Mapping[str, Sequence[tuple[str, ...]]] = {
    "aiohttp": [()],
    "httpx": [("--shard", "1/2"), ("--shard", "2/2")],
}
"""The runs that all accounts take, by the transport that they go over"""
Wish = tuple[str, list[str]]
FIRST: Wish = ("x", ["购买地点", "购买时间"])
SECOND: Wish = ("x", ["购买时间", "物品名称"])
GONE: Wish = ("z", ["物品名称"])
NEW: Wish = ("y", ["购买地点"])
AGES = {"A": (FIRST, GONE), "B": (SECOND, GONE), "C": (SECOND, NEW)}
"""What templates.yaml says at one time after the other"""
SEEDS = range(6)


@dataclass(frozen=True)
class Case:
    """What goes wrong where is drawn from the seed."""

    seed: int
    way: str

    def faults(self) -> list[str]:
        """Every kind at every sort of call, each at another account."""
        chance = random.Random(self.seed)
        texts = []
        for call in CALLS:
            turns = chance.sample(range(1, COUNT // 2), len(KINDS))
            ends = [chance.choice(["", ":after"]) for _ in KINDS]
            texts += [f"{call}@{n}={kind}{end}" for n, kind, end in zip(turns, KINDS, ends, strict=True)]
        return texts


def appid(number: int) -> str:
    return f"wx{number:016}"


class Fleet:
    """A server, and a folder with the files of 110 accounts."""

    def __init__(self, folder: Path, url: str, store: Store) -> None:
        self.folder, self.url, self.store = folder, url, store
        self.problems: list[str] = []

    def write(self, age: str) -> None:
        """templates.yaml of this age."""
        rows = [f"  {name}: {{id: AT0002, keywords: [{', '.join(words)}]}}" for name, words in AGES[age]]
        accounts = [f"  a{n}: {{appid: {appid(n)}}}" for n in range(COUNT)]
        text = "\n".join(["version: 1", "templates:", *rows, "accounts:", *accounts, ""])
        (self.folder / "templates.yaml").write_text(text, "utf-8")

    def lock(self, number: int) -> Path:
        return self.folder / f"templates.a{number}.lock.json"

    def apply(self, way: str) -> list[tuple[int, Any]]:
        """The exit code and the document of each run."""
        return [self._apply(words) for words in WAYS[way]]

    def _apply(self, words: Sequence[str]) -> tuple[int, Any]:
        options = ["--format", "json", "--retries", "0", "--settle", "0.3", "--endpoint", self.url]
        run = subprocess.run(
            [sys.executable, "-m", "reconciler", "apply", "--yes", *options, *words],
            cwd=self.folder,
            env={**os.environ, "WECHAT_APPSECRET": SECRET},
            capture_output=True,
            text=True,
            check=False,
        )
        told = run.stdout + run.stderr
        self.expect(SECRET not in told and "Traceback" not in told and '"bug"' not in told, told[-500:])
        return run.returncode, json.loads(run.stdout)

    def expect(self, holds: bool, what: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.problems.append(what)

    def check(self, numbers: Sequence[int], when: str) -> None:
        """These accounts and locks are as templates.yaml says, and nothing is there twice."""
        wanted = sorted(tuple(words) for _, words in AGES["C"])
        for number in numbers:
            there = self.store.templates(appid(number), "wxopen")
            looks = sorted(tuple(keyword.name for keyword in one.keywords) for one in there)
            entries = json.loads(self.lock(number).read_text("utf-8"))["templates"]
            ids = {entry["template_id"] for entry in entries.values()}
            self.expect(looks == wanted, f"{when}: a{number} has {looks}")
            self.expect(ids == {one.template_id for one in there}, f"{when}: a{number}'s lock has {ids}")


def tried(case: Case) -> list[str]:
    """What does not hold of a fleet that is disturbed once, and then is not."""
    with _fleet() as (fleet, faults):
        _age(fleet)
        faults.set(parse(one) for one in case.faults())
        failed = _judged(fleet, fleet.apply(case.way))
        faults.set(())
        fleet.check(sorted({*range(COUNT)} - failed), "after the first run")
        for code, _ in fleet.apply(case.way):
            fleet.expect(code == 0, f"the second run ends with {code}")
        fleet.check(range(COUNT), "after the second run")
        for code, document in fleet.apply(case.way):
            fleet.expect((code, document["changes"]) == (0, False), "the third run has something to do")
        return fleet.problems


def _judged(fleet: Fleet, runs: list[tuple[int, Any]]) -> set[int]:
    """The accounts that have failed in these runs."""
    failed: set[int] = set()
    for code, document in runs:
        told = {one["account"] for one in document["errors"]}
        fleet.expect(code == (4 if told else 0), f"exit {code}, and {len(told)} accounts failed")
        fleet.expect(None not in told, f"an error names no account: {document['errors'][:1]}")
        failed |= {int(name[1:]) for name in told if name}
    fleet.expect(len(failed) <= len(KINDS) * len(CALLS), f"{len(failed)} accounts failed")
    return failed


def _age(fleet: Fleet) -> None:
    """Two applies; every fifth lock is the one that the first has left."""
    locks: dict[int, bytes] = {}
    for age in "AB":
        fleet.write(age)
        fleet.expect([code for code, _ in fleet.apply("aiohttp")] == [0], f"{age} can't be applied")
        if age == "A":
            locks = {number: fleet.lock(number).read_bytes() for number in range(0, COUNT, 5)}
    for number, content in locks.items():
        fleet.lock(number).write_bytes(content)
    fleet.write("C")


@contextlib.contextmanager
def _fleet() -> Iterator[tuple[Fleet, Faults]]:
    faults = Faults()
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Store.memory()) as store:
        server, thread, url = _start(create_app(store, LIBRARY, faults=faults))
        yield Fleet(Path(folder), url, store), faults
        server.should_exit = server.force_exit = True
        thread.join()


def main(words: Sequence[str]) -> int:
    bad = 0
    for seed in map(int, words) if words else SEEDS:
        for way in WAYS:
            problems = tried(Case(seed, way))
            bad += bool(problems)
            lines = [f"fleet of {COUNT}, seed {seed}, {way}: {len(problems)} problems", *problems[:9]]
            sys.stdout.write("\n    ".join(lines) + "\n")
            sys.stdout.flush()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
