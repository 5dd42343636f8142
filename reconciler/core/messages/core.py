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
    "core.pipe-not-ended-todo": (
        "see to it that its writer ends; commands that call WeChat wait longer with --timeout"
    ),
    # git
    "core.git-missing": "there is no git",
    "core.git-not-run": "git can't be run: {why}",
    "core.git-no-answer": "git has not answered",
    "core.git-no-end": "git has not come to an end",
    "core.git-no-repository": "{folder} is in no git repository, or in one that git does not trust",
    "core.git-no-ref": "{ref} names no commit",
    "core.git-no-commit": "there is no commit {ref} here",
    "core.git-lost-commit": "git has ended with an error: a file that was committed is in some commit",
    "core.git-no-object": "an object is not here, or too large",
    "core.git-no-folder": "{path} is in no folder",
    "core.git-odd-name": "{name} can't be asked for",
    "core.git-no-file": "{path} was no file at {ref}",
    # what every room says
    "core.nothing-changed": "nothing was changed",
    "core.more": ("and {count} more", "and {count} more"),
    "core.more-of": "{of}: and {count} more",
    "core.just-now": "just now",
    "core.minutes-ago": ("{count} minute ago", "{count} minutes ago"),
    "core.hours-ago": ("{count} hour ago", "{count} hours ago"),
    "core.days-ago": ("{count} day ago", "{count} days ago"),
    "core.did-you-mean": "did you mean {name}?",
    "core.interrupted": "interrupted; nothing was changed",
}
