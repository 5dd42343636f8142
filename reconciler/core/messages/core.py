"""What `core` says."""

from . import Form

MESSAGES: dict[str, Form] = {
    # JSON that a machine wrote
    "core.merge-conflict": "it has a merge conflict in it",
    "core.json-too-large": "it is larger than {limit} MiB",
    "core.no-json": "it is not JSON: {why}",
    "core.json-too-deep": "it is not a file of ours: nested too deep",
    "core.json-key-twice": "it has the key {key} twice: a merge went wrong",
    "core.no-utf8": "it is not UTF-8",
    "core.and-more": ("{names} and {count} more", "{names} and {count} more"),
    "core.no-object": "$: it is no object",
    # files
    "core.unreadable": "can't read the file: {why}",
    "core.not-writable": "can't write {what}: {why}",
    "core.kind-folder": "a folder",
    "core.kind-pipe": "a pipe",
    "core.kind-socket": "a socket",
    "core.kind-device": "a device",
    "core.kind-not-regular": "no regular file",
    "core.it-is": "it is {kind}",
    "core.is-link": "it is a link",
    "core.is-no-folder": "it is no folder",
    "core.put-a-regular-file": "put a regular file there",
    "core.leads-out": "it leads out of the repository ({folder})",
    "core.link-leads-out": "it is a link that leads out of the repository ({folder})",
    "core.leads-into-git": "it leads into git's own folder",
    "core.link-leads-into-git": "it is a link that leads into git's own folder",
    "core.put-the-file-there": "put the file itself there, or name it on the command line",
    "core.pipe-not-ended": "it has not ended within {seconds:g} seconds",
    "core.pipe-not-ended-todo": "see to it that its writer ends, or give it longer with --timeout",
    # what every room says
    "core.more": ("and {count} more", "and {count} more"),
    "core.more-of": "{of}: and {count} more",
    "core.just-now": "just now",
    "core.minutes-ago": ("{count} minute ago", "{count} minutes ago"),
    "core.hours-ago": ("{count} hour ago", "{count} hours ago"),
    "core.days-ago": ("{count} day ago", "{count} days ago"),
    "core.did-you-mean": "did you mean {name}?",
    "core.interrupted": "interrupted; nothing was changed",
}
