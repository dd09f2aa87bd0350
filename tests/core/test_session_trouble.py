"""Faults and the emergency stop: what ends them, and what they leave behind."""

from gateway.core.actions import Release, Tell
from gateway.core.events import (
    EmergencyStopped,
)
from gateway.core.reasons import Reason
from tests.core.bench import (
    Bench,
    authorised,
)


def test_an_emergency_stop_releases_an_unused_reservation_at_once() -> None:
    bench = authorised(Bench())
    tell, release = bench.send(EmergencyStopped())
    assert tell == Tell(Reason.EMERGENCY_STOP)
    assert isinstance(release, Release)
