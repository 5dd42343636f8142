"""templates.yaml and its like -> values: YAML with its places, what may stand where, and edits of it.

Pure; the files are read in `app`.
"""
