"""Fills over a co-processor: whose session it is, in whose counts, and who holds which lease."""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from firmware.guard import protocol
from firmware.guard.codec import read, text
from firmware.guard.messages import FILL_MAX, TO_CHIP, TO_HOST
from firmware.guard.pulses import Dual
from firmware.guard.stops import Stops
from gateway.core.valve import Contact
from hardware.ports import LinkLost
from hardware.pump.pico import PicoChannel, PicoPump
from hardware.pump.pico_talk import Talk
from hardware.wiring import DEMO_WIRING
from tests.hardware.pump.opening import opened
from tests.hardware.pump.pico_bench import MS, PicoBench

LEASE_NS = 300 * MS


def another(pico: PicoBench, number: int) -> PicoPump:
    """A driver of its own on the same cable."""
    channel = PicoChannel(pico.link, number)
    return PicoPump(DEMO_WIRING[number - 1].pins, channel, pico.clock, pico.factory)


@pytest.fixture
def second(pico: PicoBench) -> Iterator[PicoPump]:
    pump = another(pico, 2)
    yield pump
    pump.close()


def test_a_pump_that_nobody_renews_shuts_beside_one_that_is_renewed(
    pico: PicoBench, second: PicoPump
) -> None:
    second.open(Stops(100), Contact.LIMITER)
    opened(pico, 100)
    held_ns = 0
    while pico.board.contact[2]:
        assert held_ns <= 2 * LEASE_NS
        pico.pump.renew()
        pico.pass_time(20 * MS)
        held_ns += 20 * MS
    assert pico.current_flows()
    assert pico.pump.read().found is None


def test_each_fill_is_a_session_of_its_own(pico: PicoBench) -> None:
    sessions = set()
    for limit in (3, 6, 9):
        opened(pico, limit)
        sessions.add(pico.link.state(1)["s"])
        pico.pulse(3)
        assert not pico.current_flows()
        pico.pump.shut()
        pico.pass_time(100 * MS)
    assert len(sessions) == 3


def test_stops_are_in_the_drivers_own_counts(pico: PicoBench) -> None:
    """The chip's totaliser is far ahead of those."""
    opened(pico, 100)
    pico.pulse(40)
    pico.pump.close()
    pico.pass_time(600 * MS)
    pico.pump = another(pico, 1)
    opened(pico, 10)
    pico.pulse(9)
    assert pico.current_flows()
    pico.pump.raise_limit(Stops(12))
    with pytest.raises(ValueError, match="11"):
        pico.pump.raise_limit(Stops(11))
    for _ in range(5):  # two more than that, before anybody listens again
        pico.pass_time(5 * MS)
        pico.turn_meter()
    pico.pass_time(200 * MS)
    assert not pico.board.contact[1]
    for _ in range(100):
        if pico.pump.read().pulses_total == 14:
            break
        pico.pass_time(10 * MS)
    assert not pico.relay.state
    reading = pico.pump.read()
    assert (reading.pulses_total, reading.totaliser_pulses) == (14, 54)
    assert reading.stopped is not None
    assert (reading.stopped.why, reading.stopped.at_millipulses) == ("limit", 12_000)


@pytest.mark.parametrize(
    "stops",
    [
        Stops(5),
        Stops(5 + FILL_MAX + 1),
        Stops(100, dose_pulses=5, lags=((100_000, 180_000),)),
    ],
)
def test_stops_out_of_bounds_arm_nothing(pico: PicoBench, stops: Stops) -> None:
    opened(pico, 5)
    pico.pulse(5)
    pico.pump.shut()
    pico.pass_time(100 * MS)
    before = pico.link.state(1)["s"]
    with pytest.raises(ValueError, match="expected"):
        pico.pump.open(stops, Contact.ENABLE)
    pico.pass_time(600 * MS)
    pico.pump.read()
    assert (pico.link.state(1)["s"], pico.link.state(1)["armed"]) == (before, 0)
    assert not pico.relay.state


def test_a_fill_that_the_chip_does_not_take_is_shut_with_its_reason(pico: PicoBench) -> None:
    pico.pass_time(3_000 * MS)
    assert pico.board.device.flashing.take({"op": "begin"}) == ""
    pico.pump.open(Stops(100), Contact.ENABLE)
    for _ in range(100):
        if not pico.relay.state:
            break
        pico.pump.renew()
        pico.pass_time(10 * MS)
    assert not pico.relay.state
    stopped = pico.pump.read().stopped
    assert stopped is not None
    assert stopped.why == "flashing"


def test_the_limit_breaks_the_relay_whatever_the_chip_says_of_its_session(pico: PicoBench) -> None:
    """Its contact may have been the first of two to break, and be welded."""
    opened(pico, 100)
    pico.pulse(3)
    pico.board.write_line = lambda line: None  # type: ignore[method-assign]
    pico.clock.now_ns += 50 * MS
    state = dict(pico.link.state(1)) | {"n": 100, "armed": 1, "open": 1, "made": 1}
    pico.board.write(protocol.frame(9, text(TO_HOST, "state", state)))
    for _ in range(50):
        pico.pump.renew()
        if not pico.relay.state:
            break
    assert not pico.relay.state
    stopped = pico.pump.read().stopped
    assert stopped is not None
    assert (stopped.why, stopped.at_millipulses) == ("limit", 100_000)


def test_a_chip_that_says_nothing_more_is_given_up(pico: PicoBench) -> None:
    opened(pico, 100)
    pico.board.write_line = lambda line: None  # type: ignore[method-assign]
    for _ in range(40):
        pico.pass_time(50 * MS)
        pico.link.listen()
        if not pico.link.ready:
            break
    with pytest.raises(LinkLost, match=r"silent; check the cable|not answered"):
        pico.pump.read()
    assert not pico.relay.state


def test_a_chip_that_was_restarted_is_told_again_what_its_pulser_is(pico: PicoBench) -> None:
    channel = PicoChannel(pico.link, 2, "ab")
    pump = PicoPump(DEMO_WIRING[1].pins, channel, pico.clock, pico.factory)
    for restarts in range(2):
        for _ in range(restarts):
            pico.restart()
        for _ in range(100):
            pico.pass_time(20 * MS)
            with suppress(LinkLost):
                pump.read()
            if isinstance(pico.board.device.channels[2].counter, Dual):
                break
        assert isinstance(pico.board.device.channels[2].counter, Dual)
    pump.close()


def said(talk: Talk) -> list[str]:
    """Each order that it says next, one answered before the other."""
    verbs = []
    while lines := talk.take().splitlines(keepends=True):
        (parsed,) = protocol.Parser().feed(lines[0])
        verbs.append(read(TO_CHIP, parsed[1])[0])
        talk.receive(protocol.frame(0, text(TO_HOST, "ok", {"re": parsed[0]})), 0)
    return verbs


def test_a_shut_goes_before_what_was_ordered_and_nothing_of_the_fill_after_it() -> None:
    talk = Talk(7, 0)
    lags = {"lim": 9, "slow": 0, "sr": 0, "st": 0, "dose": 0, "lags": ()}
    talk.order("setup", {"p": 1, "kind": "a", "gap": 0}, 1)
    arming = talk.order("arm", {"p": 1, "s": 3, **lags, "lease": 300}, 1)
    making = talk.order("make", {"p": 1, "s": 3}, 1)
    talk.shut(1)
    assert said(talk) == ["hello", "shut", "setup"]
    assert (arming.answer, making.answer) == ("dropped", "dropped")
