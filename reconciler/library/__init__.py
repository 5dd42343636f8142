"""WeChat's catalogue of titles: what it has answered (`cache`), as a file (`file`), by words (`search`).

`resolve` holds a wish for a template against it.
"""
