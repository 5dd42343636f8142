"""What `plan` says."""

from . import Form

MESSAGES: dict[str, Form] = {
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
    "plan.due-never": (
        "1 retired template is due and is not deleted, since max_deletes is 0: give --max-deletes 1 once: "
        "{ids}",
        "{count} retired templates are due and are not deleted, since max_deletes is 0: give --max-deletes "
        "{count} once: {ids}",
    ),
    "plan.gone": "{template_id} in unwanted is gone: take it out",
    "plan.twin": "{twin} is a twin of {name} ({template_id}) and is unmanaged",
    "plan.old-lock-never-locked-one": (
        "{what}; no lock in git's history has had {template_ids}, so nobody here has made it"
    ),
    "plan.old-lock-never-locked": (
        "{what}; no lock in git's history has had {template_ids}, so nobody here has made them"
    ),
    "plan.unchecked-title": "{name}: the title can't be checked before it is added",
    "plan.unchecked-title-since": "{name}: the title can't be checked before it is added ({why})",
    # what a lock that was edited has of another
    "plan.edited-head": "the lock's {field} was {was} at {ref}, and is {now}",
    "plan.edited-protection-on": (
        "the lock's protection of the account was on at {ref}, and is not any more"
    ),
    "plan.edited-protection-off": (
        "the lock's protection of the account was off at {ref}, and is not any more"
    ),
    "plan.edited-row": "{name}: {edit} since {ref}",
    "plan.row-new": "its row in the lock is new ({template_id})",
    "plan.row-moved": "its row ({template_id}) was moved to `retired`",
    "plan.row-taken-out": "its row ({template_id}) was taken out of the lock",
    "plan.row-another": "its row in the lock has another {fields}",
    "plan.row-another-id": "its row in the lock has another {fields} ({was} -> {now})",
    "plan.row-another-and-moved": "{edit}, and {template_id} was moved to `retired`",
    "plan.edited-retired-row": "{template_id}, retired: {edit} since {ref}",
    "plan.retired-row-new": "its row is new",
    "plan.retired-row-gone": "its row is gone",
    "plan.retired-row-another": "its row has another {fields}",
    "plan.more-edited-rows": (
        "and {count} more rows of the lock are not as at {ref}",
        "and {count} more rows of the lock are not as at {ref}",
    ),
    # guards: why a plan is refused, and what lifts it
    "plan.protected": "{name} is {protected} and would be {loss} ({template_id})",
    "plan.protected-retired": "{template_id} (retired, {name}) is protected and would be deleted",
    "plan.protected-account": "{account} is {protected}, and this would {losses}",
    "plan.protected-by-yaml": "protected",
    "plan.protected-by-lock": "still protected by the lock",
    "plan.unprotect": "`protect: false` for {subject}, applied first",
    "plan.unprotect-apart": "`protect: false` for {subject}, applied first, in a change of its own",
    "plan.account": "the account",
    "plan.account-named": "the account {name}",
    "plan.account-unnamed": "one without a name",
    "plan.replaced": "replaced",
    "plan.deleted": "deleted",
    "plan.retired": "retired",
    "plan.deleted-or-retired": "deleted or retired",
    "plan.would-delete": "delete {name} ({template_id})",
    "plan.would-retire": "retire {name} ({template_id})",
    "plan.would-replace": "replace {name} ({template_id})",
    "plan.too-many-deletes": (
        "{count} would be {loss}, and at most {allowed} may be (not counting what a new template replaces)",
        "{count} would be {loss}, and at most {allowed} may be (not counting what a new template replaces)",
    ),
    "plan.no-templates-left": (
        "all templates of the account ({count}) would be deleted or retired, and none added",
        "all templates of the account ({count}) would be deleted or retired, and none added",
    ),
    "plan.empty-account": (
        "the lock owns templates ({count}) and the account lists none (asked twice); WeChat is known to "
        "answer so falsely",
        "the lock owns templates ({count}) and the account lists none (asked twice); WeChat is known to "
        "answer so falsely",
    ),
    "plan.wrong-account": (
        "not one of the lock's templates ({owned}) is on this account, which lists others ({listed}): is it "
        "the right account?"
    ),
    "plan.nothing-listed": (
        "not one of the lock's templates ({owned}) is on the account, which lists others ({listed})"
    ),
    "plan.look-alikes": (
        "{name}: {template_id} is gone from the account, which lists {template_ids} of the same title, not "
        "in this lock"
    ),
    "plan.old-lock": (
        "{what}. If this is an old lock (a reverted commit, a checkout that is behind), take the newer one: "
        "`git log -- {file}`, `git checkout COMMIT -- {file}`. If it was deleted in the console, allow it"
    ),
    "plan.old-lock-lift": "the newer lock; --allow-old-lock",
    "plan.replaced-unlisted": (
        "{name}: {template_id}, which would be replaced, has not been listed yet: it may still come"
    ),
    "plan.replaced-unlisted-lift": "waiting until it is listed; --add-again {name}",
    "plan.mismatch": (
        "{name}: YAML and lock agree, but {template_id} is another template on the account, and none is "
        "there that could take its place"
    ),
    "plan.mismatch-lift": (
        "the right template_id for {name} in the lock, its entry removed from the lock, or its title in YAML "
        "corrected"
    ),
    "plan.not-owned-one": (
        "the lock did not own {template_ids} at {ref}, and this would delete or retire it"
    ),
    "plan.not-owned": "the lock did not own {template_ids} at {ref}, and this would delete or retire them",
    "plan.was-protected": "the lock at {ref} protects {template_ids}, which this would delete or retire",
    "plan.had-a-name": (
        "{template_ids} had a name in the lock at {ref}, and {count} would be deleted where at most "
        "{allowed} may be",
        "{template_ids} had a name in the lock at {ref}, and {count} would be deleted where at most "
        "{allowed} may be",
    ),
    "plan.lock-as-it-was": "the lock as it was: `{command}`; --allow-edited-lock",
    "plan.stale": "the reviewed plan is not the plan any more: {facts}",
    "plan.stale-lift": "a new plan: `reconciler plan --out FILE`, reviewed again",
    "plan.head-differs": "{field} was {was}, is {now}",
    "plan.reviewed-otherwise": "{row} was reviewed otherwise",
    "plan.not-reviewed": "{row} was not reviewed",
    "plan.not-done": "{row} was reviewed, and is neither to be done nor done",
    "plan.account-not-planned": "there was none for {account}: it failed, or was not begun",
    "plan.other-accounts": "it was made for {planned}, not for {account}",
    # a plan file that can't be used
    "plan.write-planfile": "write it with `reconciler plan --out FILE`",
    "plan.version": "the plan is of version {version}; this reconciler knows {known}",
    "plan.newer-reconciler": "install a newer reconciler",
    "plan.of-older-reconciler": "it was made by an older reconciler: plan again",
    "plan.account-twice": "it has the account {account} twice: which of them was reviewed?",
    "plan.unnamed-account-twice": ("it has the account without a name twice: which of them was reviewed?"),
    # what is wanted and can't be planned
    "plan.asking-again": (
        "not listed: {missing} of the lock's {owned} templates; asking again for up to {seconds} seconds"
    ),
    "plan.unwanted-owned": "{template_id} is unwanted, and the lock owns it ({owner})",
    "plan.name-retired": "{name}, retired",
    "plan.nameless-retired": "a template, retired",
    "plan.take-out-of-unwanted": "take it out of unwanted: what the lock owns goes when its name does",
    "plan.ambiguous-title": (
        "{name}: nobody knows the title of {id}, and templates with these keywords are on the account as "
        "{titles}"
    ),
    "plan.write-title": "write its title, such as `title: {title}`",
    "plan.closed-library": (
        "{name}: {id} is a title of the old library, which is closed: what lives of it can be kept, and "
        "nothing can be added"
    ),
    "plan.use-open-title": (
        'use the id of a category\'s title, digits such as "{example}", or take the entry out'
    ),
}
