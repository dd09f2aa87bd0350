"""PIO programs: their source, and the words that are loaded."""
