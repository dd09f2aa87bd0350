"""`takar doctor`: what is fitted and set up is tried, and judged in plain words.

`judging/` is pure: what was found goes in, a verdict comes out. `probes/` find it.
"""
