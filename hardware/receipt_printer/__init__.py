"""Thermal receipt printers."""
