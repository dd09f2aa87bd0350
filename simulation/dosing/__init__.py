"""Fills by the thousand in one process: the firmware's limiter, the core's dosing, exact flow."""
