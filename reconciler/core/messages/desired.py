"""What `desired` says."""

from . import Form

MESSAGES: dict[str, Form] = {}
