"""Damaged files and damaged replies, many of them, through the whole command line.

More of them than CI has time for: `pytest tests/fuzz --hypothesis-profile long --timeout 0`.
"""
