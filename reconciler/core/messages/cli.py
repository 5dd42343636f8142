"""What `cli` says."""

from . import Form

MESSAGES: dict[str, Form] = {}
