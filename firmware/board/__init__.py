"""The silicon: all that imports `machine`, and nothing but this does."""
