"""Say which Python this is."""

import sys

import lines

lines.write(sys.implementation.name)
