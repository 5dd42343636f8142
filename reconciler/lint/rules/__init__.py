"""The rules themselves: of titles, of keywords, of groups. `rulebook` is their table."""
