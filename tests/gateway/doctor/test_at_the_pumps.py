"""Every fault that a forecourt can have, found by really trying, and named."""

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.config.types import GatewayConfig, PicoSettings
from gateway.doctor.at_the_pumps import AtThePumps
from gateway.doctor.codes import Status
from gateway.doctor.hands import Deed, NoHands, SimulatedHands
from gateway.doctor.judging.co_processor import judge_pico
from gateway.doctor.judging.contacts import ContactFinding, judge_killed, judge_relay, judge_timer
from gateway.doctor.judging.readers import judge_card, judge_reader
from gateway.doctor.judging.switches import (
    judge_bypass,
    judge_mains,
    judge_nozzle,
    judge_pulser,
    judge_stop,
)
from gateway.doctor.probes import killed
from gateway.doctor.probes.bench import Bench
from gateway.doctor.probes.co_processors import CoProcessor
from gateway.doctor.probes.contacts import Contacts
from gateway.doctor.probes.killed import kill_and_watch
from gateway.doctor.probes.readers import hold_cards, look_at_reader
from gateway.doctor.probes.switches import (
    listen_to_pulsers,
    look_at_switch,
    try_nozzle,
    try_stop,
)
from hardware.ports import HardwareError
from hardware.pump import pico_talk
from hardware.simulated.control import ForecourtControl
from hardware.simulated.forecourt.settings import PumpPhysics
from hardware.simulated.pico.settings import DEMO_SERIAL
from hardware.simulated.pico.settings import PicoSettings as Fitted
from tests.gateway.doctor.station import UNWIRED, configured, rewired

UPS_PIN = 26
"""Free where pump 2 has no timer of its own."""
Start = Callable[..., Path]


@pytest.fixture
def socket(start_forecourt: Start) -> Path:
    return start_forecourt(time="simulated")


@pytest.fixture
def config(socket: Path) -> GatewayConfig:
    return configured(socket)


@pytest.fixture
def control(socket: Path) -> Iterator[ForecourtControl]:
    with ForecourtControl(socket) as control:
        yield control


@pytest.fixture
def hands(socket: Path) -> Iterator[SimulatedHands]:
    with closing(SimulatedHands(socket)) as hands:
        yield hands


def fault(control: ForecourtControl, name: str, **values: int) -> None:
    control.ask("fault", name=name, **values)


def contacts_of(config: GatewayConfig) -> tuple[str, str]:
    """Codes of relay and timer of pump 1."""
    pump = config.pumps[0]
    with Bench(config) as bench, closing(Contacts(bench, config.pumps)) as contacts:
        relay = judge_relay(contacts.relay(1, ""))
        timer = judge_timer(contacts.timer(1, ""), 1, pump.timer_hold_ms)
    return relay.code, timer.code


def test_contacts_that_do_as_they_are_told(config: GatewayConfig) -> None:
    assert contacts_of(config) == ("relay_follows", "timer_drops")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("enable_welded", ("relay_welded", "timer_not_tried")),
        ("limiter_welded", ("relay_not_tried", "timer_welded")),
    ],
)
def test_a_welded_contact_is_named_and_the_other_is_not_made(
    config: GatewayConfig, control: ForecourtControl, name: str, found: tuple[str, str]
) -> None:
    fault(control, name)
    assert contacts_of(config) == found


@pytest.mark.parametrize(
    ("pins", "found"),
    [
        ({"enable_readback": UNWIRED}, ("relay_not_made", "timer_drops")),
        ({"timer_readback": UNWIRED}, ("relay_follows", "timer_not_made")),
        ({"timer_feed": 13}, ("relay_follows", "timer_not_made")),
        (
            {"enable_readback": 23, "timer_readback": 22},
            ("relay_elsewhere", "timer_elsewhere"),
        ),
        ({"timer_feed": 17}, ("relay_follows", "timer_failed")),
        ({"timer_feed": None, "timer_readback": None}, ("relay_follows", "timer_missing")),
    ],
)
def test_wires_that_are_cut_or_swapped(
    config: GatewayConfig, pins: dict[str, int | None], found: tuple[str, str]
) -> None:
    assert contacts_of(replace(config, pumps=[rewired(config, **pins)])) == found


