"""Tries the contacts on the Pi's pins. Never two of one pump at once: nothing can flow."""

from collections.abc import Iterable
from contextlib import ExitStack

from gateway.config.types import PumpSettings
from gateway.core.units import NS_PER_MS
from gateway.doctor.ending import held_back
from gateway.doctor.judging.contacts import MOST_HOLD_MS, ContactFinding
from gateway.doctor.probes.bench import Bench
from hardware.ports import HardwareError
from hardware.pump.switched import EnableRelay, SwitchedContact, TimerContact

FOLLOW_NS = 200 * NS_PER_MS
"""A contact that has not followed by now does not."""
RELEASE_NS = 500 * NS_PER_MS
WATCH_NS = 2 * MOST_HOLD_MS * NS_PER_MS
"""So long a timer is watched that nobody feeds any more."""
ENABLE, TIMER = "enable", "timer"
SECOND_MADE, RELAY_MADE = "second_made", "relay_made"


class Contacts:
    """Every pump's, opened broken; those that cannot be opened say why when they are tried."""

    def __init__(self, bench: Bench, pumps: Iterable[PumpSettings]) -> None:
        self._bench = bench
        self._opened = ExitStack()
        self._fitted: dict[tuple[int, str], SwitchedContact] = {}
        self._errors: dict[tuple[int, str], str] = {}
        for pump in pumps:
            if pump.pins is not None:
                self._open(pump)
        # A timer that was fed until now runs out first.
        bench.wait(MOST_HOLD_MS * NS_PER_MS + FOLLOW_NS)

    def close(self) -> None:
        self._opened.close()

    def relay(self, pump: int, forbidden: str) -> ContactFinding:
        """Make the enable relay and let it go. `forbidden`: why it may not be tried; ""."""
        return self._try(pump, ENABLE, forbidden or self._made(pump, TIMER, SECOND_MADE))

    def timer(self, pump: int, forbidden: str) -> ContactFinding | None:
        """Feed the timer once and wait for it to drop; None: none is fitted."""
        if (pump, TIMER) not in self._fitted.keys() | self._errors.keys():
            return None
        return self._try(pump, TIMER, forbidden or self._made(pump, ENABLE, RELAY_MADE))

    def _open(self, pump: PumpSettings) -> None:
        pins, factory = pump.pins, self._bench.factory
        assert pins is not None  # noqa: S101 - asked before
        try:
            relay = EnableRelay(pins.enable_relay, pins.enable_readback, factory)
            self._opened.callback(relay.close)
            self._fitted[pump.number, ENABLE] = relay
        except HardwareError as error:
            self._errors[pump.number, ENABLE] = str(error)
        if pump.limiter != "timer" or pins.timer_feed is None:
            return
        try:
            timer = TimerContact(pins.timer_feed, pins.timer_readback, factory)
            self._opened.callback(timer.close)
            self._fitted[pump.number, TIMER] = timer
        except HardwareError as error:
            self._errors[pump.number, TIMER] = str(error)

    def _made(self, pump: int, which: str, why: str) -> str:
        fitted = self._fitted.get((pump, which))
        return why if fitted is not None and fitted.made else ""

    @held_back()
    def _try(self, pump: int, which: str, forbidden: str) -> ContactFinding:
        fitted = self._fitted.get((pump, which))
        if fitted is None:
            return ContactFinding(pump=pump, error=self._errors.get((pump, which), ""))
        try:
            if fitted.made:
                return ContactFinding(pump=pump, made_before=True)
            if forbidden:
                return ContactFinding(pump=pump, forbidden=forbidden)
            return self._drive(pump, which, fitted)
        except HardwareError as error:
            return ContactFinding(pump=pump, error=str(error))
        finally:
            fitted.let_go()

    def _drive(self, pump: int, which: str, fitted: SwitchedContact) -> ContactFinding:
        before = self._all_made()
        fitted.make()
        made = self._bench.until(lambda: bool(fitted.made), FOLLOW_NS) is not None
        others = self._all_made() - before - {(pump, which)}
        elsewhere = ", ".join(f"{kind} of pump {number}" for number, kind in sorted(others))
        fitted.let_go()
        broken_ms = self._bench.until(
            lambda: not fitted.made, WATCH_NS if fitted.runs_out else RELEASE_NS
        )
        # One that followed in its place is seen to be broken too, before anything else is tried.
        self._bench.until(lambda: self._all_made() <= before, WATCH_NS)
        return ContactFinding(
            pump=pump, made=made, elsewhere=elsewhere, broken_ms=broken_ms if made else None
        )

    def _all_made(self) -> set[tuple[int, str]]:
        return {key for key, fitted in self._fitted.items() if fitted.made}
