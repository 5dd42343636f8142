"""What `cli` says."""

from . import Form

MESSAGES: dict[str, Form] = {
    "cli.problems": "{problems} problems",
    "cli.warning": "warning: {text}",
    "cli.of-account": "{account}: {text}",
    "cli.see-help": "see: {command} --help",
    "cli.unusable-path": "can't be used: {why}",
    # The output
    "cli.output-unwritten": "error: can't write the output ({why}); {done}",
    "cli.no-stdout": "error: stdout is closed: there is nowhere to put the result; nothing was changed",
    # The question before an apply, and its end
    "cli.yes-or-no": "{question} [y/N]: ",
    "cli.apply-this": "apply this?",
    "cli.apply-to": "apply this to {accounts} accounts?",
    "cli.no-terminal": "not applied: there is no terminal to ask on",
    "cli.give-yes": "give --yes, or a plan file that was reviewed",
    "cli.not-applied": "not applied",
    "cli.done": "done: {what}",
    "cli.done-in-locks": "what was done is in the locks",
    "cli.lock-is": "the lock is {lock}",
    "cli.refused": "refused ({guards}); nothing was changed",
    # Several accounts
    "cli.accounts-done": "{done} of {accounts} accounts done, {failed} failed",
    "cli.time-left": "{told}, {time} left",
    "cli.going-on": "{told} …",
    "cli.not-begun": "interrupted; {accounts} accounts were not begun",
    "cli.run-again": "run it again: accounts that are as they should be cost one list each",
    # Titles of the library
    "cli.pull-for-keywords": (
        "--keywords would look up every title of the library; pull it once: reconciler library pull, then "
        "--library library.json"
    ),
    "cli.titles-only": "{file} has titles only; no keywords were searched",
    "cli.more-titles": "and {more} more: --limit {titles}",
    "cli.no-title": "no title has {words}",
    # Messages
    "cli.not-sent": "not sent: {call}",
    "cli.older": ("{count} older one is not shown", "{count} older ones are not shown"),
    # The sandbox
    "cli.sandbox-empty": "the sandbox is empty",
    "cli.no-reset": "can't reset: {why}",
    "cli.answers-for": (
        "note: it answers requests for {hosts}, on any port; others get 403: name what they call it by with "
        "--allow-host"
    ),
    "cli.damaged-trace": (
        "note: left out, since not whole: {count} line of {file}",
        "note: left out, since not whole: {count} lines of {file}",
    ),
    "cli.unheard": "can't listen on {host}:{port}: {why}",
    "cli.no-host": "it is no name of a host",
    "cli.another-port": "choose another with --port",
    "cli.another-host": "choose another with --host",
}