@pytest.mark.parametrize(
    ("fitted_ms", "configured_ms", "code"),
    [(350, 300, "timer_drops"), (900, 300, "timer_long"), (100, 300, "timer_short")],
)
def test_a_timer_that_holds_for_another_time(
    start_forecourt: Start, fitted_ms: int, configured_ms: int, code: str
) -> None:
    fitted = PumpPhysics(number=1, timer_hold_ms=fitted_ms)
    socket = start_forecourt(time="simulated", pumps=(fitted,))
    config = configured(socket)
    pump = replace(config.pumps[0], timer_hold_ms=configured_ms)
    assert contacts_of(replace(config, pumps=[pump]))[1] == code


@pytest.mark.parametrize(("release", "code"), [("low", "killed_drops"), ("hold", "killed_holds")])
def test_what_a_killed_process_leaves_on_its_pin(
    start_forecourt: Start, release: str, code: str
) -> None:
    socket = start_forecourt(time="simulated", release=release)
    config = configured(socket)
    found = kill_and_watch(config, socket.parent / "gateway.toml", config.pumps[0])
    assert judge_killed(found).code == code
    with ForecourtControl(socket) as control:
        (pump, _) = control.ask("status")["pumps"]
        assert not pump["enable_made"], "whatever was found, it is shut afterwards"
        assert pump["dispensed_nl"] == 0


@pytest.mark.parametrize("ending", [KeyboardInterrupt, HardwareError])
def test_the_relay_is_shut_however_the_watch_ends(
    start_forecourt: Start, monkeypatch: pytest.MonkeyPatch, ending: type[BaseException]
) -> None:
    socket = start_forecourt(time="simulated", release="hold")
    config = configured(socket)

    def watch(*_: object) -> int:
        raise ending("in mid-watch")

    monkeypatch.setattr(killed, "_watch", watch)
    with suppress(KeyboardInterrupt):
        found = kill_and_watch(config, socket.parent / "gateway.toml", config.pumps[0])
        assert found.error == "in mid-watch"
    with ForecourtControl(socket) as control:
        assert not control.ask("status")["pumps"][0]["enable_made"]


def test_a_killing_that_cannot_begin_says_why(config: GatewayConfig, socket: Path) -> None:
    found = kill_and_watch(config, socket.parent / "none.toml", config.pumps[0])
    assert judge_killed(found).code == "killed_not_tried"
    assert "none.toml" in found.error or "ConfigError" in found.error


@pytest.mark.parametrize(
    ("value", "code"), [(None, "reader_answers"), (0, "reader_silent"), (255, "reader_silent")]
)
def test_a_reader_that_is_unplugged(
    config: GatewayConfig, control: ForecourtControl, value: int | None, code: str
) -> None:
    if value is not None:
        fault(control, "spi_dead", value=value)
    with Bench(config):
        assert judge_reader(look_at_reader(config.pumps[0])).code == code


def test_a_reader_where_no_bus_is(config: GatewayConfig) -> None:
    pump = config.pumps[0]
    absent = replace(pump, reader=replace(pump.reader, spi_bus=1))
    with Bench(config):
        found = look_at_reader(absent)
    assert judge_reader(found).code == "reader_failed"
    assert "spidev1.0" in found.error


def test_cards_are_seen_where_they_are_held(socket: Path, hands: SimulatedHands) -> None:
    config = configured(socket, pumps=2)
    with Bench(config) as bench:
        found = hold_cards(bench, config.pumps, hands)
    assert [judge_card(one).code for one in found] == ["card_seen", "card_seen"]


def test_swapped_readers(socket: Path, hands: SimulatedHands) -> None:
    config = configured(socket, pumps=2)
    first, second = config.pumps
    swapped = [replace(first, reader=second.reader), replace(second, reader=first.reader)]
    with Bench(config) as bench:
        found = hold_cards(bench, swapped, hands)
    assert [judge_card(one).code for one in found] == ["card_elsewhere", "card_elsewhere"]
    assert found[0].seen_at == (2,)


class Idle(SimulatedHands):
    """Says that it does everything, and leaves some of it undone."""

    undone: tuple[Deed, ...] = ()

    def do(self, deed: Deed, pump: int) -> bool:
        return deed in self.undone or super().do(deed, pump)


