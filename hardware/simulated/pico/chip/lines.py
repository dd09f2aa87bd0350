"""Standard input and output as lines. Under Node, node.mjs provides this module instead."""

import sys


def read():  # type: ignore[no-untyped-def]
    """The next line without its newline; None at the end."""
    line = sys.stdin.readline()
    return line[:-1] if line else None


def write(text):  # type: ignore[no-untyped-def]
    print(text)  # noqa: T201 - this is the way out
    if hasattr(sys.stdout, "flush"):  # MicroPython's writes at once
        sys.stdout.flush()
