"""The reference central: takes each entry in once, grants litres. Start with handling.py."""
