"""Tokens: the credentials of an account, where its token comes from, and a newer one for a refused one."""
