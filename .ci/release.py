#!/usr/bin/env python3
"""What a release must be, and what it says of itself. A workflow calls this (release.yml), and so may you.

release.py check TAG            is TAG the version, and has CHANGELOG.md a dated section of it?
release.py dist TAG FOLDER      are the sdist and the wheel of that version in FOLDER, and nothing else?
release.py notes TAG            that section of CHANGELOG.md
release.py image TAG OWNER/REPO the image's name and tags, as outputs of a step
release.py publish TAG FOLDER   the release on the forge, with the notes and with what is in FOLDER
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")
"""As PyPI compares them: 0.2.0, or 0.2.0rc1 before it"""
HEADING = re.compile(r"^## \[([^\]]+)\](.*)$", re.MULTILINE)
DATE = re.compile(r" - \d{4}-\d{2}-\d{2}")


def version() -> str:
    """What `reconciler --version` says."""
    text = (ROOT / "reconciler" / "__init__.py").read_text("utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if found is None:
        raise SystemExit("reconciler/__init__.py has no __version__")
    return found[1]


def released(tag: str) -> str:
    """The version of a tag. Raises SystemExit where it is none, or another than the program's."""
    number = tag.removeprefix("v")
    if tag == number or not VERSION.fullmatch(number):
        raise SystemExit(f"{tag} is no tag of a release: those are written v0.2.0, or v0.2.0rc1 before it")
    if number != version():
        raise SystemExit(f"{tag} is not the version in reconciler/__init__.py, which is {version()}")
    return number


def is_early(number: str) -> bool:
    """Whether it comes before a release.

    >>> is_early("0.2.0rc1"), is_early("0.2.0")
    (True, False)
    """
    return not number.replace(".", "").isdigit()


def notes(number: str, changelog: str) -> str:
    """The section of a version. Raises SystemExit where there is none, or it has no date, or says nothing.

    >>> notes("1.0.0", "# Log\\n\\n## [1.0.0] - 2026-12-01\\n\\n- a\\n\\n## [0.9.0] - 2026-11-01\\n\\n- b\\n")
    '- a\\n'
    """
    headings = list(HEADING.finditer(changelog))
    places = [place for place, heading in enumerate(headings) if heading[1] == number]
    if not places:
        raise SystemExit(f"CHANGELOG.md has no section [{number}]: give [Unreleased] that name, and a date")
    if len(places) > 1:
        raise SystemExit(f"CHANGELOG.md has several sections [{number}]")
    place = places[0]
    if not DATE.fullmatch(headings[place][2]):
        raise SystemExit(f"CHANGELOG.md: [{number}] has no date: write ## [{number}] - 2026-12-01")
    end = headings[place + 1].start() if place + 1 < len(headings) else len(changelog)
    # Links stand at the end of the file, and so in the last section.
    body = re.sub(
        r"^\[[^\]]+\]: \S+$", "", changelog[headings[place].end() : end], flags=re.MULTILINE
    ).strip()
    if not body:
        raise SystemExit(f"CHANGELOG.md says nothing under [{number}]")
    return f"{body}\n"


def expected(number: str) -> set[str]:
    """The names of the files of a version."""
    name = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["name"].replace("-", "_")
    return {f"{name}-{number}.tar.gz", f"{name}-{number}-py3-none-any.whl"}


def dist(number: str, folder: Path) -> list[str]:
    """The paths of what is published. Raises SystemExit where something is missing or too much."""
    found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if found != expected(number):
        raise SystemExit(f"{folder} has {sorted(found)} instead of {sorted(expected(number))}")
    return [str(folder / name) for name in sorted(found)]


def image(number: str, repository: str) -> str:
    """The image's name (in small letters: a registry takes no others) and its tags, comma-separated.

    >>> print(image("0.2.0", "Shop/Templates"), end="")
    name=ghcr.io/shop/templates
    tags=ghcr.io/shop/templates:0.2.0,ghcr.io/shop/templates:0.2,ghcr.io/shop/templates:latest
    version=0.2.0
    >>> print(image("0.2.0rc1", "shop/templates"), end="")
    name=ghcr.io/shop/templates
    tags=ghcr.io/shop/templates:0.2.0rc1
    version=0.2.0rc1
    """
    name = f"ghcr.io/{repository.lower()}"
    tags = [number] if is_early(number) else [number, number.rpartition(".")[0], "latest"]
    return f"name={name}\ntags={','.join(f'{name}:{tag}' for tag in tags)}\nversion={number}\n"


def publish(tag: str, files: Sequence[str], text: str) -> None:
    """Make the release on the forge, of a tag that is there already. Raises CalledProcessError."""
    early = ["--prerelease"] if is_early(tag.removeprefix("v")) else []
    words = ["gh", "release", "create", tag, "--verify-tag", "--title", tag, *early, "--notes-file", "-"]
    subprocess.run([*words, *files], input=text, encoding="utf-8", check=True)


def main(words: Sequence[str]) -> None:
    """Do what is asked; SystemExit says what is wrong."""
    match words:
        case ["check" | "dist" | "notes" | "image" | "publish" as what, tag, *rest]:
            number = released(tag)
            text = notes(number, (ROOT / "CHANGELOG.md").read_text("utf-8"))
        case _:
            raise SystemExit(__doc__)
    match what, rest:
        case "check", []:
            sys.stdout.write(f"{tag} is the version, and CHANGELOG.md has it\n")
        case "dist", [folder]:
            sys.stdout.write("".join(f"{path}\n" for path in dist(number, Path(folder))))
        case "notes", []:
            sys.stdout.write(text)
        case "image", [repository]:
            sys.stdout.write(image(number, repository))
        case "publish", [folder]:
            publish(tag, dist(number, Path(folder)), text)
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
