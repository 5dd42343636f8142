"""What the sandbox remembers: accounts, templates, messages, tokens, counts."""
