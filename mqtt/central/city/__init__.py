"""A made-up city of the real one's size: `generate(seed, period)` in generate.py."""
