"""The way in: credentials from variables, addresses, and whoever else hands out tokens."""
