"""What was found, judged. No I/O, no clock."""
