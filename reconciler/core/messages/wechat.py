"""What `wechat` says."""

from . import Form

MESSAGES: dict[str, Form] = {}
