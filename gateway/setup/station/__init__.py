"""`takar setup`: a machine becomes a station, with what systemd starts."""
