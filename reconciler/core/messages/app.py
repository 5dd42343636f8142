"""What `app` says."""

from . import Form

MESSAGES: dict[str, Form] = {
    # A message to be sent
    "app.write-values-file": "write it, or use --set",
    "app.values-by-keyword": "a mapping of keywords to values",
    "app.write-values": "write a line a keyword:  购买地点: TIT造舰厂",
    "app.a-value": "a value",
    "app.write-value": 'write it, or {{value: …, color: "#173177"}}',
    "app.bad-color": "{keyword}: {color} is no colour",
    "app.color": "a colour is # and six digits of 0-9 and A-F: #173177",
    "app.line-break": "a line break",
    "app.control": "a control character ({character})",
    # What doctor finds
    "app.at": "{where}: {what}",
    "app.token-accepted": "accepted",
    "app.address-accepted": "not refused",
    "app.api-open": "may be read (adding and sending were not tried)",
    "app.lock-free": "can be read, and nobody is at work on it",
    "app.no-lock-yet": "there is none yet",
    "app.lock-in-use": "an apply is at work on it, or was killed: {by}",
    "app.wait-for-apply": (
        "wait for it; if it is dead, the next apply clears up, and lists the account for longer"
    ),
    "app.classic-token": "--token-api classic: each token that it gets ends that of every other program",
    "app.leave-classic-out": "leave the option out, unless the gateway knows no other",
    "app.quota-untold": ("nothing depends on it: it is only not known how often the call may be made today"),
    "app.no-limit": "{path}: no limit is told, {used} used today",
    "app.quota": "{path}: {left} of {limit} left today",
    "app.quota-low": (
        "it resets at midnight, Beijing time; what else calls it? (--rate spares no daily quota)"
    ),
    "app.all-listed": "{live} on the account, {owned} of them in the lock",
    "app.lists-none": (
        "the lock owns {owned}, and the account lists none; WeChat is known to answer so falsely"
    ),
    "app.plan-asks-twice": "run it again; plan asks twice, and apply refuses",
    "app.other-templates": "not one of the lock's {owned} is among the account's {live}",
    "app.right-account": "is it the right account? see its credentials and its lock",
    "app.not-listed": "{missing} of the lock's {owned} are not listed: {template_ids}",
    "app.run-plan": "run plan: it shows what apply would add again",
    # An import
    "app.both-written": "templates.yaml and the lock are written",
    "app.no-place": "--file {file} can't be written: name a file, or add --dry-run",
    "app.names-by-title": "a mapping of template_ids or titles to names",
    "app.write-names": "write lines such as  购买成功通知: order_paid",
    "app.write-names-file": "write it, or leave --names out",
    "app.another-import": "another import is at work on this file",
    "app.name-taken": "the name {name} is another template's",
    "app.choose-another-name": "choose another name for {template_id}",
    "app.both": "{one}; {other}",
    "app.several-titles": (
        "the library has its title more than once ({ids}): choose with --names, a line such as "
        "`{template_id}: {{id: {id}}}`"
    ),
    "app.unreadable-content": "its content can't be read",
    "app.keyword-count": "it has {number} keywords, and a template has {least} to {most}",
    "app.unseen": "{character} is in it",
    "app.no-title": "it has no title",
    "app.no-such-name": "no keyword can be called {name}",
    "app.nothing": "(nothing)",
    "app.no-keyword": "{id} has no keyword {keywords}",
    "app.fewer-keywords": "{id} has the keyword {keywords} less often than it stands there",
    "app.keyword-twice": "it has a keyword twice",
    "app.give-id": (
        'nobody can list this library: give the id of its title with --names, `{title}: {{id: "…"}}`'
    ),
    "app.no-such-title": "the library has no title {title}",
    "app.no-empty-title": "it has no content, and the library no such title {title}",
    "app.no-id": "{id} is no id of a title; they look like {example}",
    "app.other-title": "the title of {id} is {title}",
    "app.ids-unchecked": "nobody can check whether these are the ids of their titles: {names}",
    "app.called-otherwise": "{template_id} {title} is called {name}: {base} is another's already",
    "app.which-keyword": (
        "{template}: {id} has the keyword {keyword} more than once (keyword_id {keyword_ids}); the account "
        "does not tell which one it is"
    ),
    "app.twin": "it is a twin of {of}",
    "app.owned-as": "the lock has it as {name}, and {reason}",
    "app.titleless": "it does not say of which title it is",
    "app.keyword-twice-unsaid": "it has a keyword twice, and says not which",
    "app.unused-name": "{file}: {why}",
    "app.nothing-called": "nothing to name is called {key}",
    "app.named-already": "{key} has a name already, {names}: rename it in the file, then apply",
    "app.held": "{count} of {dialect}",
    "app.may-be-of": "{template_id} {title} may be of:",
    "app.which-title": "which of them, 1 to {most} (nothing: leave it out)? ",
    "app.own-list": "the account {account} has a list of its own, which an import can't add to",
    "app.list-then": "remove its `templates:`, import, then list {names}",
    "app.changed-meanwhile": "somebody else has changed it while the account was asked",
    "app.run-again-unchanged": "run it again; nothing was changed",
    "app.cant-write": "can't write it: {why}",
    "app.make-writable": "make its folder writable; nothing was changed",
    "app.cant-write-lock": "can't write the lock: {why}",
    "app.import-again": "{file} is written; run import again, or apply: it adopts what is there",
    "app.none-listed": ("the account lists no templates (asked twice); WeChat is known to answer so falsely"),
    "app.listed-elsewhere": (
        "the account lists no templates of {dialect} (asked twice), but {counts}: choose it with --dialect"
    ),
    "app.retires-left": "with `prune: all`, the next apply retires what is left out",
    "app.deletes-left": "with `prune: all`, the next apply deletes what is left out",
    "app.others-get": "{names} will get these templates, too: give them `templates:` lists",
    # A trace
    "app.trace-ends": "the trace {file} can't be written ({why}); the run goes on without it",
    "app.trace-kind": "it is {kind}",
    "app.trace-link": "it is a link, which is not followed",
    "app.trace-other": "there is a file that is no trace",
    "app.trace-refused": "can't write the trace: {why}",
    "app.name-another-trace": "name another file with --trace",
    # Files
    "app.no-file": "there is no such file",
    "app.no-plan": "there is no such plan file",
    "app.no-yaml": "write one (see the README), `reconciler import` it, or name it with --file",
    "app.yaml-above": "there is {above}: add --file {above}, or go there",
    "app.write-accounts": "write it, or correct accounts_file in {file}",
    "app.pull-it": "pull it: reconciler library pull",
    "app.write-plan": "write it with `reconciler plan --out FILE`",
    "app.keywords-unchecked": "not checked: the keywords of {names}; {file} has their titles only",
    "app.out-overwrites": "--out {file} would overwrite a file that the plan is made from",
    "app.plan-unwritten": "can't write the plan: {why}",
    "app.another-place": "choose another place",
    # Accounts
    "app.no-accounts": "{option}: the file names no accounts",
    "app.add-accounts": "add accounts: to it, or leave the option out",
    "app.one-account": "this is done with one account: choose one with --account ({names}, …)",
    "app.other-dialect": "--dialect {dialect}: {file} is of dialect {found}",
    "app.add-again": "--add-again {name}: {file} has no template of this name",
    "app.of-account": "{account}: {text}",
    "app.warning": "warning: {text}",
    "app.calls": "{calls} calls …",
    "app.several-dialects": "the account has templates: {counts}",
    "app.count-of": "{number} of {dialect}",
    "app.choose-dialect": "choose: {options}",
    # Addresses
    "app.no-address": "{option} is no http or https address",
    "app.address-like": "an address like https://api.weixin.qq.com, without user, query or fragment",
    "app.token-address-like": (
        "an address like https://tokens.example.com/token?appid={{appid}}, without fragment"
    ),
    "app.account-before-path": (
        "{option} has {{appid}} or {{account}} before its path: a file would choose the server"
    ),
    "app.account-in-path": "put it into the path or the query",
    "app.odd-brace": "{option} has a brace that is neither {{appid}}'s nor {{account}}'s",
    "app.correct-brace": "correct it; a brace of the address's own is %7B",
    "app.no-tls": "{option} has no TLS: token and secret would travel in the open",
    "app.use-tls": "use https, or --insecure if the network is yours",
    # Credentials
    "app.variable-unset": "no credentials: {variable} is not set",
    "app.no-credentials": "no credentials in the environment",
    "app.no-credentials-of": "{account}: no credentials in the environment",
    "app.no-credentials-but-others": (
        "{account}: no credentials in the environment; those of WECHAT_APPID are another account's"
    ),
    "app.set-credentials": (
        "set WECHAT_APPID and WECHAT_APPSECRET, or WECHAT_ACCESS_TOKEN; or try it with --sandbox"
    ),
    "app.set-secret": "set WECHAT_APPSECRET{suffix}, or WECHAT_ACCESS_TOKEN{suffix}",
    "app.set-secret-or-unset": (
        "set WECHAT_APPSECRET{suffix}, or WECHAT_ACCESS_TOKEN{suffix}; or unset WECHAT_APPID, if the plain "
        "variables serve all accounts"
    ),
    "app.set-own-token": (
        "set WECHAT_ACCESS_TOKEN{suffix} or WECHAT_APPSECRET{suffix}, or choose one with --account"
    ),
    "app.other-appid": "{account}: {variable} is {found}, templates.yaml says {appid}",
    "app.correct-one": "correct one of them",
    "app.shared-token": (
        "{account}: WECHAT_ACCESS_TOKEN is one account's token, and {others} would use it, too"
    ),
    "app.odd-credentials": "{variable} holds a blank or a character that no credential has",
    "app.set-again": "set it again: it is made of letters, digits and a few signs",
    "app.wrapped-value": "{variable} holds more than its value: quotes, brackets or a name stand around it",
    "app.set-bare-value": "set it to the bare value",
    "app.token-reply": "{variable} holds the whole JSON of a token reply",
    "app.set-access-token": (
        "set it to the value of access_token alone: pipe the reply through `jq -r .access_token`"
    ),
    "app.json-value": "{variable} holds JSON without an access_token",
    "app.look-at-json": "was it an error reply? look at it by hand; then set the bare value",
    "app.force-refresh": "--force-refresh is for stable_token, with WECHAT_APPID and WECHAT_APPSECRET",
    # Who hands out tokens
    "app.two-issuers": "--token-url and --token-command can't be used together",
    "app.refresh-without-url": "--token-refresh-url is for a token server: name it with --token-url",
    "app.of-wechat": "{option} is about WeChat's own tokens, and {issuer} gives others",
    "app.one-token-for-all": (
        "{option} has neither {{appid}} nor {{account}}: {accounts} would be given one account's token"
    ),
    "app.command-words": "--token-command can't be split into words: {why}",
    "app.command-empty": "--token-command names no program",
    "app.bad-header": "{variable} is no `Name: value` in one line",
    "app.set-header": "set it again, as in `Authorization: Bearer …`",
    # Locks
    "app.lock-of-dialect": "the lock is of dialect {dialect}, templates.yaml of {wanted}",
    "app.name-another-lock": "name another lock with --lockfile",
    "app.lock-of-appid": "the lock belongs to {theirs}, these credentials to {appid}",
    "app.use-its-credentials": "use that account's credentials, or another lock with --lockfile",
    "app.lock-of-account": "the lock belongs to the account {theirs}, not to {account}",
    "app.use-its-lock": "use that account's lock, or another one with --lockfile",
    "app.one-lock": (
        "--lockfile names one lock, and {accounts} accounts are worked on: choose one with --account"
    ),
    "app.lock-is-yaml": "--lockfile {lock} is the file of the templates: name another",
    "app.shared-lock": "its lock would be {lock}, and that is a lock of {other}, too",
    "app.shared-lock-of": "{account}: its lock would be {lock}, and that is a lock of {other}, too",
    "app.rename-one": "rename one of the two, or give this one a lock of its own with --lockfile",
    # The sandbox
    "app.link": "it is a link, which is not followed",
    "app.remove-link": "remove it: the sandbox makes what it needs",
    "app.own-library": "the sandbox has its own library: {why}",
    # An apply
    "app.done-in-lock": "what was done is in the lock",
    "app.lifted-by": "lifted by: {lift}",
    "app.stopping": "ending: what is under way is finished; once more to cut it off",
    "app.doing": "{action} {of} …",
    "app.interrupted": "interrupted",
    "app.cut-off": "interrupted; nobody knows whether this was done: {actions}",
    "app.again-with-plan": "run it again with the same plan file: it goes on where this ended",
    "app.apply-again": "run apply again: it goes on where this ended",
    "app.died": "{how} ({run}): what it added may not be listed yet; listing for {seconds} seconds",
    "app.one-changed": (
        "note: {what} has changed since the plan file was made; all that is to be done was reviewed"
    ),
    "app.two-changed": (
        "note: {one} and {another} have changed since the plan file was made; all that is to be done was "
        "reviewed"
    ),
    "app.three-changed": (
        "note: {one} and {another} and {third} have changed since the plan file was made; all that is to be "
        "done was reviewed"
    ),
    "app.of-accounts": ("{note} ({count} account)", "{note} ({count} accounts)"),
    "app.not-shown": "what is to be done is not what was shown",
    "app.running-again": "running apply again",
    # Titles of the library
    "app.find-titles": "find titles with: reconciler library search WORD",
    "app.unknown-title": "the library has no title {id} ({answer})",
    "app.not-in-file": "the library has no title {id} ({file} has not)",
    "app.only-dialect": "note: {file} has mistakes (reconciler validate); of it, only the dialect is used",
    "app.wxopen-asked": (
        "note: {file} has mistakes (reconciler validate); wxopen is asked: --dialect names another"
    ),
    # A pull of the library
    "app.no-library": "it is there, and no library",
    "app.loses-keywords": "it has keywords, which --titles-only would lose",
    "app.other-library": "it is a library of {found}, and this account's is of {dialect}",
    "app.out-or-remove": "choose another place with --out, or remove it",
    "app.out-no-file": "--out {file} is no file",
    "app.pulling": "keywords of {done} of {titles} titles …",
    "app.pull-interrupted": "interrupted; what is known so far is in {part}",
    "app.pull-goes-on": "run it again: it goes on there",
    "app.titles-refused": "{refused} of {titles} titles can't be looked up",
    "app.use-part": "is it WeChat that answers so? what is known can be used: --library {part}",
    "app.titles-left": "{left} of {titles} titles are still to be looked up; the others are in {part}",
    "app.tomorrow": "run it again tomorrow (Beijing time): it goes on where this ended",
    "app.begun-anew": "{part} is begun anew: {why}",
    "app.going-on": "going on with the pull that was begun {ago} ({part})",
    "app.quota-unknown": "nobody knows how many look-ups are left today: {why}",
    "app.library-unwritten": "can't write the library: {why}",
    "app.another-out": "choose another --out",
    # A message on its way
    "app.sent": "the message was sent",
    "app.maybe-sent": "interrupted; nobody knows whether the message was sent",
    "app.failed-maybe-sent": "{why}; nobody knows whether the message was sent",
    "app.look-at-phone": "look at the user's phone before it is sent again",
    "app.unknown-template": "the lock has no template {name}",
    "app.it-has": "it has: {names}",
    "app.did-you-mean": "did you mean {name}? {known}",
    "app.run-first": "run `{command}` first",
    "app.run-apply": "run apply",
    "app.service-card": "{name}: {id} is a service card, which this command does not send",
    "app.send-card": "its call is /wxa/set_user_notify: make it from the app's server",
    "app.no-such-part": "{option}: messages of {dialect} have none",
    "app.url-as-page": "give the address as --page",
    "app.leave-out": "leave it out",
    "app.needs-part": "a message of {dialect} needs a {part}",
    "app.give": "give {option}",
    "app.give-or-empty": "give {options}; nothing after = leaves it empty",
    "app.give-set": "give --set {name}=…",
    "app.give-value": "give it a value: --set {name}=…",
    "app.which-page": "--miniprogram: of which page?",
    "app.write-path": "write APPID:PATH",
    "app.which-program": "--page: of which mini program?",
    "app.give-program": "give --miniprogram and its appid",
    "app.unsendable": "{of}: there is {what} in it",
    "app.unknown-key": "the lock does not say what senders call {keyword}",
    "app.color-alone": "--color {name}: it has no value",
    "app.value-twice": "{name} has a value already",
    "app.keep-one": "keep one of them",
    "app.ambiguous-keyword": "{template} has {keyword} more than once",
    "app.use-key": "use a key: {keys}",
    "app.unknown-keyword": "{template} has no keyword {keyword}",
    "app.value-is-text": "a value is text, in one line",
    "app.empty-value": "{name} is empty",
    "app.bad-value": "{name}: {value}: {why}",
    "app.would-refuse": "WeChat would refuse it",
    "app.no-value": "{template}: no value for {names}",
    "app.wrong-place": "use that account's credentials, or another --lockfile",
    "app.no-base": "the lock can't be held against {ref}: {why}",
    "app.unreadable-base": "it can't be read there ({why})",
}
