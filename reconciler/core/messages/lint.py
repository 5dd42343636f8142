"""What `lint` says."""

from . import Form

_APPROVED = "What a pulled library has was approved: there it is a warning."
_USED = "In templates.yaml it is a warning: what can be used was approved."

MESSAGES: dict[str, Form] = {
    # The rules
    "lint.unique-title": "a title is not the same as another",
    "lint.unique-title-why": (
        "A title that the library has is used, and not proposed again. In templates.yaml two "
        "entries may share a title if they share its id; two ids of one title are most likely a"
        f" slip. {_APPROVED}"
    ),
    "lint.unique-title-bad": "付款成功通知, twice",
    "lint.distinct-title": "a title does not mean nearly the same as another",
    "lint.distinct-title-why": (
        "Titles are compared without 通知 and 提醒, with words of one meaning taken for the same, "
        "whatever their order. 成功 and 失败 tell two titles apart, and so does 未."
    ),
    "lint.ends-in-notice": "a title ends in 提醒 or 通知",
    "lint.ends-in-notice-why": f"通知 tells what has happened, 提醒 what is to be done. {_APPROVED}",
    "lint.plain-title": "a title has no special symbols and no idiosyncratic words",
    "lint.plain-title-why": (
        "A title is what the whole trade would call it: letters, digits and Han characters. A "
        "symbol is an error, a word of chatter (亲, 宝贝, 么么哒) a warning: a list can be wrong "
        f"about it. {_APPROVED}"
    ),
    "lint.concrete-title": "a title names a concrete service",
    "lint.concrete-title-why": (
        "Whoever reads the title must know what was ordered, booked or asked for. Without words"
        f" such as 系统, 温馨, 重要, 结果 and 成功, something must be left. {_USED}"
    ),
    "lint.no-marketing": "a title has nothing of marketing",
    "lint.no-marketing-why": (
        "Such proposals are refused, and whoever sends marketing loses the template, then the "
        "interface for 7 days, for 30 days, for good. The library has titles of this kind all "
        "the same, so in templates.yaml it is a warning: see that what is sent is no "
        "advertisement."
    ),
    "lint.unique-keyword": "no two keywords of a title are the same",
    "lint.unique-keyword-why": (
        f"Full and half width, case, blanks and a trailing colon tell no two apart. {_APPROVED}"
    ),
    "lint.distinct-keyword": "no two keywords of a title mean nearly the same",
    "lint.distinct-keyword-why": (
        "Words of one meaning are taken for the same: 时间 and 日期, 编号 and 单号, 电话 and 手机号码."
    ),
    "lint.plain-keyword": "a keyword has no special symbols and no idiosyncratic words",
    "lint.plain-keyword-why": (
        "As 1.4; parentheses and what joins words (/ 、 · -) are fine here. A symbol is an "
        f"error, a word of chatter a warning. {_APPROVED}"
    ),
    "lint.fitting-example": "the example of a keyword fits it",
    "lint.fitting-example-why": (
        "The example of a time holds a time, that of a price or a count a number, that of a "
        "telephone its number, that of a code letters or digits. An empty one fits nothing, nor"
        f" does the keyword itself. In templates.yaml the examples are those of --library. {_USED}"
    ),
    "lint.narrow-keyword": "a keyword is not too broad",
    "lint.narrow-keyword-why": (
        "A keyword says what kind of thing stands behind it. 内容, 信息, 名称 and the like could be "
        "anything; a bare 时间 or 备注 is a warning in a proposal, and fine where the library has "
        f"it. {_USED}"
    ),
    "lint.group-size": "no more than 5 templates are asked for together",
    "lint.group-size-why": "wx.requestSubscribeMessage takes at most 5 ids in a call, and fails with more.",
    "lint.group-size-good": "5 templates",
    "lint.group-size-bad": "6 templates",
    "lint.group-titles": "no two templates that are asked for together have the same title",
    "lint.group-titles-why": (
        "wx.requestSubscribeMessage drops an id whose title equals another's, and the user is "
        "never asked for it. Two entries with the same library id have the same title."
    ),
    "lint.group-types": "one-time and long-term templates are not asked for together",
    "lint.group-types-why": (
        "wx.requestSubscribeMessage refuses a mix of templates that allow one message a consent"
        " (type 2) and those that allow many (type 3). The types stand in --library."
    ),
    "lint.group-types-good": "2 and 2",
    "lint.group-types-bad": "2 and 3",
    "lint.readable-file": "the file can be read",
    "lint.readable-file-why": (
        "What `reconciler validate` says of templates.yaml. Until it is put right, no other rule is asked."
    ),
    "lint.bad-silence": "a comment that silences names rules and gives a reason",
    "lint.bad-silence-why": (
        "`# lint: ignore 1.6: reason`, at the end of a line, or on a line of its own above it. "
        "Several rules are separated by commas. On the line of an entry's name it is about the "
        "whole entry."
    ),
    "lint.bad-silence-good": "# lint: ignore 1.6: the library has it",
    "lint.bad-silence-bad": "# lint: ignore 1.6",
    "lint.unused-silence": "a comment that silences has something to silence",
    "lint.unused-silence-why": (
        "What was silenced is not there any more; the comment would hide the next one. Rules "
        "that can't be checked without --library, or without a title, are not counted."
    ),
    # Titles
    "lint.title": "the title {title}",
    "lint.title-of": "{template}: the title {title}",
    "lint.same-title": "{title} is that of {other}",
    "lint.near-title": "{title} means nearly the same as {near}, that of {other}",
    "lint.library-title": "{id} of the library",
    "lint.on-line": "{name} on line {line}",
    "lint.the-proposal": "the proposal",
    "lint.use-id": "use it: id: {id}",
    "lint.keep-one": "keep one of them",
    "lint.one-id": "use one id for both, or correct a title",
    "lint.ending": "{title} does not end in 提醒 or 通知",
    "lint.write-ending": "通知 for what has happened, 提醒 for what is to be done",
    "lint.symbols": "{name} has special symbols: {symbols}",
    "lint.leave-out": "leave them out",
    "lint.chatter": "{name} has idiosyncratic words: {words}",
    "lint.say-plainly": "say it as the whole trade does",
    "lint.no-service": "{title} names no concrete service",
    "lint.name-service": "say what was ordered, booked or asked for: 订单取消通知",
    "lint.marketing": "{title} looks like marketing: {words}",
    "lint.no-advertisement": (
        "send no advertisement with it: the template would be deleted, then the interface blocked"
    ),
    "lint.propose-service": "propose the service itself: marketing is refused",
    # Keywords
    "lint.keyword": "{of}: keyword {keyword}",
    "lint.twice": "{keyword} stands twice",
    "lint.near-keyword": "{keyword} means nearly the same as {near}",
    "lint.example": "{keyword}: {what}",
    "lint.example-empty": "the example is empty",
    "lint.example-is-keyword": "the example {example} is the keyword itself",
    "lint.example-lacks": "the example {example} {lack}",
    "lint.no-time": "holds no time",
    "lint.no-number": "holds no number",
    "lint.no-phone": "is no telephone number",
    "lint.no-mail": "is no mail address",
    "lint.no-code": "holds neither letters nor digits",
    "lint.write-example": "write one as users will see it",
    "lint.write-example-like": "write one as users will see it: {example}",
    "lint.too-broad": "{keyword} is too broad",
    "lint.rather-broad": "{keyword} is rather broad",
    "lint.say-of-what": "say of what, or which: 课程名称, 付款时间",
    # Groups
    "lint.group-count": (
        "group {group}: {count} template; one call takes at most {most}",
        "group {group}: {count} templates; one call takes at most {most}",
    ),
    "lint.split-group": "remove {count}, or ask in two calls",
    "lint.group-same-title": "group {group}: {one} and {other} have the same title, {title}",
    "lint.title-of-id": "that of {id}",
    "lint.ask-apart": "ask for one of them in another call: WeChat drops the second",
    "lint.mixed-types": (
        "group {group}: one-time and long-term templates together: one-time {once}, long-term {long}"
    ),
    "lint.two-calls": "ask for them in two calls: WeChat refuses the mix",
    # The file, and comments that silence
    "lint.elsewhere": "{where}: {what}",
    "lint.silences-nothing": "lint: {text} silences nothing",
    "lint.unknown-rule": "there is no rule {rule} to ignore",
    "lint.no-rule": "no rule is named to ignore",
    "lint.no-reason": "no reason is given to ignore {rules}",
    "lint.write-silence": "write: # lint: ignore 1.6: reason",
    "lint.nothing-to-ignore": "there is no finding of {rule} {name} to ignore here",
    "lint.remove-it": "remove it",
    # What could not be checked
    "lint.not-compared": (
        "not compared with the titles of the library (1.1, 1.2): name a pulled one with --library"
    ),
    "lint.titles-unchecked": "not checked: the titles of {names} (1.1 to 1.6): write title:, or {advice}",
    "lint.examples-unchecked": "not checked: the examples of keywords of {names} (2.4): {advice}",
    "lint.types-unchecked": "not checked: the types in the groups {names} (3.3): {advice}",
    "lint.not-told": "the library does not tell them: see `validate --library`",
    "lint.not-listed": "the library of service accounts can't be listed",
    "lint.name-library": "name a pulled library with --library",
}
