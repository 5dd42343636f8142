"""The folder of the library's answers for the next run: in the user's cache, never in a checkout.

A checkout is what somebody else has sent, and an answer that is believed decides which keywords are added.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from ..core import files
from .input_files import home


def cache_folder(environment: Mapping[str, str], file: str) -> Path | None:
    """The folder of our answers in the user's cache; None where there is none, or where it lies in the
    repository of templates.yaml, and so may have come with it."""
    try:
        root = _user_cache(environment).resolve()
        tree = files.tree_of(home(file).parent)
    except (OSError, RuntimeError):
        return None
    return None if root.is_relative_to(tree) else root / "reconciler" / "library"


def account_folder(root: Path, endpoint: str, dialect: str, appid: str | None) -> Path:
    """The folder of one account's answers; accounts without a known appid share one."""
    import hashlib

    key = "\0".join((endpoint, dialect, appid or "")).encode()
    return root / f"{dialect}-{hashlib.sha256(key).hexdigest()[:16]}"


def _user_cache(environment: Mapping[str, str]) -> Path:
    """The user's cache, where this system has it. A relative XDG_CACHE_HOME is ignored (XDG Base Directory
    Specification)."""
    named = Path(environment.get("XDG_CACHE_HOME", ""))
    if named.is_absolute():
        return named
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path.home() / ".cache"
