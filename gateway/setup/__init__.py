"""Making a new city: configuration files, keys, central's database, the gateways' state."""
