"""Break every contact that the Pi holds, with no gateway running, and look whether it broke.

For the end of a gateway that was killed: the Raspberry Pi's kernel leaves a released output at
its level, so a relay can stay on. A co-processor's own contact needs nobody: its lease runs out.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from gpiozero.pins import Factory
from msgspec import Struct

from gateway.core.units import NS_PER_MS
from hardware.assemble import open_ground
from hardware.ports import Clock, HardwareError
from hardware.pump.switched import EnableRelay, SwitchedContact, TimerContact
from hardware.unit import PumpParts
from hardware.wiring import Pin

LOOK_S = 0.01


class PumpContacts(Struct, frozen=True, kw_only=True):
    """Pins of what the Pi holds in one valve's circuit, as in PumpPins."""

    number: int
    enable_relay: Pin
    enable_readback: Pin
    timer_feed: Pin | None = None
    timer_readback: Pin | None = None


def contacts_of(pumps: Iterable[PumpParts]) -> tuple[PumpContacts, ...]:
    """Of those pumps where something of ours is fitted."""
    return tuple(
        PumpContacts(
            number=parts.number,
            enable_relay=parts.pins.enable_relay,
            enable_readback=parts.pins.enable_readback,
            timer_feed=parts.pins.timer_feed,
            timer_readback=parts.pins.timer_readback,
        )
        for parts in pumps
        if parts.pins is not None
    )


def shut(
    kind: Literal["raspberry-pi", "simulated"],
    pumps: Sequence[PumpContacts],
    forecourt_socket: Path,
) -> Mapping[int, str]:
    """Drive relays and timer feeds low. By pump what is wrong all the same; empty: all are shut.

    HardwareError where no pin can be reached at all. It needs a second at most, where a timer was
    fed last just now.
    """
    if not pumps:
        return {}
    wrong: dict[int, str] = {}
    with ExitStack() as opened:
        clock, factory = open_ground(kind, forecourt_socket, opened)
        contacts = [
            (pins.number, contact)
            for pins in pumps
            for contact in _let_go(pins, factory, opened, wrong)
        ]
        for number, contact in contacts:
            why = _still_made(contact, clock)
            if why is not None:
                wrong.setdefault(number, why)
    return wrong


def _let_go(
    pins: PumpContacts, factory: Factory, opened: ExitStack, wrong: dict[int, str]
) -> list[SwitchedContact]:
    """Its contacts, each driven low when it is opened; one that fails does not spare the other."""
    contacts: list[SwitchedContact] = []
    try:
        contacts.append(EnableRelay(pins.enable_relay, pins.enable_readback, factory))
    except HardwareError as error:
        wrong.setdefault(pins.number, str(error))
    try:
        if pins.timer_feed is not None:
            contacts.append(TimerContact(pins.timer_feed, pins.timer_readback, factory))
    except HardwareError as error:
        wrong.setdefault(pins.number, str(error))
    for contact in contacts:
        opened.callback(contact.close)
    return contacts


def _still_made(contact: SwitchedContact, clock: Clock) -> str | None:
    """Why it must be taken for made after all the time that it may need to break."""
    until_ns = clock.monotonic_ns() + contact.release_max_ns + NS_PER_MS
    try:
        while contact.made:
            if clock.monotonic_ns() >= until_ns:
                return (
                    f"{contact.name}: told to break, its contact still reads made; press the "
                    "emergency stop, and check for a welded or bridged contact"
                )
            clock.sleep(LOOK_S)
    except HardwareError as error:
        return str(error)
    return None
