"""The table of wires says what the configuration and the header say."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.config.types import GatewayConfig
from gateway.setup.station.answers import Answers, PumpAnswer, new_settings, with_answers
from gateway.setup.station.places import Installed
from gateway.setup.station.wiring_table import HEADER, rows, table
from tests.gateway.doctor.station import ROOT_KEY

PICO = "e6614c311b000001"
PUMP = PumpAnswer(product="dexlite", pulses_per_litre=20)


def settings(pumps: int = 2, pico: str | None = None) -> GatewayConfig:
    answers = Answers(pumps=[PUMP] * pumps, pico=pico)
    return new_settings(answers, Installed(Path("/")), ROOT_KEY)


def test_every_pin_is_there_once_but_what_readers_share() -> None:
    found = [pin for pin, whose, wire in rows(settings()) if "may be shared" not in wire]
    assert len(set(found)) == len(found)
    pins = settings().pumps[1].pins
    assert pins is not None
    assert (f"GPIO {pins.enable_relay} (pin {HEADER[pins.enable_relay]})", "pump 2") in [
        (pin, whose) for pin, whose, _ in rows(settings())
    ]


def test_positions_on_the_header_are_all_28_and_differ() -> None:
    assert sorted(HEADER) == list(range(28))
    assert len(set(HEADER.values())) == 28
    grounds_and_supplies = {1, 2, 4, 6, 9, 14, 17, 20, 25, 30, 34, 39}
    assert set(HEADER.values()) | grounds_and_supplies == set(range(1, 41))


def test_a_co_processor_takes_timers_and_pulsers() -> None:
    with_pico = list(rows(settings(pico=PICO)))
    wires = [wire for _, whose, wire in with_pico if whose.startswith("pump")]
    assert not [wire for wire in wires if "timer" in wire or "pulser" in wire]
    at_chip = {pin: wire for pin, whose, wire in with_pico if PICO in whose}
    assert at_chip["GP2"] == "pump 1: pulser (channel A)"
    assert at_chip["GP14"].startswith("emergency stop's third contact")


def test_it_is_printed_in_columns() -> None:
    lines = table(settings(pumps=1))
    assert lines[0].split() == ["pin", "whose", "wire"]
    starts = {re.search(r"(station|pump 1|readers)", line) for line in lines[1:]}
    assert len({found.start() for found in starts if found}) == 1


def test_other_pumps_leave_a_stations_identity_as_it_is() -> None:
    before = settings()
    answers = Answers(pumps=[PUMP], pico=PICO)
    after = with_answers(before, answers)
    assert (after.gateway, after.keys, after.mqtt) == (before.gateway, before.keys, before.mqtt)
    assert [pump.limiter for pump in after.pumps] == ["pico"]
    assert (after.pumps[0].product, after.pumps[0].calibration_pulses) == ("dexlite", 20)


def test_what_is_not_asked_for_stays_as_it_was_configured() -> None:
    made = settings(pico=PICO)
    assert made.pumps[0].pins is not None
    other_pin = replace(made.pumps[0].pins, nozzle=9)
    first = replace(made.pumps[0], pins=other_pin, calibration_pulses=9973, calibration_litres=100)
    before = replace(
        made,
        pumps=[first, replace(made.pumps[1], limiter="timer")],
        picos=[replace(made.picos[0], pumps=[1], lease_ms=200)],
    )
    same = [PumpAnswer(product="dexlite", pulses_per_litre=None)] * 2
    assert with_answers(before, Answers(pumps=same, same_limiters=True)) == before
    fewer = with_answers(before, Answers(pumps=same[1:], same_limiters=True))
    assert (fewer.pumps, fewer.picos) == (before.pumps[:1], before.picos)
    added = with_answers(fewer, Answers(pumps=[*same[1:], PUMP], pico=PICO, same_limiters=True))
    assert [pump.limiter for pump in added.pumps] == ["pico", "pico"]
    assert added.pumps[0] == first
    assert added.picos == [replace(before.picos[0], pumps=[1, 2])]
    timers = with_answers(before, Answers(pumps=same))
    assert ([pump.limiter for pump in timers.pumps], timers.picos) == (["timer", "timer"], [])
    assert timers.pumps[0].pins == other_pin


@pytest.mark.parametrize("root", ["/", "/tmp/x"])
def test_every_path_is_below_its_root(root: str) -> None:
    config = new_settings(Answers(pumps=[PUMP]), Installed(Path(root)), ROOT_KEY)
    below = [config.gateway.state_dir, config.gateway.status_socket, config.keys.statements_dir]
    assert all(path.startswith(root) for path in [*below, str(config.console.receipts_dir)])
