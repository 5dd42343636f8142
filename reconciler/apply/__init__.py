"""Carry out a plan. `run` orders the steps; `adds` and `deletes` make theirs through `steps`, which makes
calls side by side and tries again what may be tried again. `account_list` is the account as it is listed
meanwhile, `capacity` what makes room on a full one, `transitions` what each step leaves in the lock,
`progress` what is done and on disk; `verify` compares the account afterwards with what was meant.
"""
