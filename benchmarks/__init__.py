"""How many calls, how much time, how much memory: `python -m benchmarks [calls|time|fleet|startup|memory]`.

It prints figures and judges none but by a word in the last column; loopback only.
"""
