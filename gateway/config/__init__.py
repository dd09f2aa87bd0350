"""Configuration: TOML files with units in their key names and bounds on every value."""
