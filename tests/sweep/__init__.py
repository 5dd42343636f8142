"""The sweep: no fault and no kill loses a template, adds one twice, or deletes one that it should not.

Every case disturbs one run of a real process against the sandbox over real HTTP, runs it again in peace, and
looks at what has become of account and lock. `python -m tests.sweep` runs them all.
"""
