"""The forecourt as a process of its own: pumps, pins, time, motorists and their socket."""
