"""Character displays at the pumps."""
