"""A pump's bypass key at its desk, in the ledger, in what is shown and in a shift."""

from dataclasses import replace

import msgspec
import pytest

from gateway.core import actions as a
from gateway.core.facts import BypassChanged
from gateway.core.reasons import Fault, Reason
from gateway.core.session import State
from gateway.core.units import NS_PER_S
from gateway.runtime.desk import Desk
from gateway.runtime.requests import CloseShift, OpenShift
from hardware.ports import HardwareError
from simulation.devices import Switch
from tests.gateway.runtime.counter import POLL_NS, Counter
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import RULES
from tests.gateway.runtime.test_shifts import done
from tests.gateway.runtime.test_snapshots import Watched
from tests.gateway.store.samples import TIME

HOUR_NS = 3600 * NS_PER_S


class Broken(Switch):
    on: bool

    def __init__(self) -> None:
        pass

    def __getattribute__(self, name: str) -> object:
        if name == "on":
            raise HardwareError("bypass key on GPIO 0: the line is gone")
        return super().__getattribute__(name)


def fitted(key: Switch) -> Counter:
    counter = Counter()
    counter.desk.unit = replace(counter.hand.unit, bypass=key)
    return counter


def turns(counter: Counter) -> list[bool]:
    return [note.on for note in counter.clerk.notes if isinstance(note, a.RecordBypass)]


def test_an_edge_that_was_lost_is_seen_at_the_next_reading() -> None:
    key = Switch()
    counter = fitted(key)
    key.on = True
    counter.run(1)
    assert (counter.state, counter.desk.code) == (State.BYPASSED, Reason.BYPASS_ON)
    counter.desk.bypass_turned(on=True)
    key.on = False
    counter.run(3)
    assert (counter.state, turns(counter)) == (State.IDLE, [True, False])


def test_a_loose_wire_is_a_key_that_stays_on() -> None:
    key = Switch()
    counter = fitted(key)
    for _ in range(50):
        key.on = True
        counter.desk.bypass_turned(on=True)
        counter.run(0.4)
        key.on = False
        counter.desk.bypass_turned(on=False)
        counter.run(0.4)
    assert (counter.state, turns(counter)) == (State.BYPASSED, [True])
    counter.run(2)
    assert (counter.state, turns(counter)) == (State.IDLE, [True, False])


def test_it_is_sensed_while_the_pump_is_silent() -> None:
    key = Switch()
    counter = fitted(key)
    counter.pump.broken = {"read"}
    counter.run(1)
    key.on = True
    counter.run(1)
    assert (counter.state, counter.desk.session.fault) == (State.BYPASSED, Fault.PUMP_SILENT)


def test_a_key_that_cannot_be_read_is_a_pump_that_is_silent() -> None:
    counter = fitted(Broken())
    counter.run(1)
    assert (counter.state, counter.desk.session.fault) == (State.FAULTED, Fault.PUMP_SILENT)
    assert (counter.clerk.faults, turns(counter)) == (["pump_silent"], [])


def test_a_desk_goes_on_as_the_ledger_left_it() -> None:
    counter = Counter()
    unit = replace(counter.hand.unit, bypass=Switch())
    desk = Desk(RULES, unit, counter.clock, counter.clerk, POLL_NS, bypass_on=True)
    assert (desk.session.state, desk.code) == (State.BYPASSED, Reason.BYPASS_ON)
    counter.desk = desk
    counter.run(2)
    assert (counter.state, turns(counter)) == (State.IDLE, [False])


def test_what_flowed_is_written_with_the_times_between_which_it_flowed(office: Office) -> None:
    office.open()
    office.desk.count(12)
    now_ns = office.clock.now_ns
    action = a.RecordBypassed(120, now_ns - 3 * NS_PER_S, now_ns - NS_PER_S)
    office.till.note(office.desk, action)
    office.settle()
    assert office.newest() == (
        "flow.bypassed",
        {
            "pump": 1,
            "volume_ml": 120,
            "since": "2026-11-22T03:59:57.000Z",
            "until": "2026-11-22T03:59:59.000Z",
            "unattended": False,
            "totaliser_end_ml": 120,
            "counter_end": None,
        },
    )


def test_a_key_that_was_left_on_is_an_alarm_until_it_is_off(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    watched = Watched(office)
    office.keeper.note([(BypassChanged(pump=1, on=True), TIME)])
    office.settle()
    office.clock.now_ns += HOUR_NS - NS_PER_S
    assert watched.snapshots.take().pumps[0].alarm is None
    office.clock.now_ns += NS_PER_S
    for _ in range(2):
        assert watched.snapshots.take().pumps[0].alarm == "bypass_left_on"
    assert caplog.text.count(f"its bypass key has been on since {TIME}") == 1
    office.keeper.note([(BypassChanged(pump=1, on=False), office.wall.now())])
    office.settle()
    assert watched.snapshots.take().pumps[0].alarm is None


def test_what_is_in_no_entry_yet_is_the_next_shifts(office: Office) -> None:
    office.open()
    done(office, OpenShift(by="Ama"))
    office.desk.count(100)
    office.desk.session = msgspec.structs.replace(office.desk.session, bypassed_ml=400)
    closed = done(office, CloseShift(by="Ama"))
    assert closed["readings"][0]["end_ml"] == 600
