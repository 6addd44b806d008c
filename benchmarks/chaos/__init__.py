"""Attacks on a real server over loopback, and what they did to it: `python -m benchmarks.chaos`.

One module is one attack: a function that has a server attacked and gives rows of the table.
"""
