"""Kills a process that holds an enable relay made, and watches what the relay then does.

The second contact is not fed meanwhile, and was seen broken just before: nothing flows.
"""

import selectors
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

from gpiozero import InputDevice

from gateway.config.types import GatewayConfig, PumpSettings
from gateway.core.units import NS_PER_MS
from gateway.doctor.ending import held_back
from gateway.doctor.judging.contacts import KilledFinding
from gateway.doctor.probes.bench import Bench
from gateway.doctor.probes.contacts import RELEASE_NS
from hardware.gpio.naming import named
from hardware.ports import HardwareError
from hardware.pump.switched import EnableRelay

START_S = 30.0
"""For a Pi to load Python once more."""
WATCHED_MS = 1000
REOPEN_S = 5.0
"""A pin may be free again only a moment after its owner died."""


@held_back()
def kill_and_watch(config: GatewayConfig, file: Path, pump: PumpSettings) -> KilledFinding:
    """Nothing else may have the pins open. The relay is broken when this returns, if it can be."""
    number = pump.number
    holder = subprocess.Popen(  # noqa: S603  # our own program, no shell
        [sys.executable, "-P", "-m", "gateway.doctor.probes.holding", str(file), str(number)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A terminal that closes would end it too, and it lets go only when we are gone.
        start_new_session=True,
    )
    try:
        try:
            said = _first_line(holder)
        finally:
            holder.kill()
            killed_s = time.monotonic()
            _, wrong = holder.communicate()
        if said not in ("made", "open"):
            last = wrong.strip().splitlines()[-1:] or [f"it said nothing for {START_S:.0f} s"]
            return KilledFinding(pump=number, error=last[0])
        broken_ms = _watch(config, pump, killed_s)
        return KilledFinding(
            pump=number, made=said == "made", broken_ms=broken_ms, watched_ms=WATCHED_MS
        )
    except HardwareError as error:
        return KilledFinding(pump=number, error=str(error))
    finally:
        # Whatever happened: nothing else would break it.
        with suppress(HardwareError):
            _break(config, pump)


def _first_line(holder: "subprocess.Popen[str]") -> str:
    assert holder.stdout is not None  # noqa: S101 - asked for
    with selectors.DefaultSelector() as selector:
        selector.register(holder.stdout, selectors.EVENT_READ)
        return holder.stdout.readline().strip() if selector.select(START_S) else ""


def _watch(config: GatewayConfig, pump: PumpSettings, killed_s: float) -> int | None:
    """How long after the kill its read-back fell, in ms; None: it stayed."""
    assert pump.pins is not None  # noqa: S101 - only pumps with a valve are tried
    with _reopened(config) as bench:
        opened_ms = round((time.monotonic() - killed_s) * 1000)
        with named("contact read-back"):
            readback = InputDevice(pump.pins.enable_readback, pin_factory=bench.factory)
        with closing(readback):
            waited_ms = bench.until(lambda: not readback.value, WATCHED_MS * NS_PER_MS)
    return None if waited_ms is None else opened_ms + waited_ms


def _break(config: GatewayConfig, pump: PumpSettings) -> None:
    """To open an output claims it low."""
    assert pump.pins is not None  # noqa: S101
    with _reopened(config) as bench:
        pins, factory = pump.pins, bench.factory
        with closing(EnableRelay(pins.enable_relay, pins.enable_readback, factory)) as relay:
            bench.until(lambda: not relay.made, RELEASE_NS)


def _reopened(config: GatewayConfig) -> Bench:
    deadline = time.monotonic() + REOPEN_S
    while True:
        try:
            return Bench(config)
        except HardwareError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
