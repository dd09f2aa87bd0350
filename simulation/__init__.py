"""A whole city in one process: the real gateways and central on simulated time, network, disks
and pumps, from one seed. What may break is broken here; truth.py knows what really flowed."""
