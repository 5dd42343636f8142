"""What the dialects have in common: what they can't do, how contents, values, lists and quotas are read."""
