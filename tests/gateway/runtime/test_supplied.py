"""Mains power fails: a flicker ends nothing, an outage ends every fill, and none begins."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import takar
from gateway.core.facts import Fact, PowerChanged
from gateway.core.reasons import Reason
from gateway.core.session import State
from gateway.core.units import NS_PER_S
from gateway.runtime.stoppage import Stoppage
from gateway.runtime.supplied import SURELY_BACK_NS, SURELY_OUT_NS, Supplied
from hardware.assemble import Hardware
from hardware.ports import HardwareError
from simulation.devices import Switch
from tests.gateway.runtime.counter import Counter
from tests.gateway.runtime.whole import PULSE_ML, whole_gateway

OUT_S, BACK_S = SURELY_OUT_NS / NS_PER_S, SURELY_BACK_NS / NS_PER_S
ON, OFF = PowerChanged(on_battery=True), PowerChanged(on_battery=False)


class Ups:
    """Fits hardware.ports.Supply."""

    on = False
    broken = False

    @property
    def on_battery(self) -> bool:
        if self.broken:
            raise HardwareError("UPS's contact on GPIO 0: the line is gone")
        return self.on

    def close(self) -> None:
        pass


class Place:
    """A pump by hand, and a UPS."""

    def __init__(self, folder: Path, *, on_battery: bool = False, fitted: bool = True) -> None:
        self.counter = Counter()
        self.ups = Ups()
        self.ups.on = on_battery
        self.stoppage = Stoppage(folder, 1)
        self.noted: list[Fact] = []
        devices = ExitStack()
        hardware = Hardware(
            self.counter.clock, Switch(), {}, devices, supply=self.ups if fitted else None
        )
        desks = {1: self.counter.desk}
        self.supplied = Supplied(hardware, desks, self.stoppage, self.noted.append)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.counter.run(0.1)
            self.supplied.turn()

    def found(self) -> tuple[Sequence[Fact], Reason | None, State]:
        return self.noted, self.stoppage.cannot_sell(), self.counter.state


def test_a_flicker_ends_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.counter.flowing()  # and nobody looks at the UPS meanwhile
    for _ in range(5):
        place.ups.on = True
        place.run(OUT_S - 0.1)
        place.ups.on = False
        place.run(0.1)
    assert place.found() == ([], None, State.DISPENSING)


def test_an_outage_ends_the_fill_and_its_end_resumes_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.counter.flowing(100)
    place.ups.on = True
    place.run(OUT_S + 0.2)
    assert not place.counter.pump.is_open
    place.run(5)
    (sold,) = place.counter.clerk.sold
    assert (sold.volume_ml, sold.ended_by) == (1000, "on_battery")
    assert place.found() == ([ON], Reason.ON_BATTERY, State.IDLE)
    place.ups.on = False
    place.run(BACK_S - 0.2)
    place.ups.on = True  # once more: the time begins anew
    place.run(0.2)
    place.ups.on = False
    place.run(BACK_S - 0.2)
    assert place.found() == ([ON], Reason.ON_BATTERY, State.IDLE)
    place.run(0.4)
    assert place.found() == ([ON, OFF], None, State.IDLE)
    assert not place.counter.pump.is_open


def test_a_fill_that_has_not_begun_is_given_back(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.counter.authorised()
    place.ups.on = True
    place.run(OUT_S + 0.2)
    assert len(place.counter.clerk.released) == 1
    assert place.counter.clerk.sold == []
    place.counter.nozzle(lifted=True)
    assert not place.counter.pump.is_open


def test_on_battery_at_the_start_is_believed_at_once(tmp_path: Path) -> None:
    place = Place(tmp_path, on_battery=True)
    assert place.found() == ([ON], Reason.ON_BATTERY, State.IDLE)


def test_a_contact_that_cannot_be_read_is_a_broken_wire(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = Place(tmp_path)
    place.ups.broken = True
    place.run(OUT_S + 0.2)
    assert place.found() == ([ON], Reason.ON_BATTERY, State.IDLE)
    assert [r.message for r in caplog.records if "UPS" in r.message] == [
        "taken as on battery: UPS's contact on GPIO 0: the line is gone"
    ]


def test_without_a_ups_nothing_is_asked(tmp_path: Path) -> None:
    place = Place(tmp_path, on_battery=True, fitted=False)
    place.run(2)
    assert place.found() == ([], None, State.IDLE)


def test_a_whole_gateway_on_a_forecourt_whose_mains_power_fails() -> None:
    with whole_gateway() as whole:
        desk, uid = whole.desk, whole.uids[0]

        def switch_mains(to: str) -> None:
            by = ["forecourt", "mains", to, "--socket", str(whole.folder / "forecourt.sock")]
            assert CliRunner().invoke(takar, by).exit_code == 0

        def tap_again() -> None:
            whole.do("remove")
            whole.run(1)  # the field is empty
            whole.tap(uid)

        whole.tap(uid)
        whole.do("lift")
        whole.do("squeeze")
        whole.turn_until(lambda: desk.session.delivered_ml >= 500)
        switch_mains("off")
        assert whole.control.ask("status")["mains"] is False
        whole.turn_until(lambda: desk.session.state is State.IDLE)
        whole.do("hang")
        tap_again()
        whole.turn_until(lambda: desk.code is Reason.ON_BATTERY)
        switch_mains("on")
        whole.turn_until(lambda: whole.gateway._books.stoppage.blocked is None)
        tap_again()
        whole.turn_until(lambda: desk.session.state is State.AUTHORISED)
        dispensed_ml = whole.control.ask("status")["pumps"][0]["dispensed_ml"]
        told = [(entry.type, entry.data) for entry in whole.entries]
    sales = [data for kind, data in told if kind == "sale.completed"]
    assert [(s["volume_ml"], s["ended_by"], s["estimated"]) for s in sales] == [
        (dispensed_ml // PULSE_ML * PULSE_ML, "on_battery", False)
    ]
    assert [d["code"] for kind, d in told if kind == "sale.refused"] == ["on_battery"]
    changes = [data["on_battery"] for kind, data in told if kind == "power.changed"]
    assert changes == [True, False]
