"""What lint found, one module a format; each returns all of stdout. Pure."""
