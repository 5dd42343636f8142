"""WeChat's library of titles and their keywords.

`cache` asks for a title once a run and knows earlier answers; `pull` asks for all of them, `file` is what it
writes; `search` finds titles by words; `resolve` holds templates of templates.yaml against titles.
"""
