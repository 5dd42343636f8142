"""httpx, without its own command line: where rich is installed it loads that, too, and takes 30 ms longer."""

from __future__ import annotations

import sys
from typing import Any

_modules: dict[str, Any] = sys.modules
_modules.setdefault("httpx._main", None)  # a module that is None is missing: httpx then does without

import httpx  # noqa: E402

__all__ = ["httpx"]
