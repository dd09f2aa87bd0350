import pytest

from firmware.guard.device import TICK_US
from tests.firmware.guard.bench import HOST, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench().start()


def test_starts_shut_and_says_who_it_is(bench: Bench) -> None:
    verb, birth = bench.heard()[0]
    assert verb == "birth"
    assert birth["id"] == bench.id
    assert birth["boot"] == 1
    state = bench.state()
    assert (state["open"], state["why"], state["n"]) == (0, "boot", 0)


def test_opens_counts_and_stops_at_the_limit(bench: Bench) -> None:
    bench.open(pulses=10)
    bench.pulse(number=9)
    assert bench.contact[1]
    bench.pulse()
    assert not bench.contact[1]
    bench.pulse(number=2)
    state = bench.state()
    assert (state["open"], state["why"], state["at"], state["n"]) == (0, "limit", 10, 12)


@pytest.mark.parametrize("lease_ms", [100, 300, 1000])
def test_silence_shuts_within_the_lease_and_a_tick(bench: Bench, lease_ms: int) -> None:
    bench.lifted[1] = True
    bench.run(TICK_US)
    bench.ask("hello", v=1, host=HOST)
    bench.ask("arm", p=1, s=5, lim=100, lease=lease_ms)
    bench.ask("make", p=1, s=5)
    bench.run(lease_ms * 1000 - 1)
    assert bench.contact[1]
    bench.run(TICK_US)
    assert not bench.contact[1]
    assert bench.state()["why"] == "lease"


def test_the_totaliser_outlives_power(bench: Bench) -> None:
    bench.open(pulses=10)
    bench.pulse(number=10)
    bench.run(4_000_000)
    state = Bench()
    state.slots = bench.slots
    state.start()
    assert state.state()["n"] == 10
    assert state.state()["unc"] == 0
    assert state.heard()[0][0] in ("ok", "state")
    assert state.device.keeper.counts["boot"] == 2


def test_power_lost_in_a_fill_is_stated(bench: Bench) -> None:
    bench.open(pulses=10)
    bench.pulse(number=5)
    again = Bench()
    again.slots = dict(bench.slots)
    again.start()
    state = again.state()
    assert (state["n"], state["unc"], state["open"]) == (0, 1, 0)
