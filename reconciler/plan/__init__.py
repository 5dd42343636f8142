"""The decision. `decide` is the truth table, `guards` what speaks against a plan, `planner` asks for both.

`planfile` is the plan as the document that is reviewed; `review` and `edited_lock` hold it against what was.
"""
