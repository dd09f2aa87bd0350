"""A cable that is pulled, noisy or held by another: shut within the lease, no pulse lost."""

import random
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.guard import protocol
from hardware.ports import HardwareError, LinkLost
from hardware.pump.pico_link import PicoLink
from hardware.pump.pico_port import by_path
from hardware.pump.pico_talk import Talk
from tests.hardware.pump.opening import opened
from tests.hardware.pump.pico_bench import MS, PicoBench

LEASE_NS, TICK_NS = 300 * MS, 5 * MS


def answers_again(pico: PicoBench) -> None:
    for _ in range(100):
        pico.pass_time(50 * MS)
        pico.link.listen()
        if pico.link.ready:
            return
    raise AssertionError("the driver does not reconnect")


def test_a_pulled_cable_shuts_at_once_and_the_count_goes_on(pico: PicoBench) -> None:
    opened(pico, 100)
    pico.pulse(7)
    pico.board.unplug()
    with pytest.raises(LinkLost, match="check the cable"):
        pico.pump.read()
    assert not pico.relay.state
    pico.turn_meter()  # the valve is still closing
    pico.pass_time(LEASE_NS + TICK_NS)
    assert not pico.board.contact[1]
    pico.board.plug()
    answers_again(pico)
    assert pico.pump.read().pulses_total == 8
    opened(pico, 20)
    pico.pulse(12)
    assert pico.pump.read().pulses_total == 20
    assert not pico.current_flows()


@pytest.mark.parametrize("junk", [b"\x00\xff" * 40 + b"\n", b"9 state p=1 n=99999999 *0000\n"])
def test_noise_from_the_chip_changes_no_count_and_opens_nothing(
    pico: PicoBench, junk: bytes
) -> None:
    opened(pico, 100)
    pico.pulse(5)
    for _ in range(20):
        pico.board.write(junk)
        pico.pass_time(5 * MS)
        assert pico.pump.read().pulses_total == 5
        pico.pump.renew()
    assert pico.current_flows()
    pico.pulse(95)
    assert pico.pump.read().pulses_total == 100
    assert not pico.current_flows()


def test_a_silent_host_loses_the_contact_within_its_lease(pico: PicoBench) -> None:
    opened(pico, 100)
    pico.pump.renew()
    pico.pass_time(LEASE_NS - TICK_NS)
    assert pico.board.contact[1]
    pico.pass_time(2 * TICK_NS)
    assert not pico.board.contact[1]


@pytest.mark.parametrize("late_ms", [310, 700])
@pytest.mark.parametrize("call", ["renew", "read"])
def test_a_host_that_stood_still_hears_of_its_lease_before_anything_else(
    pico: PicoBench, late_ms: int, call: str
) -> None:
    """Not of contacts that are broken for no reason, which would be a fault."""
    opened(pico, 100)
    pico.pulse(7)
    pico.pass_time(late_ms * MS)
    pico.turn_meter()  # it ran on for a moment
    for _ in range(100):
        getattr(pico.pump, call)()
        if not pico.relay.state:
            break
        pico.pass_time(5 * MS)  # a pseudo-terminal is no faster than the machine lets it be
    assert not pico.relay.state
    reading = pico.pump.read()
    assert reading.stopped is not None
    assert (reading.stopped.why, reading.stopped.at_millipulses) == ("lease", 7000)
    assert reading.found is None
    for _ in range(200):
        if pico.pump.read().pulses_total == 8:
            break
        pico.pass_time(10 * MS)
    reading = pico.pump.read()
    assert (reading.pulses_total, reading.enable_made, reading.limiter_made) == (8, False, False)
    opened(pico, 10)
    pico.pulse(2)
    assert not pico.current_flows()


def test_a_chip_that_restarts_in_a_fill_is_named_and_the_count_never_falls(
    pico: PicoBench,
) -> None:
    opened(pico, 100)
    pico.pulse(9)
    pico.restart()
    with suppress(LinkLost):  # it greets the host anew at once, or a moment later
        pico.pump.read()
    assert not pico.relay.state
    answers_again(pico)
    reading = pico.pump.read()
    assert reading.pulses_total == 9
    assert reading.found is not None
    assert reading.found.fault.value == "uncounted"
    pico.pump.clear()
    opened(pico, 12)
    pico.pulse(3)
    assert pico.pump.read().pulses_total == 12
    assert not pico.current_flows()


def test_a_second_program_is_told_that_the_port_is_taken(pico: PicoBench) -> None:
    with pytest.raises(HardwareError, match="end the other program"):
        PicoLink(by_path(pico.board.path), pico.clock)
    opened(pico, 10)
    assert pico.current_flows()


def test_another_co_processor_on_the_port_is_refused(pico: PicoBench) -> None:
    pico.pump.close()
    pico.link.close()
    with pytest.raises(HardwareError, match=r"expected co-processor ABCD, found E6614C775B4C2A21"):
        PicoLink(by_path(pico.board.path), pico.clock, "ABCD")


def test_an_absent_one_names_its_port_and_what_to_check(pico: PicoBench, tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match=r"nowhere: expected .* found none; check the cable"):
        PicoLink(by_path(tmp_path / "nowhere"), pico.clock)


def test_an_order_whose_line_was_lost_is_said_again() -> None:
    talk = Talk(7, 0)
    first = talk.take()
    talk.tick(59 * MS)
    assert talk.take() == b""
    talk.tick(60 * MS)
    again = talk.take()
    assert first.split()[1:3] == again.split()[1:3]
    assert first != again


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=400), max_size=12), st.randoms(use_true_random=False))
def test_whatever_comes_the_host_neither_fails_nor_believes_it(
    pieces: list[bytes], rng: random.Random
) -> None:
    talk = Talk(7, 0)
    good = protocol.frame(3, "link bad=1 lost=2")
    for piece in pieces:
        talk.receive(piece, 0)
        cut = rng.randrange(len(good))
        talk.receive(good[:cut] + b"\n", 0)
        talk.receive(good, 0)
    assert not talk.ready
    assert set(talk.heard) <= {"link"}
    assert talk.heard.get("link", {"bad": 1, "lost": 2}) == {"bad": 1, "lost": 2}
    assert talk.states == {}


def test_a_chip_that_loses_power_while_fuel_passes_a_shut_valve_says_so_and_locks_nothing(
    pico: PicoBench,
) -> None:
    pico.pass_time(8000 * MS)
    for _ in range(40):
        pico.turn_meter()
        pico.pass_time(15 * MS)
    pico.restart()
    with suppress(LinkLost):
        pico.pump.read()
    answers_again(pico)
    reading = pico.pump.read()
    assert (reading.uncounted_ms, reading.found) == (5200, None)
    opened(pico, reading.pulses_total + 5)
    pico.pulse(5)
    assert pico.pump.read().uncounted_ms == 0
