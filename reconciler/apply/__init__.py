"""Carry out a plan. `run` makes the calls, `transitions` says what each leaves in the lock, `verify` looks at
the account afterwards.
"""
