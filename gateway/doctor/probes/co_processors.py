"""Asks a co-processor who it is, and has it make its contact once without holding it."""

from contextlib import suppress
from pathlib import Path

from firmware.guard.orders import fields_of
from firmware.guard.stops import Stops
from firmware.version import FIRMWARE
from gateway.config.types import PicoSettings
from gateway.core.units import NS_PER_MS
from gateway.doctor.judging.co_processor import PicoFinding, WitnessFinding
from gateway.doctor.judging.contacts import LimiterFinding
from gateway.doctor.judging.switches import PulserFinding
from gateway.doctor.probes.bench import Bench
from gateway.doctor.probes.switches import QUIET_S
from gateway.doctor.verdict import pump_name
from gateway.setup.gateway_state import LEDGER
from gateway.store.errors import LedgerDamaged
from gateway.store.reader import LedgerReader
from hardware.assemble import open_link
from hardware.ports import HardwareError
from hardware.pump.pico_link import PicoLink
from hardware.pump.pico_port import plugged_in
from hardware.pump.pico_witness import PicoWitness

ANSWER_NS = 2000 * NS_PER_MS
WATCH_NS = 3000 * NS_PER_MS
"""Three times the longest lease that can be set."""
FULL_PULSES = 1
"""A limit of one pulse: nothing flows, and if it did the chip itself would stop it."""
DOCTOR_SESSION = 1


class CoProcessor:
    """One of the configuration; `link` is None where it cannot be talked to."""

    def __init__(self, bench: Bench, settings: PicoSettings) -> None:
        self._bench = bench
        self.settings = settings
        self.name = settings.serial_number or str(settings.port)
        self.link: PicoLink | None = None
        self._error = ""
        self._others: tuple[str, ...] = ()
        if settings.serial_number is not None:
            there = plugged_in(bench.folder)
            if settings.serial_number.casefold() not in map(str.casefold, there):
                self._others = tuple(sorted(there))
                return
        try:
            self.link = open_link(
                settings.serial_number,
                settings.port,
                settings.lease_ms,
                bench.folder,
                bench.clock,
                to_flash=True,
            )
        except HardwareError as error:
            self._error = str(error)

    def close(self) -> None:
        if self.link is not None:
            self.link.close()

    @property
    def talks(self) -> bool:
        """It takes orders: its version is ours."""
        return self.link is not None and not self._refused

    def who(self) -> PicoFinding:
        if self.link is None:
            return PicoFinding(
                name=self.name,
                plugged_in=self._others,
                wanted_firmware=FIRMWARE,
                error=self._error,
            )
        faults = []
        if self.talks:
            for place, pump in enumerate(self.settings.pumps, start=1):
                if fault := self.link.state(place)["fault"]:
                    faults.append(f"{pump_name(pump)}: {fault}")
        return PicoFinding(
            name=self.name,
            firmware=str(self.link.birth["fw"]),
            wanted_firmware=FIRMWARE,
            refused=self._refused,
            faults=tuple(faults),
        )

    def witness(self, state_dir: Path) -> WitnessFinding:
        """What it has witnessed, and what the ledger here says of that."""
        assert self.link is not None  # noqa: S101 - asked before
        try:
            seen = PicoWitness(self.link, self.name).read()
        except HardwareError as error:
            return WitnessFinding(name=self.name, error=str(error))
        with suppress(LedgerDamaged), LedgerReader(state_dir / LEDGER) as ledger:
            return WitnessFinding(
                name=self.name,
                seen=seen,
                incarnation=ledger.meta().incarnation,
                head=ledger.last().sequence,
                hash_at=ledger.hash_at(seen.sequence) if seen is not None else None,
            )
        return WitnessFinding(name=self.name, seen=seen)

    def count(self, place: int, pump: int) -> PulserFinding:
        """Count while every valve is shut."""
        assert self.link is not None  # noqa: S101
        try:
            before = self._pulses(place)
            self._bench.until(self._listened, QUIET_S * 1000 * NS_PER_MS)
            pulses = max(0, self._pulses(place) - before)
            return PulserFinding(pump=pump, pulses=pulses, seconds=QUIET_S)
        except HardwareError as error:
            return PulserFinding(pump=pump, error=str(error))

    def limit(self, place: int, pump: int) -> LimiterFinding:
        """Arm for one pulse, make, and renew nothing. The nozzle must be lifted."""
        link, bench = self.link, self._bench
        assert link is not None  # noqa: S101
        try:
            state = link.state(place)
            if state["made"]:
                return LimiterFinding(pump=pump, made_before=True)
            session = int(state["s"]) % 1_000_000 + DOCTOR_SESSION
            of_fill = {"p": place, "s": session}
            stops = fields_of(Stops(int(state["n"]) + FULL_PULSES))
            armed = link.order("arm", {**of_fill, **stops, "lease": self.settings.lease_ms}, place)
            made = link.order("make", of_fill, place)
            bench.until(lambda: self._listened() or made.answer is not None, ANSWER_NS)
            if refused := armed.answer or made.answer or "":
                return LimiterFinding(pump=pump, refused=refused)
            seen = bench.until(lambda: self._made(place), ANSWER_NS) is not None
            broken_ms = bench.until(lambda: not self._made(place), WATCH_NS) if seen else None
            return LimiterFinding(pump=pump, made=seen, broken_ms=broken_ms)
        except HardwareError as error:
            return LimiterFinding(pump=pump, error=str(error))
        finally:
            link.shut(place)

    @property
    def _refused(self) -> str:
        return "" if self.link is None else self.link.refused

    def _pulses(self, place: int) -> int:
        assert self.link is not None  # noqa: S101
        return int(self.link.state(place)["n"])

    def _made(self, place: int) -> bool:
        assert self.link is not None  # noqa: S101
        self.link.listen()
        return bool(self.link.state(place)["made"])

    def _listened(self) -> bool:
        assert self.link is not None  # noqa: S101
        self.link.listen()
        return False
