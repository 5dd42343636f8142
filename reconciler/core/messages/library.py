"""What `library` says."""

from . import Form

MESSAGES: dict[str, Form] = {
    # A pulled library as a file
    "library.pull-again": "pull it again: reconciler library pull",
    "library.version": "the library is of version {version}; this reconciler knows {known}",
    "library.newer-reconciler": "install a newer reconciler",
    "library.other-dialect": "the library is of dialect {dialect}, {file} of {wanted}",
    "library.pull-that-accounts": "pull that account's library",
    "library.leave-out": "leave --library out: the library of service accounts can't be listed",
    "library.no-time": "$.pulled: {pulled} is no time",
    "library.title-twice": "the title {id} stands twice",
    # Answers
    "library.old-answers": "the library's answers of {age} are used; --refresh asks it again",
    "library.no-answer": "warning: {id} is listed, and can't be looked up: {why}",
    "library.empty-answer": "the answer is empty",
    # Templates held against titles
    "library.unknown-title": "{template}: the library has no title {id} ({answer})",
    "library.not-in-file": "{file} has not",
    "library.wrong-title": "{template}: the title of {id} is {title}, not {written}",
    "library.correct-id": "correct the id",
    "library.write-title": "write `title: {title}`, or correct the id",
    "library.title-of": "{template}: {title}",
    "library.ambiguous-keyword": "{of} has the keyword {keyword} more than once",
    "library.unknown-keyword": "{of} has no keyword {keyword}",
    "library.unknown-id": "{of} has no keyword {keyword} with keyword_id {keyword_id}",
    "library.several-keywords": "these are several: separate them with , and not with {separator}",
    "library.keywords": "its keywords: {names}",
    "library.did-you-mean": "did you mean {name}? {known}",
    "library.write-one-of": "write one of:\n{lines}",
}
