"""What `apply` says."""

from . import Form

MESSAGES: dict[str, Form] = {}
