"""Print requirements: the lowest version of each package that pyproject.toml makes users install.

The tools of the tests are as .ci/requirements.txt pins them. What all of these need in turn is left to pip: a
newer release of it may have dropped what an old one of ours asks for.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = re.compile(r"([A-Za-z0-9._-]+)(\[[^]]*\])?")
LOWEST = re.compile(r">=([^,; ]+)")


def normal(name: str) -> str:
    """A name as an index compares it."""
    return re.sub("[-_.]+", "-", name).lower()


def lowest(requirement: str) -> str:
    """A requirement of pyproject.toml, pinned to the lowest version that it allows."""
    name, version = NAME.match(requirement), LOWEST.search(requirement)
    if name is None or version is None:
        raise SystemExit(f"pyproject.toml: {requirement} has no lowest version: write >= after its name")
    return f"{name[0]}=={version[1]}"


def pinned(names: set[str]) -> list[str]:
    """What .ci/requirements.txt pins of these."""
    lines = (ROOT / ".ci" / "requirements.txt").read_text("utf-8").splitlines()
    pins = (re.match(r"([A-Za-z0-9._-]+)==[^\s\\]+", line) for line in lines)
    return [pin[0] for pin in pins if pin and normal(pin[1]) in names]


def main() -> None:
    """One requirement a line."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    dev = filter(None, map(NAME.match, project["optional-dependencies"]["dev"]))
    requirements = [*map(lowest, project["dependencies"]), *pinned({normal(match[1]) for match in dev})]
    sys.stdout.write("".join(f"{one}\n" for one in requirements))


if __name__ == "__main__":
    main()
