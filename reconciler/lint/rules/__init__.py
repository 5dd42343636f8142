"""The checks of the rules: 1.1 to 1.6 of titles, 2.1 to 2.5 of keywords, 3.1 to 3.3 of groups.

A module a subject; each yields findings by a rule's number. `engine` calls them, `rulebook` describes them.
"""
