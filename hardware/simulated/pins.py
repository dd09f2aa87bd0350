"""gpiozero pins wired to the simulated forecourt."""

from threading import Lock
from typing import Any

from gpiozero.exc import PinFixedPull, PinInvalidPull, PinSetInput
from gpiozero.pins.mock import MockFactory, MockPin

from gateway.core.units import NS_PER_S
from hardware.ports import Clock
from hardware.simulated.client import ForecourtClient


class SimulatedPin(MockPin):  # type: ignore[misc]
    """A pin whose level comes from the forecourt as an input and goes to it as an output.

    gpiozero's mock pin keeps every change for ever and takes its pull for an outside signal;
    this one does neither.
    """

    def __init__(self, factory: "SimulatedFactory", info: Any) -> None:
        super().__init__(factory, info)
        self._state = bool(factory.level(self._number))

    def drive(self, level: int) -> None:
        """The forecourt's edge: remember it, and call whoever watches this kind of edge."""
        state = level == 1
        if state is self._state or self._function != "input":
            return
        self._state = state
        if self._when_changed is not None and self._edges in _WATCHED[state]:
            self._call_when_changed()

    def _call_when_changed(self) -> None:
        callback = self._when_changed()
        if callback is not None:
            callback(self._factory.ticks(), self._state)

    def _get_state(self) -> bool:
        self._factory.client.check()
        return self._state

    def _set_function(self, value: str) -> None:
        client = self._factory.client
        if value == "output":
            # Like the kernel's driver, which claims an output at low.
            client.output(self._number)
            client.set_level(self._number, 0)
        elif value == "input":
            client.release(self._number)
        if value != self._function:
            self._state = False
        super()._set_function(value)

    def _set_state(self, value: bool) -> None:  # noqa: FBT001 - gpiozero calls it so
        if self._function != "output":
            raise PinSetInput(f"cannot set state of pin {self!r}")
        if value is not self._state:
            self._factory.client.set_level(self._number, int(value))
            self._state = value

    def _set_pull(self, value: str) -> None:
        if value not in ("floating", "up", "down"):
            raise PinInvalidPull("pull must be floating, up, or down")
        if self.info.pull and value != self.info.pull:
            raise PinFixedPull(f"{self!r} has a fixed pull resistor")
        self._pull = value

    def clear_states(self) -> None:
        """Called by gpiozero; there is no history to clear."""


_WATCHED = {True: ("both", "rising"), False: ("both", "falling")}


class SimulatedFactory(MockFactory):  # type: ignore[misc]
    """Makes the pins, and hands each edge to its pin."""

    def __init__(self, client: ForecourtClient, clock: Clock) -> None:
        super().__init__(pin_class=SimulatedPin)
        self.client = client
        self._clock = clock
        self._lock = Lock()
        self._levels: dict[int, int] = dict(client.levels)
        self._by_number: dict[int, SimulatedPin] = {}
        client.deliver = self._deliver
        client.listen()

    def pin(self, name: Any, pin_class: Any = None, **arguments: Any) -> Any:
        with self._lock:  # no edge may fall between a new pin's first level and its place here
            pin = super().pin(name, pin_class, **arguments)
            self._by_number[pin._number] = pin
        return pin

    def level(self, number: int) -> int:
        """The forecourt's newest level of an input pin."""
        return self._levels.get(number, 0)

    def ticks(self) -> float:
        """Seconds on the clock given; replaces the machine's."""
        return self._clock.monotonic_ns() / NS_PER_S

    def _deliver(self, number: int, level: int) -> None:
        with self._lock:
            self._levels[number] = level
            pin = self._by_number.get(number)
        if pin is not None:
            pin.drive(level)
