"""Asks each reader which chip it is, and which of them sees the card that is held to one."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress

from gateway.config.types import PumpSettings
from gateway.core.units import NS_PER_MS
from gateway.doctor.hands import Deed, Hands
from gateway.doctor.judging.readers import CardFinding, ReaderFinding
from gateway.doctor.probes.bench import Bench
from hardware.ports import HardwareError, Tag
from hardware.tag_reader.reader import Mfrc522Reader
from hardware.tag_reader.version import version_of

SETTLE_NS = 300 * NS_PER_MS
"""A second reader that sees the card too has seen it by then."""


def look_at_reader(pump: PumpSettings) -> ReaderFinding:
    bus = pump.reader
    path = f"/dev/spidev{bus.spi_bus}.{bus.spi_device}"
    try:
        version = version_of(bus.spi_bus, bus.spi_device, bus.reset_pin)
    except HardwareError as error:
        return ReaderFinding(pump=pump.number, path=path, error=str(error))
    return ReaderFinding(pump=pump.number, path=path, version=version)


def hold_cards(bench: Bench, pumps: Sequence[PumpSettings], hands: Hands) -> list[CardFinding]:
    """Have a card held to each reader in turn, while all are polled."""
    with ExitStack() as opened:
        readers = dict(_readers(bench, pumps, opened))
        return [_hold(bench, pump.number, readers, hands) for pump in pumps]


def _readers(
    bench: Bench, pumps: Iterable[PumpSettings], opened: ExitStack
) -> Iterable[tuple[int, Mfrc522Reader]]:
    for pump in pumps:
        bus = pump.reader
        with suppress(HardwareError):  # its version has told
            reader = Mfrc522Reader(
                bus.spi_bus, bus.spi_device, bench.clock, reset_pin=bus.reset_pin
            )
            opened.callback(reader.close)
            yield pump.number, reader


def _hold(bench: Bench, pump: int, readers: dict[int, Mfrc522Reader], hands: Hands) -> CardFinding:
    if not hands.do(Deed.CARD, pump):
        return CardFinding(pump=pump, asked=False)
    seen: set[int] = set()
    troubles: list[str] = []

    def look() -> bool:
        for number, reader in readers.items():
            with suppress(HardwareError):
                found = reader.poll()
                if isinstance(found, Tag):
                    seen.add(number)
                elif found is not None:
                    troubles.append(str(found))
        return bool(seen)

    if bench.until(look, hands.patience_ns) is not None:
        bench.until(lambda: look() and len(seen) > 1, SETTLE_NS)
    hands.do(Deed.CARD_AWAY, pump)
    bench.wait(SETTLE_NS)
    return CardFinding(
        pump=pump, asked=True, seen_at=tuple(sorted(seen)), trouble="; ".join(troubles[-1:])
    )
