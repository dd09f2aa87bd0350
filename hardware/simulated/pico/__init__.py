"""The co-processor without its silicon: the firmware's own code in a process, behind a pty."""
