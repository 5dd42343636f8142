"""What `apply` says."""

from . import Form

MESSAGES: dict[str, Form] = {
    # adds and deletes that fail
    "apply.failed-add": "{name}: {id} {title}: {problem}",
    "apply.failed-add-untitled": "{name}: {id}: {problem}",
    "apply.failed-delete": "{name}: {template_id}: {problem}",
    "apply.id-taken": "the answer to add is {template_id}, which {what}",
    "apply.taken-owned": "is {name}'s",
    "apply.taken-deleted": "is to be deleted",
    "apply.taken-retired": "is retired",
    "apply.taken-by-another": "is {title} [{keywords}]",
    "apply.report-endpoint": (
        "run plan: it shows what is on the account; report this to whoever runs the endpoint"
    ),
    # while it looks for what became of them
    "apply.looking-for": "nobody knows whether this was added: {names}; looking on the account",
    "apply.not-listed": "not listed within {seconds:g} seconds",
    "apply.may-be-there": (
        "it may be one that can't be read yet, so that it is not added again: {template_ids}"
    ),
    "apply.taken-up": "it was: {name} is {template_id}",
    "apply.taken-up-by-look": (
        "{name}: taken up by its look, which {other} shares; the account does not tell which "
        "keyword_id it has"
    ),
    "apply.adding-again": "not there: adding again: {names}",
    "apply.cannot-list": "the account can't be listed: {problem}",
    "apply.making-room": "the account is full: deleting first what is to go: {names}",
    # a full account
    "apply.full": ("there is {count} template", "there are {count} templates"),
    "apply.full-again": "{full}; then run it again",
    "apply.full-one-way": "{full}; {way}; then run it again",
    "apply.full-two-ways": "{full}; {way}; {other}; then run it again",
    "apply.delete-first": (
        "--delete-first gives up what is to be replaced before its successor exists: {templates}"
    ),
    "apply.delete-in-console": "to make room, delete in the console one of: {templates}",
    "apply.delete-replaced-in-console": (
        "only what is to be replaced could go, and its name has no template until then: "
        "delete in the console one of: {templates}"
    ),
    "apply.nothing-may-go": (
        "nothing that is there may go: want fewer in templates.yaml, or have the account's limit raised"
    ),
    "apply.one-replaced": "{template_id} ({name}: replaced)",
    "apply.one-retired": "{template_id} ({name}: retired)",
    "apply.one-unmanaged": "{template_id} ({title}: unmanaged)",
    "apply.one-kept": "{template_id} ({name})",
    "apply.and-more": ("{templates} and {count} more", "{templates} and {count} more"),
    # after the apply
    "apply.not-there": "{name}: {template_id} is not on the account after the apply",
    "apply.there-otherwise": "{name}: {template_id} is there, but as {title} [{keywords}]",
    "apply.still-listed": "{template_id} was deleted and is still listed",
    "apply.run-plan": "run plan: it shows what the account looks like now",
    "apply.unread": (
        "{name}: the content of {template_id} can't be read; it was not compared, and its keys are the usual "
        "ones"
    ),
    "apply.unread-keyless": (
        "{name}: the content of {template_id} can't be read; it was not compared, and nobody knows its keys"
    ),
    "apply.run-again-for-keys": "run apply again: it records the keys as soon as the account shows them",
    "apply.twin": (
        "{template_id} is a twin of {name} ({known}) that was not there before: is another run at work? "
        "it is unmanaged"
    ),
    # the lock
    "apply.lock-not-written": "can't write the lock: {why}",
    "apply.lock-not-written-lacks": (
        "can't write the lock: {why}; these were added and are not in it: {added}"
    ),
    "apply.one-added": "{name} = {template_id}",
    "apply.see-to-the-lock": "see to the lock, then run apply again: it adopts what is there already",
    "apply.see-to-the-lock-unchanged": "nothing was changed; see to the lock, then run it again",
}
