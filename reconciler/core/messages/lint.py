"""What `lint` says."""

from . import Form

MESSAGES: dict[str, Form] = {}
