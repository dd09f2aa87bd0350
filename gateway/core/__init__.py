"""The functional core: pure rules. No I/O, no threads, no clock; imports nothing else of ours."""
