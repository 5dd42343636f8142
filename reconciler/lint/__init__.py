"""What WeChat's reviewers would say of titles and keywords, before they do.

`engine` asks the rules of a file that was read. A new rule is a row in `rulebook`, its words in
`core/messages/lint.py`, and a check in `rules/`, in the module of what it is about. Checks share `vocabulary`
(the words of words.toml), `characters`, `examples` and `likeness`; `silence` reads comments that silence
them.
"""
