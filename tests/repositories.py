"""A git repository of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

LOCK = "templates.lock.json"


class Repository:
    """A repository of its own, with nobody's settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.do("init", "-q", "-b", "main")

    def do(self, *words: str) -> str:
        settings = (
            "user.name=a",
            "user.email=a@example.org",
            "commit.gpgsign=false",
            "protocol.file.allow=always",
        )
        options = [part for one in settings for part in ("-c", one)]
        run = subprocess.run(
            ["git", *options, *words], cwd=self.folder, capture_output=True, text=True, check=True
        )
        return run.stdout.strip()

    def write(self, name: str, *ids: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f'{{"template_id": "{one}"}}\n' for one in ids), "utf-8")

    def commit(self, name: str = LOCK, *ids: str) -> str:
        """A commit of a lock that holds these ids; its name."""
        self.write(name, *ids)
        self.do("add", "-A")
        self.do("commit", "-q", "-m", "lock")
        return self.do("rev-parse", "HEAD")