@pytest.mark.parametrize(
    ("undone", "card", "nozzle", "stop"),
    [
        ((), "card_seen", "nozzle_changes", "stop_changes"),
        (
            (Deed.CARD, Deed.LIFT, Deed.PRESS),
            "card_not_seen",
            "nozzle_stuck_hung",
            "stop_stuck",
        ),
        ((Deed.HANG, Deed.RELEASE), "card_seen", "nozzle_stuck_lifted", "stop_pressed"),
    ],
)
def test_what_is_asked_for_and_not_sensed(
    socket: Path,
    config: GatewayConfig,
    undone: tuple[Deed, ...],
    card: str,
    nozzle: str,
    stop: str,
) -> None:
    with closing(Idle(socket)) as hands, Bench(config) as bench:
        hands.undone = undone
        lifted: list[bool] = []
        (held,) = hold_cards(bench, config.pumps, hands)
        switch = try_nozzle(bench, config.pumps[0], hands, lambda: lifted.append(True))
        loop = try_stop(bench, config.hardware.emergency_stop_pin, hands)
    assert judge_card(held).code == card
    assert judge_nozzle(switch).code == nozzle
    assert judge_stop(loop).code == stop
    assert lifted == ([] if Deed.LIFT in undone else [True])


@pytest.mark.parametrize(
    ("op", "fields", "nozzle", "stop"),
    [
        (None, {}, "nozzle_not_tried", "stop_not_tried"),
        ("lift", {"pump": 1}, "nozzle_lifted", "stop_not_tried"),
        ("stop", {"pressed": True}, "nozzle_not_tried", "stop_pressed"),
        ("fault", {"name": "stop_wire_broken"}, "nozzle_not_tried", "stop_pressed"),
    ],
)
def test_what_is_sensed_when_nobody_is_there(
    config: GatewayConfig,
    control: ForecourtControl,
    op: str | None,
    fields: dict[str, object],
    nozzle: str,
    stop: str,
) -> None:
    if op is not None:
        control.ask(op, **fields)
    with Bench(config) as bench:
        switch = try_nozzle(bench, config.pumps[0], NoHands(), lambda: None)
        loop = try_stop(bench, config.hardware.emergency_stop_pin, NoHands())
    assert (judge_nozzle(switch).code, judge_stop(loop).code) == (nozzle, stop)


@pytest.mark.parametrize(("on", "code"), [(False, "bypass_off"), (True, "bypass_on")])
def test_a_bypass_key(
    config: GatewayConfig, control: ForecourtControl, on: bool, code: str
) -> None:
    control.ask("bypass", pump=1, on=on)
    with Bench(config) as bench:
        assert judge_bypass(look_at_switch(bench, "bypass key", 0, 1)).code == code


@pytest.mark.parametrize(("on", "code"), [(True, "mains_on"), (False, "mains_off")])
def test_a_ups(start_forecourt: Start, on: bool, code: str) -> None:
    socket = start_forecourt(time="simulated", ups_pin=UPS_PIN)
    with ForecourtControl(socket) as control:
        control.ask("mains", on=on)
    with Bench(configured(socket)) as bench:
        assert judge_mains(look_at_switch(bench, "UPS signal", UPS_PIN)).code == code


@pytest.mark.parametrize(("leaks", "code"), [(False, "pulser_quiet"), (True, "pulser_noisy")])
def test_a_pulser_at_rest(
    config: GatewayConfig, control: ForecourtControl, leaks: bool, code: str
) -> None:
    if leaks:
        fault(control, "flow_while_closed", value=2000)
    with Bench(config) as bench:
        (found,) = listen_to_pulsers(bench, config.pumps)
    assert judge_pulser(found).code == code
    assert bool(found.pulses) is leaks


def pico_code(config: GatewayConfig, serial: str = DEMO_SERIAL) -> str:
    with (
        Bench(config) as bench,
        closing(CoProcessor(bench, PicoSettings(serial_number=serial))) as chip,
    ):
        return judge_pico(chip.who()).code


