"""What `core` says."""

from . import Form

MESSAGES: dict[str, Form] = {
    "core.more": ("and {count} more", "and {count} more"),
    "core.interrupted": "interrupted; nothing was changed",
}
