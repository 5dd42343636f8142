"""Messages that the sandbox was sent, as text. Pure.

What stands in them is anybody's: a value takes one line, and stands at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..core.text import one_line


def text(messages: Iterable[Mapping[str, Any]]) -> str:
    """Messages as `sandbox messages --format json` has them, a paragraph each."""
    return "\n".join("".join(f"{one_line(line)}\n" for line in _lines(one)) for one in messages)


def _lines(message: Mapping[str, Any]) -> Iterator[str]:
    sent, dialect, appid = message["sent"] or "(time unknown)", message["dialect"], message["appid"]
    yield f"{sent}  {dialect}  {appid} to {message['touser']}"
    yield f"    template: {message['title']} ({message['template_id']})"
    for key, line in message["data"].items():
        yield f"    {line['name']}  {key}={line['value']}"
    for field, word in (("page", "page"), ("url", "url"), ("emphasis", "emphasised")):
        if message.get(field):
            yield f"    {word}: {message[field]}"
    if isinstance(program := message.get("miniprogram"), dict):
        yield f"    mini program: {' '.join(map(str, program.values()))}"
