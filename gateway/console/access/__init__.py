"""Who may do what at the console: codes, sessions, lock-out, forms, and what a browser is told."""
