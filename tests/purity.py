"""Folders whose modules are functions of values, but for those that test_architecture.py names."""

from __future__ import annotations

PURE = (
    *("core", "lock", "wechat", "desired", "library", "plan", "lint", "apply", "render"),
    *("app/importing", "app/sending"),
)
