"""What `plan` says."""

from . import Form

MESSAGES: dict[str, Form] = {}
