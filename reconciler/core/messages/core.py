"""What `core` says."""

from . import Form

MESSAGES: dict[str, Form] = {
    "core.merge-conflict": "it has a merge conflict in it",
    "core.json-too-large": "it is larger than {limit} MiB",
    "core.no-json": "it is not JSON: {why}",
    "core.json-too-deep": "it is not a file of ours: nested too deep",
    "core.json-key-twice": "it has the key {key} twice: a merge went wrong",
    "core.no-utf8": "it is not UTF-8",
    "core.and-more": ("{names} and {count} more", "{names} and {count} more"),
    "core.more": ("and {count} more", "and {count} more"),
    "core.more-of": "{of}: and {count} more",
    "core.just-now": "just now",
    "core.minutes-ago": ("{count} minute ago", "{count} minutes ago"),
    "core.hours-ago": ("{count} hour ago", "{count} hours ago"),
    "core.days-ago": ("{count} day ago", "{count} days ago"),
    "core.did-you-mean": "did you mean {name}?",
    "core.interrupted": "interrupted; nothing was changed",
}
