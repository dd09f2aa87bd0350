"""The demo: every part of Takar as a process of its own, on a simulated forecourt."""
