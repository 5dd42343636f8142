"""What `lock` says."""

from . import Form

MESSAGES: dict[str, Form] = {
    "lock.version": "the lock is of version {version}; this reconciler knows {known}",
    "lock.newer-reconciler": "install a newer reconciler",
}
