"""Switches and lamps at a pump through gpiozero, and where gpiozero's pins come from."""
