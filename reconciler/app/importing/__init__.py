"""From a living account to templates.yaml and a lock, as a pipeline that `importer` runs.

`identify` asks the library which title each template is of, by `match`; `entries` names them, and says what
file and lock will have. Names come from `names_file`, where somebody has chosen them, or from `naming`.
"""
