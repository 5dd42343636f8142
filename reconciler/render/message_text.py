"""A message as text and as a document. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..core.text import one_line


def payload(body: Mapping[str, Any]) -> str:
    """What would be sent, as the API takes it: JSON, the last line ended."""
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def sent(name: str, template_id: str, to: str, msgid: int | str | None) -> str:
    """What was sent to whom; the line ended. `msgid` is what the server's later word will be about."""
    known = "" if msgid is None else f" (msgid {msgid})"
    return one_line(f"sent {name} {template_id} to {to}{known}") + "\n"
