"""Spans of time as text. Pure."""

from __future__ import annotations

from .messages import Text


def ago(seconds: float) -> Text:
    """Say how long ago something was.

    >>> [str(ago(30)), str(ago(90 * 60)), str(ago(3 * 86400))]
    ['just now', '1 hour ago', '3 days ago']
    """
    if seconds >= 86400:
        return Text("core.days-ago", count=int(seconds // 86400))
    if seconds >= 3600:
        return Text("core.hours-ago", count=int(seconds // 3600))
    if seconds >= 60:
        return Text("core.minutes-ago", count=int(seconds // 60))
    return Text("core.just-now")
