"""What `app` says."""

from . import Form

MESSAGES: dict[str, Form] = {}
