"""What `wechat` says."""

from . import Form

MESSAGES: dict[str, Form] = {
    # what a code means, after "errcode N, "
    "wechat.means-busy": "the system is busy",
    "wechat.means-40001": "the access_token is invalid or not the latest",
    "wechat.means-40014": "the access_token is invalid",
    "wechat.means-42001": "the access_token has expired",
    "wechat.means-41001": "the access_token is missing",
    "wechat.means-40013": "the appid is invalid",
    "wechat.means-40125": "the appsecret is wrong",
    "wechat.means-40243": "the appsecret is frozen",
    "wechat.means-41002": "the appid is missing",
    "wechat.means-41004": "the appsecret is missing",
    "wechat.means-40164": "this machine's address is not on the account's allow list",
    "wechat.means-61004": "this machine's address is not on the platform's allow list",
    "wechat.means-89501": "this machine's address waits for the administrator's confirmation",
    "wechat.means-89506": "the administrator has refused this machine's address twice",
    "wechat.means-89507": "the administrator has refused this machine's address",
    "wechat.means-40234": "the account wants signed calls, and this was a plain one",
    "wechat.means-48001": "the account may not use this API",
    "wechat.means-48009": "this call is not for this kind of account",
    "wechat.means-61003": "the account has not granted this to the platform",
    "wechat.means-61007": "the account has not granted this API to the platform",
    "wechat.means-42007": "the authorisation of the third-party platform is gone",
    "wechat.means-50002": "the account is frozen or blocked",
    "wechat.means-1700": "an undocumented code that WeChat answers to reads now and then",
    "wechat.means-45103": "this API was retired",
    "wechat.means-43106": "the account is punished for violations",
    "wechat.means-48004": "the interface is blocked for violations",
    "wechat.means-200011": "the account is banned from subscription messages",
    "wechat.means-200013": "the template is banned",
    "wechat.means-45009": "the daily quota of this call is used up",
    "wechat.means-45011": "the quota of this minute is used up",
    "wechat.means-45026": "the account holds as many templates as it may",
    "wechat.means-40037": "the id is not known",
    "wechat.means-40003": "the openid is not one of this account's users",
    "wechat.means-41028": "the form_id is wrong, of another user, or older than seven days",
    "wechat.means-41029": "the form_id is used up",
    "wechat.means-41030": "the page is none of the mini program's",
    "wechat.means-43101": "the user has not agreed to it, or the consent is used up",
    "wechat.means-43107": "the account is banned from sending",
    "wechat.means-43108": "another message to this user is under way",
    "wechat.means-45168": "there is a sensitive word in a value",
    "wechat.means-47003": "a value or a key is refused",
    "wechat.means-45075": "the title or a keyword is refused",
    "wechat.means-200014": "a parameter is missing, or an id is not known",
    "wechat.means-200016": "start is missing or bad",
    "wechat.means-200017": "limit is missing or bad",
    "wechat.means-200018": "the ids of categories are missing",
    "wechat.means-200019": "the ids are none of the account's categories",
    "wechat.means-200020": "the keywords are refused",
    "wechat.means-200021": "the scene is refused",
    "wechat.means-200022": "it was added just before",
    "wechat.means-40246": "a keyword's name is not known",
    "wechat.means-40247": "the old library is closed",
    "wechat.means-45027": "the title is not one of the account's industries",
    "wechat.means-43100": "it was changed too often, or is gone from the library",
    "wechat.means-404": "no such call, or the wrong method",
    "wechat.means-40066": "no such address",
    "wechat.means-43001": "it must be a GET",
    "wechat.means-43002": "it must be a POST",
    "wechat.means-99404": "this request is not in the trace that is replayed",
    "wechat.means-44002": "the body arrived empty",
    "wechat.means-40097": "an argument is missing or of the wrong type",
    "wechat.means-47001": "the request's JSON is refused",
    "wechat.means-40033": "the body holds characters that are refused",
    "wechat.means-43004": "the user does not follow the account",
    "wechat.means-43019": "the user has blocked the account",
    "wechat.means-43104": "the account may not send this",
    "wechat.means-43116": "the template was limited for abuse",
    "wechat.means-43117": "too many messages to this user in a short time",
    "wechat.means-40241": "the same message went to this user within 60 seconds",
    "wechat.means-45047": "the user has got as many messages as he may",
    "wechat.means-add-200014": "the account's service categories (类目) lack this title",
    "wechat.means-miniprogram-40013": (
        "the mini program that the message leads to is not bound to the account"
    ),
    "wechat.means-unseen": "a parameter was not seen",
    # what to do about it
    "wechat.todo-wait": "run it again in a moment; it is safe to repeat",
    "wechat.todo-40243": "unfreeze it in the console",
    "wechat.todo-allow-address": (
        "add the address to the IP allow list in the console, or run from one that is on it"
    ),
    "wechat.todo-confirm-address": (
        "he got a message: have him confirm it, then run it again; or put it on the IP allow list"
    ),
    "wechat.todo-89506": (
        "it can't be asked for again within 24 hours: have it put on the IP allow list in the console"
    ),
    "wechat.todo-89507": (
        "it can't be asked for again within an hour: have it put on the IP allow list in the console"
    ),
    "wechat.todo-40234": (
        "switch the API signature off in the console (API 安全), or give a gateway that signs as --endpoint"
    ),
    "wechat.todo-rights": (
        "is `dialect:` right for this kind of account? wxopen and subscribe are a mini program's, official "
        "and notify a service account's; if so, check in the console that the account may use the API (a "
        "platform: that the merchant granted it)"
    ),
    "wechat.todo-kind": (
        "is `dialect:` right for this kind of account? wxopen and subscribe are a mini program's, official "
        "and notify a service account's"
    ),
    "wechat.todo-grant": "have the merchant grant it to the platform, then run it again",
    "wechat.todo-read-notice": "read the notice in the account's console; nothing can be done from here",
    "wechat.todo-use-subscribe": (
        "WeChat has retired this API for this account; today's is `dialect: subscribe`"
    ),
    "wechat.todo-45009": "it resets at midnight, Beijing time: run it again then",
    "wechat.todo-45011": "wait a minute and run it again",
    "wechat.todo-45026": "delete templates in the console, then run it again: adds come before deletes",
    "wechat.todo-40037": "run plan: it shows what is on the account",
    "wechat.todo-40003": "an openid belongs to one account",
    "wechat.todo-41028": (
        "a submitted form gives one, and a payment a prepay_id; the developer tools give none that counts"
    ),
    "wechat.todo-41029": "a form allows one message, a payment three: take another form_id",
    "wechat.todo-41030": "write a path that is released: pages/index",
    "wechat.todo-43101": "have the app call wx.requestSubscribeMessage; one consent allows one message",
    "wechat.todo-43108": "send it again in a moment",
    "wechat.todo-45168": "write it otherwise",
    "wechat.todo-47003": "errmsg says which; run plan: are the lock's keys the live ones?",
    "wechat.todo-45075": "run plan: it checks titles and keywords with the library",
    "wechat.todo-correct-content": (
        "correct the id or the keywords in templates.yaml: names as the library spells them"
    ),
    "wechat.todo-report": "report it: reconciler asks for titles with all three, as wechat-api.md §2 says",
    "wechat.todo-add-category": (
        "give the account a service category (类目) in the console: titles are listed by category"
    ),
    "wechat.todo-200021": "change `scene:` in templates.yaml",
    "wechat.todo-40247": "use the id of a category's title: digits, such as 47123",
    "wechat.todo-45027": "choose a title of its industries",
    "wechat.todo-43100": "wait for the next month, or choose another title",
    "wechat.todo-check-endpoint": "is --endpoint the API's own address, and `dialect:` the right one?",
    "wechat.todo-99404": "make the run that was traced, with the same files",
    "wechat.todo-47001": "is there a gateway between that rewrites bodies?",
    "wechat.todo-odd-signs": (
        "look for control characters and odd signs in templates.yaml; does a gateway rewrite bodies?"
    ),
    "wechat.todo-43004": "send it to one who does",
    "wechat.todo-43019": "send it to another user: only he can change that",
    "wechat.todo-43117": "send it later, or to another user",
    "wechat.todo-40241": "wait a minute, or change a value",
    "wechat.todo-45047": "wait until he has written to the account",
    "wechat.todo-40165": "write a path that is released: --page pages/index",
    "wechat.todo-add-200014": (
        "add its category in the console, or choose a title of the account's: reconciler library search; "
        "with --refresh the title is looked up anew"
    ),
    "wechat.todo-miniprogram-40013": (
        "bind it in the account's console, correct --miniprogram, or leave it out"
    ),
    "wechat.todo-secret": "check {wrong}; the console shows a secret once, and a new one kills the old",
    "wechat.todo-token": "set a fresh {token}, or unset it and set {secret}",
    "wechat.todo-appid": "check {appid}: wx and 16 characters, small letters",
    "wechat.todo-authorise": "have the merchant authorise the platform again, then set a fresh {token}",
    "wechat.todo-new-token": (
        "this is the token that WeChat has just given for {secret}: does another program ask for tokens "
        "all the time, or is --endpoint another API's?"
    ),
    "wechat.todo-unknown": "look the code up in WeChat's documentation; its support asks for the rid",
    # an answer that is no
    "wechat.refused": "{call}: errcode {errcode}, {means}{said}",
    "wechat.refused-unknown": "{call}: errcode {errcode}{said}",
    # a call that fails otherwise
    "wechat.call-failed": "{call}: {what}",
    "wechat.through-proxy": "{problem} (through the proxy {proxy})",
    "wechat.trying-again": "{problem}; trying again in {seconds:.1f} s ({attempt} of {attempts})",
    "wechat.not-wechats": (
        "not an answer of WeChat's: is there a proxy or a gateway between? Is --endpoint right?"
    ),
    # replies that can't be read
    "wechat.errcode-no-number": "errcode is not a number",
    "wechat.status": "HTTP status {status}",
    "wechat.status-and": "HTTP status {status}, {what}",
    "wechat.half-surrogate": "half a surrogate pair in its text",
    "wechat.too-nested": "a reply of more than {limit} lists and objects",
    "wechat.too-large": "a reply of more than {size}",
    "wechat.no-object": "the reply is JSON, but no object",
    "wechat.no-json": "a reply that is not JSON",
    "wechat.empty-reply": "an empty reply",
    "wechat.html": "an HTML page instead of JSON",
    "wechat.damaged-json": "JSON that is cut short or damaged",
    "wechat.damaged-gzip": "gzip data that is damaged",
    "wechat.packed-twice": "a reply that is packed more than once (Content-Encoding)",
    "wechat.packed-otherwise": "a reply that is packed in a way that was not asked for (Content-Encoding)",
    "wechat.lacks-field": "the reply has no {field}",
    "wechat.lacks-title-or-keywords": "the reply has no title or no keyword_list",
    "wechat.no-quota": "the reply has no quota with daily_limit, used and remain",
    "wechat.other-title": "{asked} was asked for, and the reply is about {answered}",
    "wechat.the-list": "the list",
    "wechat.row-no-object": "a row of {rows} is no object",
    "wechat.category-row-lacks-id": "a row of data has no id",
    "wechat.list-row-lacks": "a row of the list has no {field} or no title",
    "wechat.list-row-too-long": "a row of the list has a {field} or a title that is far too long",
    "wechat.keyword-row-lacks": "a row of {rows} has no {field} or no name",
    "wechat.title-row-lacks": "a row of {rows} has no {field} or no title",
    "wechat.title-row-too-long": "a row of {rows} has a {field} or a title that is far too long",
    # lists
    "wechat.list-too-many": "the list has more than {limit} templates",
    "wechat.list-too-long": "the list has more than {millions} million characters",
    "wechat.library-too-many": "the library has more than {limit} titles",
    "wechat.library-too-long": "the library has more than {millions} million characters",
    "wechat.endless-list": "the list has no end: {pages} pages so far",
    "wechat.offset-ignored": (
        "it ignores the offset, and there should be {expected} templates where it shows {shown}"
    ),
    "wechat.titles-offset-ignored": "it ignores the offset: every page is the first",
    "wechat.too-many-pages": "it says that there are {total} titles, and gives {size} a page",
    "wechat.no-titles": "the library lists no titles",
    "wechat.no-titles-todo": (
        "is --endpoint the API's own address? (WeChat is known to answer so falsely: run it again)"
    ),
    "wechat.no-library": "service accounts have no call that lists the library",
    "wechat.no-library-todo": "look titles up in the console: their ids are digits",
    "wechat.library-changes": (
        "warning: the library changes while its pages are asked for: some titles may be missing"
    ),
    "wechat.titles-not-listed": (
        "warning: the library says that it has {total} titles, and lists {listed}: "
        "of the others only the console tells the ids"
    ),
    # what a dialect takes
    "wechat.find-id": "ids look like {example}; find one with `reconciler library search WORD`",
    "wechat.find-id-in-console": "ids look like {example}; the console shows them",
    "wechat.value-takes": "{rule} takes {what}",
    "wechat.value-not-in": "{rule} takes one of: {values}",
    "wechat.rule-thing": "at most 20 characters",
    "wechat.rule-number": "a number of at most 32 digits",
    "wechat.rule-letter": "at most 32 letters",
    "wechat.rule-symbol": "at most 5 symbols",
    "wechat.rule-character-string": "at most 32 digits, letters or symbols",
    "wechat.rule-time": "a time, such as 15:01 or 2019年10月1日 15:01, or two with ~ between them",
    "wechat.rule-date": "a date, such as 2019年10月1日, or two with ~ between them",
    "wechat.rule-amount": "a sign of currency, if any, and at most 10 digits",
    "wechat.rule-phone-number": "a number of at most 17 characters",
    "wechat.rule-car-number": "at most 8 characters",
    "wechat.rule-name": "at most 20 letters, or 10 characters of which any is Han",
    "wechat.rule-phrase": "at most 5 Han characters",
    # the network
    "wechat.no-reply": "no reply",
    "wechat.late": "{what} within {seconds:g} seconds",
    "wechat.late-for-deadline": "{what} before the deadline of {seconds:g} seconds",
    "wechat.deadline-passed": "{call}: not made, the deadline of {seconds:g} seconds has passed",
    "wechat.deadline-todo": "run it again, or with a longer --deadline",
    "wechat.host-through-proxy": "{host} through the proxy {proxy}",
    "wechat.certificate": "the certificate of {host} is not believed ({why})",
    "wechat.no-reason": "no reason is given",
    "wechat.proxy-refuses": "the proxy {proxy} lets nobody through to {host} ({why})",
    "wechat.no-proxy": "can't connect to the proxy {proxy} ({why})",
    "wechat.no-connection": "can't connect to {host} ({why})",
    "wechat.connection-broke": "the connection broke ({why})",
    "wechat.hung-up": "the server hung up",
    "wechat.no-http": "the reply is not whole, or no HTTP: {error}",
    "wechat.unsendable-surrogate": "there is text in it that no request can hold: half of a surrogate pair",
    "wechat.unsendable": "it makes no request ({error})",
    "wechat.check-network": (
        "check the network and --endpoint or RECONCILER_ENDPOINT, then run it again; it is safe to repeat"
    ),
    "wechat.check-proxy": (
        "check HTTPS_PROXY, ALL_PROXY and NO_PROXY, then run it again; it is safe to repeat"
    ),
    "wechat.check-certificate": (
        "if your company's proxy or gateway has made it, name the file of its CA in SSL_CERT_FILE, or have "
        "it put into the system's store; if not, somebody may be listening in"
    ),
    "wechat.no-proxy-address": "{variable} is no address of a proxy",
    "wechat.proxy-address-todo": (
        "write it like http://proxy.example.com:8080 (http, https, socks5 or socks5h)"
    ),
    "wechat.certificates-unreadable": "the certificates that {variable} names can't be read ({why})",
    "wechat.no-certificates": "no certificates in it",
    "wechat.certificates-todo": (
        "correct it: the path of a PEM file, or of a folder as c_rehash makes it; or unset it"
    ),
    # token servers
    "wechat.token-server": "token server {host}",
    "wechat.token-server-todo": (
        "a token server answers with JSON that has access_token, or with the token alone: check --token-url, "
        "--token-refresh-url and RECONCILER_TOKEN_HEADER"
    ),
    "wechat.check-token-server": ("check the network and the address of the token server, then run it again"),
    "wechat.redirect": "HTTP status {status}, a redirect, which is not followed",
    "wechat.html-token": "an HTML page instead of a token",
    "wechat.text-no-token": "text that is no token",
    "wechat.json-no-token": "JSON whose access_token is no token",
    "wechat.json-without-token": "JSON without access_token",
    "wechat.json-without-token-errcode": "JSON without access_token (errcode {errcode})",
    "wechat.served-token-refused": (
        "{server} has just given this token: is it this account's, and does no other program ask WeChat for "
        "tokens on its own?"
    ),
    "wechat.server-keeps-token": (
        "{server} still hands out the token that WeChat refused: have it get a new one"
    ),
    "wechat.server-keeps-token-name-refresh": (
        "{server} still hands out the token that WeChat refused: have it get a new one, or name its passive "
        "refresh with --token-refresh-url"
    ),
    "wechat.no-appid-for": "{option} is to hold {{appid}}, and no appid is known",
    "wechat.no-appid-for-todo": "set WECHAT_APPID; it names the account",
    "wechat.no-account-for": "{option} is to hold {{account}}, and the file names no accounts",
    "wechat.no-account-for-todo": "add accounts: to it, or use {{appid}} with WECHAT_APPID",
    "wechat.appid-is-path": "the appid {appid} would change the path of the token server's address",
    "wechat.appid-is-option": "the token command would take the appid {appid} for an option",
    "wechat.correct-appid": "correct the appid",
    # token commands
    "wechat.token-command": "token command",
    "wechat.token-command-todo": (
        "run the command by hand to see what it prints: that is not shown here, since it may hold secrets"
    ),
    "wechat.slow-token-command-todo": (
        "run the command by hand to see what it prints: that is not shown here, since it may hold secrets; "
        "or give it a longer --timeout"
    ),
    "wechat.command-killed": "it was killed, since it had not ended",
    "wechat.command-not-started": "it can't be started ({why})",
    "wechat.command-not-started-todo": (
        "is the path of the program in --token-command right, and may it be executed?"
    ),
    "wechat.command-keeps-token": (
        "the token command still prints the token that WeChat refused: have it get a new one"
    ),
    "wechat.printed-token-refused": (
        "the token command has just printed this token: is it this account's, and does no other program ask "
        "WeChat for tokens on its own?"
    ),
    "wechat.printed-too-much": "it printed more than {limit} KiB, and was killed",
    "wechat.exit-status": "it ended with exit status {status}",
    "wechat.ended-by-signal": "signal {signal} ended it",
    "wechat.printed-nothing": "it printed nothing",
    "wechat.printed-lines": "it printed {lines} lines, where the token should stand alone",
    "wechat.printed-json": (
        "it printed the whole JSON of a token reply, not the value of access_token alone"
    ),
    "wechat.printed-no-token": "it printed text that is no token",
}
