"""A pump's valve, pulser and nozzle on GPIO pins."""
