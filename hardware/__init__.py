"""The only place that touches devices. Start with ports.py."""
