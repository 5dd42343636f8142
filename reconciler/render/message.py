"""A message as text and as a document. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..words import one_line


def payload(call: str, body: Mapping[str, Any]) -> str:
    """What would be sent, as the API takes it; each line ended."""
    return f"{call}\n{json.dumps(body, ensure_ascii=False, indent=2)}\n"


def sent(name: str, template_id: str, to: str, reply: Mapping[str, Any]) -> str:
    """What was sent to whom; the line ended. The reply's msgid is what the server's later word is about."""
    number = reply.get("msgid")
    known = f" (msgid {number})" if isinstance(number, int | str) else ""
    return one_line(f"sent {name} {template_id} to {to}{known}") + "\n"
