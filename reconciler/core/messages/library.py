"""What `library` says."""

from . import Form

MESSAGES: dict[str, Form] = {}
