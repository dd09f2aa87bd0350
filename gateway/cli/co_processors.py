"""The co-processors of a configuration, for a command; the gateway must be stopped."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from gateway.cli.telling import tell
from gateway.config.types import GatewayConfig, PicoSettings
from hardware.assemble import open_link
from hardware.clock import MachineClock
from hardware.ports import HardwareError
from hardware.pump.pico_link import PicoLink
from hardware.pump.pico_witness import PicoWitness

INCARNATION = re.compile("[0-9a-f]{16}")


def opened(config: GatewayConfig, pico: PicoSettings, *, to_flash: bool = False) -> PicoLink:
    """HardwareError names it and says what to check."""
    folder, clock = simulated_folder(config), MachineClock()
    lease_ms = pico.lease_ms
    return open_link(pico.serial_number, pico.port, lease_ms, folder, clock, to_flash=to_flash)


def simulated_folder(config: GatewayConfig) -> Path | None:
    """Of a simulated forecourt's ports; None: the machine's."""
    if config.hardware.kind != "simulated":
        return None
    return Path(config.hardware.forecourt_socket).absolute().parent


def witnessed(config: GatewayConfig) -> Iterator[str]:
    """The incarnations of ledgers that they know. Says who could not be asked: a card may be
    restored far away from its station."""
    for pico in config.picos:
        try:
            with closing(opened(config, pico)) as link:
                seen = PicoWitness(link, pico.serial_number or str(pico.port)).read()
        except HardwareError as error:
            tell(str(error), "If it knows another ledger, restore again where it is plugged in.")
            continue
        if seen is not None and INCARNATION.fullmatch(seen.incarnation):
            yield seen.incarnation
