"""An emulator of WeChat's APIs for templates, over real HTTP. It shares no code with the client: an emulator
that reads with the client's own parser proves nothing.

`routes` takes requests in, `api` answers them, `state` remembers, `faults` breaks. What nobody knows of
WeChat is a guess here, and marked as one.
"""
