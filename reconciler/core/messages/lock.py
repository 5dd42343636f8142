"""What `lock` says."""

from . import Form

MESSAGES: dict[str, Form] = {
    "lock.version": "the lock is of version {version}; this reconciler knows {known}",
    "lock.newer-reconciler": "install a newer reconciler",
    "lock.no-time": "$.retired[{index}].since: {value} is no time",
    "lock.restore": (
        "restore it from version control; never start with an empty one, or what it owned is forgotten"
    ),
    "lock.merge": "take one side whole (git checkout --theirs FILE), then run plan: it shows what differs",
    # on disk
    "lock.the-lock": "the lock",
    "lock.choose-another": "make its folder writable, or choose another with --lockfile",
    "lock.changed": "somebody else has changed it since it was read",
    "lock.dangling-link": "the lock is a link to nothing: what is written would be made where it leads",
    "lock.dangling-link-todo": "remove the link, or name the lock with --lockfile",
    # one apply at a time
    "lock.taken": "{taken}: {holder}",
    "lock.taken-by-apply": "another apply is at work on this lock",
    "lock.holder": "process {pid} on {host}, since {since}",
    "lock.unknown-holder": "its mark does not say which",
    "lock.wait": "wait until it has ended, then run it again",
    "lock.killed": "a run was killed",
    "lock.ended-unknowing": "a run ended without knowing what it had added",
    "lock.no-locks": "{path} can't be locked ({why}): see to it that no two runs are at work",
    "lock.none-known": "no locks",
    "lock.no-mark": "can't keep other runs out: {why}",
    "lock.make-writable": "make its folder writable, and see to room on its disk",
    "lock.remove-no-folder": "remove it: apply makes what it needs",
    "lock.remove-no-file": "remove it: it should be a file that an apply makes and removes",
}
