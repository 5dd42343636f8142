"""The site is built strictly: every page in its menu, every link and anchor found, in both languages."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from .blocks import ROOT

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")


def build(place: Path, into: Path) -> subprocess.CompletedProcess[str]:
    """As `make site` does. (With --quiet, warnings would not be counted, and --strict would mean nothing.)"""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(into)],
        cwd=place,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built."""
    folder = tmp_path_factory.mktemp("site")
    run = build(ROOT, folder)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path) -> None:
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    with (tmp_path / "docs" / "index.zh.md").open("a", encoding="utf-8") as page:
        page.write("[a](ci.zh.md#no-such-heading) [b](no-such-picture.png)\n")
    run = build(tmp_path, tmp_path / "site")
    assert run.returncode != 0
    assert "no-such-heading" in run.stderr
    assert "no-such-picture.png" in run.stderr


def test_every_page_is_there_in_both_languages(site: Path) -> None:
    pages = {path.name.split(".")[0] for path in (ROOT / "docs").glob("*.md")} - {"index"}
    for name in pages:
        for folder in (site, site / "zh"):
            assert (folder / name / "index.html").is_file(), name
    assert '<html lang="zh"' in (site / "zh" / "index.html").read_text("utf-8")


def test_a_page_fetches_nothing_from_elsewhere(site: Path) -> None:
    """Readers in China wait for foreign fonts and scripts, and a reader's visit is nobody else's business."""
    for path in site.rglob("*.html"):
        page = path.read_text("utf-8")
        fetched = re.findall(r'<(?:script|img|iframe)[^>]+src="([^"]+)"', page)
        fetched += re.findall(r'<link[^>]+rel="(?:stylesheet|preconnect|icon)"[^>]+href="([^"]+)"', page)
        assert [one for one in fetched if "//" in one] == [], path


def test_the_menu_is_translated() -> None:
    class Loader(yaml.SafeLoader):
        """Names of Python objects in the configuration are only read past."""

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
    settings = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Loader)
    i18n = next(one["i18n"] for one in settings["plugins"] if isinstance(one, dict) and "i18n" in one)
    translated = next(one for one in i18n["languages"] if one["locale"] == "zh")["nav_translations"]
    named = re.findall(
        r"^ +- ([^:\n]+):", (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[2], re.M
    )
    assert set(named) == set(translated)


OUTSIDE = sorted(
    path for path in [*ROOT.glob("*.md"), *(ROOT / ".github").rglob("*.md")] if path.name != "CHANGELOG.md"
)


@pytest.mark.parametrize("page", OUTSIDE, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_outside_of_the_site_leads_nowhere(page: Path) -> None:
    for match in LINK.finditer(re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)):
        target, _, anchor = unquote(match["target"]).partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        path = page.parent / target if target else page
        assert path.exists(), match[0]
        if anchor:
            assert anchor in anchors(path), match[0]


def anchors(path: Path) -> set[str]:
    """Of headings: as they are given, or as forges make them."""
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.M | re.S)
    found = set(re.findall(r'<a id="([\w-]+)">', text))
    for heading in re.findall(r"^#+ (.+?)(?: *<a [^>]*></a>)?$", text, re.M):
        found.add(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"))
    return found
