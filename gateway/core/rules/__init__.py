"""The answers of a session to events. table.py says which rule answers when."""
