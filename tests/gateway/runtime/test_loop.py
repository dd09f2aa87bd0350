"""The control loop: from the first look at the switches to valves that are shut at the end."""

from collections.abc import Callable
from queue import Empty

import pytest

from gateway.core.session import State
from gateway.core.units import NS_PER_S
from gateway.runtime.inbox import Inbox, Item
from gateway.runtime.loop import SHUTDOWN_NS, Loop
from hardware.ports import HardwareError, Light
from simulation.devices import Switch
from tests.gateway.runtime.counter import Counter
from tests.gateway.runtime.samples import UID


class Forecourt:
    """Two pumps at one loop, whose time jumps; `script` runs at its own times."""

    def __init__(self) -> None:
        self.one = Counter()
        self.two = Counter(pump=2, clock=self.one.clock)
        self.clock = self.one.clock
        self.stop = Switch()
        self.inbox: Inbox = Inbox()
        self.stops: list[bool] = []
        self.turns = 0
        self.ready: list[int] = []
        """Turns done when it said so."""
        self.on_turn: Callable[[], None] = lambda: None
        self._script: list[tuple[int, Item]] = []
        self.loop = Loop(
            {1: self.one.desk, 2: self.two.desk},
            self.stop,
            self.clock,
            self.inbox,
            self,
            on_emergency_stop=self.stops.append,
            on_turn=self._turn,
        )

    def run(self) -> None:
        self.loop.run(lambda: self.ready.append(self.turns))

    def at(self, seconds: float, deed: Item) -> None:
        """From another thread's view: the deed happens then, whatever the loop does."""
        self._script.append((self.clock.now_ns + round(seconds * NS_PER_S), deed))
        self._script.sort(key=lambda due: due[0])

    def next(self, until_ns: int) -> Item | None:
        """Fits Waiting: time jumps to the next deed or deadline."""
        assert self.turns < 10_000, "the loop does not end"
        try:
            return self.inbox.get_nowait()
        except Empty:
            pass
        if self._script and self._script[0][0] <= until_ns:
            due_ns, deed = self._script.pop(0)
            self.clock.now_ns = max(self.clock.now_ns, due_ns)
            deed()
        else:
            self.clock.now_ns = max(self.clock.now_ns, until_ns)
        return None if self.inbox.empty() else self.inbox.get_nowait()

    def _turn(self) -> None:
        self.turns += 1
        self.on_turn()

    def fill_at_one(self) -> None:
        """A tap, a lift, and 1 L by second 4; the nozzle stays lifted."""
        self.at(0.5, lambda: self.one.hand.reader.lay(UID))
        self.at(1, lambda: self.one.hand.nozzle.turn(on=True))
        for number in range(100):
            self.at(2 + number / 50, lambda: self.one.pump.flow(1))


@pytest.fixture
def forecourt() -> Forecourt:
    return Forecourt()


def test_an_idle_gateway_ends_when_told_to(forecourt: Forecourt) -> None:
    forecourt.at(3, forecourt.loop.stop)
    forecourt.run()
    assert forecourt.ready == [1]
    assert forecourt.turns > 20
    for counter in (forecourt.one, forecourt.two):
        assert counter.pump.said == ["shut"]
        assert counter.hand.indicator.shown[-1] is Light.OFF


def test_a_stop_waits_for_the_fill_to_settle_and_be_recorded(forecourt: Forecourt) -> None:
    forecourt.fill_at_one()
    forecourt.at(5, forecourt.loop.stop)
    forecourt.at(5.1, forecourt.loop.stop)  # twice is once
    forecourt.at(5.2, lambda: forecourt.one.pump.flow(3))  # while the valve closes
    forecourt.run()
    (sold,) = forecourt.one.clerk.sold
    assert (sold.volume_ml, sold.ended_by) == (1030, "shutdown")
    assert not forecourt.one.pump.is_open


def test_nothing_new_begins_once_it_is_stopping(forecourt: Forecourt) -> None:
    forecourt.fill_at_one()
    forecourt.at(5, forecourt.loop.stop)
    forecourt.at(5.1, lambda: forecourt.two.hand.reader.lay(UID))
    forecourt.run()
    assert forecourt.two.clerk.asked == []


