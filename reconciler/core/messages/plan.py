"""What `plan` says."""

from . import Form

MESSAGES: dict[str, Form] = {
    "plan.and-more": ("{named} and {count} more", "{named} and {count} more"),
    "plan.more": ("and {count} more", "and {count} more"),
    "plan.then": "{first}; {rest}",
    "plan.of-name": "{name}: {what}",
    "plan.look": "{title} [{names}]",
    # warnings
    "plan.unlisted": (
        "{name}: {template_id} was added, and no list of the account has shown it yet; it is kept, and not "
        "added again without --add-again {name}"
    ),
    "plan.unreadable": "{name}: the content of {template_id} can't be read; it is kept as it is",
    "plan.protection-ends": "{name}: it was protected, and is not any more",
    "plan.protection-ends-renamed": (
        "{name}: {template_id} was protected (as {origin}), and is not any more"
    ),
    "plan.account-protection-ends": "the account {account} was protected, and is not any more",
    "plan.ambiguous-keyword": (
        "{name}: adopted by name, but {id} has the keyword {keyword} more than once (keyword_id {ids}); "
        "the account does not tell which one it is"
    ),
    "plan.unknown-title": (
        "{name}: adopted by its keywords alone, since nobody knows the title of {id}: is it {title}?"
    ),
    "plan.other-content": (
        "the lock says that {template_id} is {locked}, but on the account it is {live}; it counts as not "
        "locked"
    ),
    "plan.due-later": (
        "1 retired template is due and waits for another apply, since each deletes at most {most} whose "
        "names are no more: {ids}",
        "{count} retired templates are due and wait for another apply, since each deletes at most {most} "
        "whose names are no more: {ids}",
    ),
    "plan.gone": "{template_id} in unwanted is gone: take it out",
    "plan.twin": "{twin} is a twin of {name} ({template_id}) and is unmanaged",
}
