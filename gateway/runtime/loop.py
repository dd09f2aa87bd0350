"""The control loop: one thread that turns what happens into steps of the pumps' sessions."""

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress

from gateway.core.events import EmergencyReleased, EmergencyStopped, StopRequested
from gateway.core.rules.observe import SHUTDOWN
from gateway.core.units import NS_PER_S
from gateway.runtime.desk import Desk
from gateway.runtime.inbox import Inbox, Item
from gateway.runtime.waiting import Waiting
from hardware.ports import Clock, EmergencyStop, HardwareError, Light

log = logging.getLogger(__name__)

SHUTDOWN_NS = 15 * NS_PER_S
"""A stop waits this long for fills to settle and be recorded; recovery closes what is left."""

ITEMS_A_TURN = 100
"""Taken from the inbox before the pumps are looked at again."""


class Loop:
    """Runs until `stop` was called and every pump is at rest."""

    def __init__(
        self,
        desks: Mapping[int, Desk],
        emergency_stop: EmergencyStop,
        clock: Clock,
        inbox: Inbox,
        waiting: Waiting,
        *,
        on_emergency_stop: Callable[[bool], None],
        on_turn: Callable[[], None],
        due_ns: Callable[[], int | None] = lambda: None,
    ) -> None:
        """`due_ns`: when the next turn is needed at the latest, whatever the pumps need."""
        self._desks = desks
        self._emergency_stop = emergency_stop
        self._clock = clock
        self._inbox = inbox
        self._waiting = waiting
        self._on_emergency_stop = on_emergency_stop
        self._on_turn = [on_turn]
        self._on_stop: list[Callable[[], None]] = []
        self._due_ns = due_ns
        self._pressed = False
        self._stop_by_ns: int | None = None

    def also(self, turn: Callable[[], None], stop: Callable[[], None]) -> None:
        """Call `turn` too at each turn, last of all, and `stop` once when it is told to end;
        before `run`."""
        self._on_turn.append(turn)
        self._on_stop.append(stop)

    def stop(self) -> None:
        """End in an orderly way; from any thread or a signal handler."""
        self._inbox.put(self._begin_stop)

    def run(self, ready: Callable[[], None]) -> None:
        """Serve the pumps. Whatever ends this, every valve is told to shut.

        `ready` is called when every reader has been watched for a moment: a card laid down from
        then on is a tap.
        """
        try:
            self.begin()
            self.turn()
            while not (self.finished() or all(desk.looked for desk in self._desks.values())):
                self.turn()
            ready()
            while not self.finished():
                self.turn()
        finally:
            self._shut_all()

    def _shut_all(self) -> None:
        """Valves first, then lamps; whatever one of them does, all the others get their turn."""
        with ExitStack() as last:
            for desk in self._desks.values():
                last.callback(_try, desk.unit.indicator.show, Light.OFF)
            for desk in self._desks.values():
                last.callback(_try, desk.unit.pump.shut)

    def turn(self) -> None:
        """Look at everything, then take what comes until something is due."""
        self.look()
        due_ns = min(desk.next_due_ns() for desk in self._desks.values())
        if (other_ns := self._due_ns()) is not None:
            due_ns = min(due_ns, other_ns)
        item = self._waiting.next(due_ns)
        if item is not None:
            self.take(item)

    def look(self, resting: Callable[[Desk], bool] = lambda _desk: False) -> None:
        """Each pump, the emergency stop, and what is done from time to time. `resting`: there
        nothing has happened since the last look, so that one more would find the same."""
        for desk in self._desks.values():
            if not resting(desk):
                desk.turn()
        self._emergency(pressed=self._stop_pressed())
        for call in self._on_turn:
            call()

    def take(self, item: Item) -> None:
        """Do this and what else has come. A flood of items does not keep the valves' leases from
        being renewed."""
        item()
        for _ in range(ITEMS_A_TURN):
            if self._inbox.empty():
                return
            self._inbox.get()()

    def begin(self) -> None:
        """Listen to the switches; `turn` comes after it, again and again, or its two halves."""
        for number, desk in self._desks.items():
            nozzle = desk.unit.nozzle
            nozzle.on_change(self._nozzle_watcher(number))
            if nozzle.lifted != desk.session.nozzle_lifted:
                # It moved after the desk had looked and before anybody listened.
                desk.nozzle_changed(lifted=nozzle.lifted)
            if desk.unit.bypass is not None:
                desk.unit.bypass.on_change(self._key_watcher(number))
        self._emergency_stop.on_change(
            lambda pressed: self._inbox.put(lambda: self._emergency(pressed=pressed))
        )

    def _nozzle_watcher(self, number: int) -> Callable[[bool], None]:
        def changed(lifted: bool) -> None:  # noqa: FBT001  # the port's own signature
            self._inbox.put(lambda: self._desks[number].nozzle_changed(lifted=lifted))

        return changed

    def _key_watcher(self, number: int) -> Callable[[bool], None]:
        def turned(on: bool) -> None:  # noqa: FBT001  # the port's own signature
            self._inbox.put(lambda: self._desks[number].bypass_turned(on=on))

        return turned

    def _stop_pressed(self) -> bool:
        """A stop that cannot be read is a stop: a fill that is open still gets recorded."""
        try:
            return self._emergency_stop.pressed
        except HardwareError as error:
            if not self._pressed:
                log.error(
                    "taken as pressed: %s", error, extra={"event": "emergency_stop_unreadable"}
                )
            return True

    def _emergency(self, *, pressed: bool) -> None:
        if pressed == self._pressed:
            return
        self._pressed = pressed
        for desk in self._desks.values():
            desk.take(EmergencyStopped() if pressed else EmergencyReleased())
        self._on_emergency_stop(pressed)

    def _begin_stop(self) -> None:
        if self._stop_by_ns is None:
            self._stop_by_ns = self._clock.monotonic_ns() + SHUTDOWN_NS
            for desk in self._desks.values():
                desk.take(StopRequested(SHUTDOWN))
            for call in self._on_stop:
                call()

    def finished(self) -> bool:
        """A stop was asked for, and every pump is at rest or has had its time."""
        if self._stop_by_ns is None:
            return False
        if all(desk.at_rest for desk in self._desks.values()):
            return True
        if self._clock.monotonic_ns() < self._stop_by_ns:
            return False
        open_fills = [n for n, desk in self._desks.items() if not desk.at_rest]
        log.error(
            "stopping with fills open at pumps %s; the next start closes them",
            open_fills,
            extra={"event": "stopped_with_open_fills"},
        )
        return True


def _try(use: Callable[..., None], *given: object) -> None:
    with suppress(HardwareError):
        use(*given)