def test_a_stop_does_not_wait_for_ever(
    forecourt: Forecourt, monkeypatch: pytest.MonkeyPatch
) -> None:
    forecourt.fill_at_one()
    monkeypatch.setattr(forecourt.one.clerk, "record_sale", lambda _desk, _action: None)
    forecourt.at(5, forecourt.loop.stop)
    began_ns = forecourt.clock.now_ns + 5 * NS_PER_S
    forecourt.run()
    waited_ns = forecourt.clock.now_ns - began_ns
    assert SHUTDOWN_NS <= waited_ns < SHUTDOWN_NS + NS_PER_S
    assert not forecourt.one.pump.is_open


class Crash(Exception):
    pass


def crash() -> None:
    raise Crash


@pytest.mark.parametrize("where", ["turn", "item", "waiting"])
def test_whatever_ends_it_every_valve_is_shut(
    forecourt: Forecourt, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    forecourt.fill_at_one()
    if where == "turn":
        forecourt.at(3, lambda: setattr(forecourt, "on_turn", crash))
    elif where == "item":
        forecourt.at(3, lambda: forecourt.inbox.put(crash))
    else:
        forecourt.at(3, crash)
    with pytest.raises(Crash):
        forecourt.run()
    for counter in (forecourt.one, forecourt.two):
        assert counter.pump.said[-1] == "shut"
        assert counter.hand.indicator.shown[-1] is Light.OFF
    assert not forecourt.one.pump.is_open


@pytest.mark.parametrize("error", [HardwareError("gone"), RuntimeError("a bug")])
@pytest.mark.parametrize("part", ["pump", "lamp"])
def test_one_pump_that_cannot_be_shut_does_not_spare_the_other(
    forecourt: Forecourt, monkeypatch: pytest.MonkeyPatch, part: str, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    def breakdown() -> None:
        if part == "pump":
            monkeypatch.setattr(forecourt.one.pump, "shut", fail)
        else:
            monkeypatch.setattr(forecourt.one.hand.indicator, "show", fail)
        crash()

    forecourt.at(1, breakdown)
    with pytest.raises((Crash, RuntimeError)):
        forecourt.run()
    assert forecourt.two.pump.said == ["shut"]
    if part == "lamp":
        assert forecourt.one.pump.said == ["shut"]


def test_an_emergency_stop_pressed_already_is_seen_at_the_start(forecourt: Forecourt) -> None:
    forecourt.stop.on = True
    forecourt.at(0.5, lambda: forecourt.one.hand.reader.lay(UID))
    forecourt.at(3, forecourt.loop.stop)
    forecourt.run()
    assert forecourt.stops == [True]
    assert forecourt.one.state is forecourt.two.state is State.EMERGENCY_STOP
    assert forecourt.one.pump.said == ["shut"]
    assert forecourt.one.clerk.reserved == []


def test_an_emergency_stop_shuts_every_pump_and_its_release_resumes_nothing(
    forecourt: Forecourt,
) -> None:
    forecourt.fill_at_one()
    open_at: list[bool] = []
    forecourt.at(3, lambda: forecourt.stop.turn(on=True))
    forecourt.at(3.01, lambda: open_at.append(forecourt.one.pump.is_open))
    forecourt.at(7, lambda: forecourt.stop.turn(on=False))
    forecourt.at(8, lambda: open_at.append(forecourt.one.pump.is_open))
    forecourt.at(9, forecourt.loop.stop)
    forecourt.run()
    assert forecourt.stops == [True, False]
    assert open_at == [False, False]
    assert [sold.ended_by for sold in forecourt.one.clerk.sold] == ["emergency_stop"]
    assert forecourt.one.state is forecourt.two.state is State.IDLE


def test_a_nozzle_moved_while_the_gateway_started_is_seen(forecourt: Forecourt) -> None:
    # The desks looked at their nozzles when they were made; nobody listened since then.
    forecourt.one.hand.nozzle.on = True
    forecourt.at(0.5, lambda: forecourt.one.hand.reader.lay(UID))
    forecourt.at(0.9, lambda: forecourt.two.hand.nozzle.turn(on=True))
    forecourt.at(2, forecourt.loop.stop)
    forecourt.run()
    assert forecourt.one.pump.said[0].startswith("open")
    assert forecourt.two.desk.session.nozzle_lifted


def test_a_nozzle_hung_while_the_gateway_started_opens_nothing() -> None:
    forecourt = Forecourt()
    forecourt.one.hand.nozzle.turn(on=True)
    forecourt.one.nozzle(lifted=True)
    forecourt.one.hand.nozzle.on = False
    forecourt.at(0.5, lambda: forecourt.one.hand.reader.lay(UID))
    forecourt.at(2, forecourt.loop.stop)
    forecourt.run()
    assert forecourt.one.pump.said == ["shut"]
