"""What a gateway opens before anything runs: its devices, shut, and the books of its shelf."""

from collections.abc import Callable, Container
from contextlib import suppress
from pathlib import Path

from gateway.config.types import GatewayConfig, PicoSettings, PumpSettings
from gateway.core.facts import CounterReading
from gateway.core.lag import Lags
from gateway.core.meters import NEW
from gateway.core.units import ML_PER_L, NS_PER_MS
from gateway.core.witness import HASH_DIGITS, Witnessed
from gateway.runtime.books import Books
from gateway.runtime.desk import Desk
from gateway.runtime.office import Office
from gateway.runtime.pump_rules import rules_of
from gateway.runtime.recovering import must_confirm, recover_without_devices
from gateway.runtime.shelf import Shelf
from gateway.runtime.valve import counted_from
from gateway.runtime.vouching import Vouching
from gateway.runtime.wall import WallClock
from gateway.runtime.witnessing import Testimony
from gateway.store.durable import BYTES_PER_MB
from hardware.assemble import Hardware
from hardware.ports import BypassKey, Clock, HardwareError
from hardware.wiring import PicoChannelWiring, PicoWiring

US_PER_MINUTE = 60_000_000


def open_hardware(config: GatewayConfig, assemble: Callable[..., Hardware]) -> Hardware:
    """HardwareError: a device does not answer. What was open is then closed without it."""
    hardware = config.hardware
    try:
        return assemble(
            hardware.kind,
            config.pumps,
            hardware.emergency_stop_pin,
            Path(hardware.forecourt_socket),
            accept_single_channel=hardware.accept_single_channel,
            picos=[_pico(config, pico) for pico in config.picos],
            ups_pin=hardware.ups_pin,
        )
    except HardwareError:
        recover_without_devices(config)
        raise


def read_counters(hardware: Hardware) -> dict[int, CounterReading]:
    """What co-processors had counted when their pumps were opened; without those that are silent,
    and pumps without one."""
    found = {}
    for number, unit in hardware.pumps.items():
        with suppress(HardwareError):
            counter = counted_from(unit.pump.read())
            if counter is not None:
                found[number] = counter
    return found


def read_uncounted_ms(hardware: Hardware) -> dict[int, int]:
    """By pump, for how long its co-processor may have missed pulses with every valve shut."""
    found = {}
    for number, unit in hardware.pumps.items():
        with suppress(HardwareError):
            found[number] = unit.pump.read().uncounted_ms
    return found


def battery_clock_s(hardware: Hardware) -> int | None:
    """What a clock with a battery says, in seconds since 1970; None where there is none."""
    return hardware.board.battery_clock_s() if hardware.board is not None else None


def turned_keys(hardware: Hardware) -> frozenset[int]:
    """Pumps whose bypass key is turned."""
    return frozenset(number for number, unit in hardware.pumps.items() if _is_turned(unit.bypass))


def _is_turned(key: BypassKey | None) -> bool:
    try:
        return key is not None and key.on
    except HardwareError:
        return False  # its desk finds the pump silent


def open_desks(
    config: GatewayConfig,
    hardware: Hardware,
    shelf: Shelf,
    office: Office,
    keys_on: Container[int],
) -> dict[int, Desk]:
    """By pump. `keys_on`: whose bypass key was turned at the start, which recovery has said."""
    meters = shelf.balance.meters
    desks = {}
    for pump in config.pumps:
        number = pump.number
        desks[number] = Desk(
            rules_of(config, pump, meters),
            hardware.pumps[number],
            hardware.clock,
            office,
            pump.reader_poll_ms * NS_PER_MS,
            bypass_on=number in keys_on or meters.get(number, NEW).bypass_since is not None,
        )
        if shelf.ledger is not None:
            desks[number].knows(shelf.ledger.lags.get(number, Lags()))
    return desks


def _pico(config: GatewayConfig, pico: PicoSettings) -> PicoWiring:
    pumps = {pump.number: pump for pump in config.pumps}
    return PicoWiring(
        serial_number=pico.serial_number,
        port=pico.port,
        lease_ms=pico.lease_ms,
        channels=tuple(
            PicoChannelWiring(
                pump=number,
                pulser_channels=pumps[number].pulser_channels,
                least_gap_us=_least_gap_us(pumps[number]),
            )
            for number in pico.pumps
        ),
    )


def _least_gap_us(pump: PumpSettings) -> int:
    """Half of what lies between two pulses at the highest flow."""
    a_minute = pump.max_flow_ml_per_min * pump.calibration_pulses
    return min(1_000_000, US_PER_MINUTE * ML_PER_L * pump.calibration_litres // a_minute // 2)


def open_books(
    config: GatewayConfig, shelf: Shelf, wall: WallClock, clock: Clock, testimony: Testimony
) -> Books:
    """Blocked by what the shelf says, and until what the configuration wants confirmed is."""
    ledger, allocating = shelf.ledger, shelf.allocating
    books = Books(
        gateway=config.gateway.name,
        balance=shelf.balance,
        allocation=None,
        wall=wall,
        clock=clock,
        head=ledger.head.sequence if ledger is not None else 0,
        state_dir=shelf.state_dir,
        free_floor_bytes=config.storage.free_floor_mb * BYTES_PER_MB,
        products={pump.number: pump.product for pump in config.pumps},
        last_heard=shelf.last_heard,
        folded=shelf.holdings.folded,
    )
    blocked = shelf.blocked or testimony.refused
    if blocked is not None:
        books.stoppage.block(blocked)
    if must_confirm(config, testimony):
        books.stoppage.unconfirmed(shelf.found_through)
    if allocating is not None:
        books.allocation_changed(allocating)
    return books


def open_vouching(hardware: Hardware, shelf: Shelf, testimony: Testimony) -> Vouching:
    """Whoever has witnessed this ledger, or nothing yet, is told how far it is now."""
    ledger = shelf.ledger
    if ledger is None:
        return Vouching((), hardware.clock, Witnessed("", 0, "", 0), tell=False)
    head = ledger.head
    place = Witnessed(
        ledger.seals.signer.incarnation,
        head.sequence,
        head.hash[:HASH_DIGITS],
        shelf.balance.high_water,
    )
    return Vouching(
        hardware.witnesses,
        hardware.clock,
        place,
        tell=testimony.may_tell,
        refused=testimony.refused,
    )
