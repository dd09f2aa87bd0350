"""What `takar pico status` says of a co-processor."""

from typing import Any

import pytest

from gateway.cli import pico_words
from gateway.cli.pico_words import LedgerHere
from gateway.config.types import PumpSettings
from gateway.core.witness import Witnessed
from hardware.wiring import DEMO_WIRING

OURS, OTHER, HASH = "0123456789abcdef", "fedcba9876543210", "a" * 16
SEEN = Witnessed(OURS, 1025, HASH, 1013)
WIRED = DEMO_WIRING[0]
PUMP = PumpSettings(
    number=1,
    product="pertamax",
    calibration_pulses=101,
    reader=WIRED.reader,
    pins=WIRED.pins,
)


def state(**changed: Any) -> dict[str, Any]:
    quiet = {"n": 18_604_503, "rev": 0, "stray": 0, "unc": 0, "made": 0, "noz": 0, "stop": 0}
    return quiet | {"why": "", "fault": ""} | changed


def test_a_totaliser_is_in_pulses_and_litres() -> None:
    first, second, third = pico_words.pump(PUMP, state())
    assert first == (
        "pump 1 (pertamax): totaliser 18,604,503 pulses, 184,203.000 L by the configuration "
        "(101 pulses for 1 L)"
    )
    assert second == "  0 pulses backwards, 0 while it was shut; none lost at a start"
    assert third == (
        "  contact broken, nozzle hung, emergency stop healthy, last shut for: nothing yet"
    )


def test_what_is_wrong_with_a_pump_says_what_to_check() -> None:
    changed = state(made=1, noz=1, stop=1, unc=2, stray=3, why="lease", fault="limiter_welded")
    _, second, third, fault = pico_words.pump(PUMP, changed)
    assert (
        second == "  0 pulses backwards, 3 while it was shut; at 2 starts pulses may have been lost"
    )
    assert third == ("  contact made, nozzle lifted, emergency stop pressed, last shut for: lease")
    assert fault == (
        "  FAULT pertamax: expected no fault, found limiter_welded; check a welded or bridged "
        "contact"
    )


@pytest.mark.parametrize(
    ("seen", "here", "says"),
    [
        (None, LedgerHere(OURS, 9, None), "it knows no ledger yet"),
        (
            SEEN,
            LedgerHere(OURS, 1030, HASH + "0" * 48),
            "knows this ledger through entry 1,025, grants through 1013, of 1,030 here",
        ),
        (SEEN, LedgerHere(OURS, 1030, None), "knows this ledger through entry 1,025"),
        (SEEN, LedgerHere(OURS, 1024, None), "here it ends at entry 1,024: an OLDER COPY"),
        (SEEN, LedgerHere(OURS, 1030, "b" * 64), "knows ANOTHER HISTORY of this ledger"),
        (
            SEEN,
            LedgerHere(OTHER, 1030, "b" * 64),
            f"knows ledger {OURS} through entry 1,025, grants through 1013; the one here is",
        ),
        (SEEN, None, "none can be read here"),
    ],
)
def test_which_ledger_it_is_the_witness_of(
    seen: Witnessed | None, here: LedgerHere | None, says: str
) -> None:
    said = pico_words.witness(seen, here, kept=True)
    assert said.startswith("witness: ")
    assert says in said
    assert "in memory only" not in said


def test_what_would_not_outlive_a_loss_of_power_is_said() -> None:
    here = LedgerHere(OURS, 1030, HASH + "0" * 48)
    assert "in memory only until" in pico_words.witness(SEEN, here, kept=False)


@pytest.mark.parametrize("keep", ["fram", "flash"])
def test_the_chip_and_what_its_counts_outlive(keep: str) -> None:
    birth = {"id": "E66", "fw": "0.1.0", "slot": "a", "boot": 4, "why": "power", "keep": keep}
    said = pico_words.chip(birth)
    assert said.startswith("co-processor E66: firmware 0.1.0 in folder a, start 4 (power)")
    assert ("mid-fill" in said) is (keep == "fram")
