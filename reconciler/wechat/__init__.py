"""WeChat's side: what is sent and read (`wire`, `dialects`), with whose token (`auth`), and how it gets there
(`transport`). `client` is what the rest of the program sees of it.
"""
