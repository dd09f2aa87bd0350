"""A process that holds a pump's enable relay made until it is killed; run by `killed.py` alone.

    python -m gateway.doctor.probes.holding CONFIGURATION PUMP

Says `made` or `open` on a line of its own. When whoever started it is gone, it lets go and ends.
"""

import sys
from contextlib import closing
from pathlib import Path

from gateway.config.load import load_gateway
from gateway.doctor.probes.bench import Bench
from gateway.doctor.probes.contacts import FOLLOW_NS
from hardware.pump.switched import EnableRelay


def main(configuration: str, number: str) -> None:
    config = load_gateway(Path(configuration))
    pins = next(pump.pins for pump in config.pumps if pump.number == int(number))
    assert pins is not None  # noqa: S101 - only pumps with a valve are tried
    with (
        Bench(config) as bench,
        closing(EnableRelay(pins.enable_relay, pins.enable_readback, bench.factory)) as relay,
    ):
        relay.make()
        made = bench.until(lambda: relay.made, FOLLOW_NS) is not None
        sys.stdout.write("made\n" if made else "open\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
