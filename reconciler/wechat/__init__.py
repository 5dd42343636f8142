"""WeChat's side: a dialect is a module of pure functions, session.py is the room with the socket.

A new dialect is a module that satisfies `Dialect`, and a line in DIALECTS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..model import Live, Spec, Title
from . import wxopen
from .wire import Request


class Dialect(Protocol):
    """What the client needs of a dialect; `read_*` raise CallError for a reply of the wrong shape."""

    NAME: str
    PAGE: int

    def list_page(self, offset: int) -> Request: ...
    def read_page(self, request: Request, document: dict[str, Any]) -> tuple[Live, ...]: ...
    def look_up(self, id: str) -> Request: ...  # noqa: A002
    def read_title(self, request: Request, document: dict[str, Any]) -> Title: ...
    def add(self, spec: Spec) -> Request: ...
    def read_added(self, request: Request, document: dict[str, Any]) -> str: ...
    def expected_keys(self, count: int) -> Sequence[str]: ...
    def expected_pages(self, templates: int) -> Sequence[int]: ...
    def delete(self, template_id: str) -> Request: ...


DIALECTS: Mapping[str, Dialect] = {"wxopen": wxopen}