@pytest.fixture
def with_pico(start_forecourt: Start) -> GatewayConfig:
    socket = start_forecourt(time="simulated", picos=(Fitted(),))
    return configured(socket, pumps=2, picos={DEMO_SERIAL: [1, 2]})


def test_a_co_processor_that_is_well_another_or_gone(
    with_pico: GatewayConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pico_code(with_pico) == "pico_answers"
    assert pico_code(with_pico, "e6614c311b0000ff") == "pico_other"
    with monkeypatch.context() as older:
        older.setattr(pico_talk, "VERSION", 2)
        assert pico_code(with_pico) == "pico_old"
    with ForecourtControl(Path(with_pico.hardware.forecourt_socket)) as control:
        fault(control, "pico_unplugged")
        assert pico_code(with_pico) == "pico_absent"


def test_everything_at_a_station_with_a_co_processor(with_pico: GatewayConfig) -> None:
    socket = Path(with_pico.hardware.forecourt_socket)
    pumps = AtThePumps(
        with_pico, socket.parent / "gateway.toml", lambda: SimulatedHands(socket), allowed=True
    )
    found = {(one.check, one.of): one for one in pumps.examine()}
    assert {one.code for one in found.values() if one.status is not Status.OK} == {
        "witness_new"  # there is no gateway yet that would have told it
    }
    for pump in ("pump 1", "pump 2"):
        assert found["limiter", pump].code == "limiter_drops"
        assert found["killed", pump].code == "killed_drops"
        held_ms = int(found["limiter", pump].values["held_ms"])
        assert 200 <= held_ms <= 1500, "its lease, and what a loaded machine adds"
    with ForecourtControl(socket) as control:
        for pump_now in control.ask("status")["pumps"]:
            assert not pump_now["enable_made"]
            assert not pump_now["limiter_made"]
            assert pump_now["dispensed_nl"] == 0


def test_without_leave_no_contact_moves(config: GatewayConfig, socket: Path) -> None:
    pumps = AtThePumps(config, socket.parent / "gateway.toml", NoHands, allowed=False)
    found = {one.check: one.code for one in pumps.examine()}
    tried = ("relay", "timer", "killed")
    assert [found[check] for check in tried] == [f"{check}_not_tried" for check in tried]
    assert found["reader"] == "reader_answers"


def test_a_co_processors_contact_is_not_made_beside_a_welded_relay(
    with_pico: GatewayConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = Path(with_pico.hardware.forecourt_socket)
    made: list[int] = []
    monkeypatch.setattr(CoProcessor, "limit", lambda _chip, _place, pump: made.append(pump))
    with ForecourtControl(socket) as control:
        for pump in (1, 2):
            fault(control, "enable_welded", pump=pump)
    pumps = AtThePumps(
        with_pico, socket.parent / "gateway.toml", lambda: SimulatedHands(socket), allowed=True
    )
    found = {(one.check, one.of): one.code for one in pumps.examine()}
    assert found["relay", "pump 1"] == "relay_welded"
    assert found["limiter", "pump 1"] == "limiter_not_tried"
    assert found["nozzle", "pump 1"] == "nozzle_changes"
    assert made == []


def test_no_relay_is_held_where_the_timer_does_not_drop(
    config: GatewayConfig, socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fuel could flow: both contacts would be made."""
    holds = ContactFinding(pump=1, made=True, broken_ms=None)
    monkeypatch.setattr(Contacts, "timer", lambda *_: holds)
    pumps = AtThePumps(config, socket.parent / "gateway.toml", NoHands, allowed=True)
    found = {one.check: one for one in pumps.examine()}
    assert found["timer"].code == "timer_holds"
    assert found["relay"].code == "relay_follows"
    assert found["killed"].code == "killed_not_tried"


def test_without_pins_everything_is_named(config: GatewayConfig, tmp_path: Path) -> None:
    absent = replace(config.hardware, forecourt_socket=str(tmp_path / "none.sock"))
    broken = replace(config, hardware=absent)
    pumps = AtThePumps(broken, tmp_path / "gateway.toml", NoHands, allowed=True)
    found = {one.check: one for one in pumps.examine()}
    assert found["pins"].code == "pins_failed"
    assert found["relay"].values == {"why": "no_pins"}
    assert found["killed"].status is Status.NOT_CHECKED
