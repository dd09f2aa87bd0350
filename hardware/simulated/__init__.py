"""A forecourt without hardware: pins, bus and chip below the real drivers. Start with client.py."""
