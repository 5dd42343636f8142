"""What `render` says."""

from . import Form

MESSAGES: dict[str, Form] = {}
