"""What happens at the pump. Read gateway/core first."""

VERSION = "0.1.0"
"""Said by `takar --version` and written into every boot entry; pyproject.toml says the same."""
