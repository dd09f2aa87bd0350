"""Pure limit and lease logic: the same files under CPython and MicroPython."""
