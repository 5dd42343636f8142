"""The wheel and the sdist: each is installed into an empty environment and used from another folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reconciler import schemas

ROOT = Path(__file__).parent.parent


def run(*words: str | Path, cwd: Path) -> str:
    """Run to success; what it printed."""
    process = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, encoding="utf-8", check=False
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and with the wheel that is built from it."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", out, cwd=ROOT)
    sdist = next(out.glob("*.tar.gz"))
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        out,
        sdist,
        cwd=out,
    )
    return out


@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_installed_into_an_empty_environment(built: Path, kind: str, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    run(sys.executable, "-m", "venv", venv, cwd=tmp_path)
    pip: list[str | Path] = [
        venv / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    run(*pip, "-c", ROOT / ".ci" / "requirements.txt", next(built.glob(kind)), cwd=tmp_path)
    place = tmp_path / "elsewhere"
    place.mkdir()
    (place / "templates.yaml").write_bytes((ROOT / "templates.yaml").read_bytes())
    reconciler = venv / "bin" / "reconciler"
    for name in schemas.NAMES:
        schema = (ROOT / "schemas" / f"{name}.schema.json").read_text("utf-8")
        assert run(reconciler, "schema", name, cwd=place) == schema
    assert run(reconciler, "lint", cwd=place) == "templates.yaml: 0 errors, 0 warnings\n"
    run(reconciler, "apply", "--sandbox", "--yes", cwd=place)
    assert run(reconciler, "plan", "--sandbox", cwd=place).endswith("no changes: 5 kept\n")
