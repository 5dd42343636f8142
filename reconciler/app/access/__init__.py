"""Access to accounts: credentials from variables, addresses, and token servers and commands."""
