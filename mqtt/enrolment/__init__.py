"""How a gateway that nobody knows yet gets its keys certified, and its certificate renewed."""
