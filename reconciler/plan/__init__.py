"""The decision: what is wanted, locked and alive -> what to do.

`decide` is the truth table, over `facts`; `actions` is what a plan holds, `caveats` are its warnings,
`guards` the reasons to refuse it. `planner` asks the account and the library, and makes a `decision`.
`planfile` is the document that is reviewed, with its `rows` and `digests`; `review` and `edited_lock` hold a
decision against what was.
"""
