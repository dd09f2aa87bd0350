"""The imperative shell: turns the world into events, runs `step`, does what it says."""
