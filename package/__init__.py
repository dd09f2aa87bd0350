"""The Debian package: `./takar package`. What it does on a Pi is in package/debian."""
