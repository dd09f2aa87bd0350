"""What each key does at the forecourt."""

from typing import Any

import pytest

from gateway.demo.hands import Hands
from gateway.demo.scenario import Card
from hardware.ports import HardwareError

CARDS = [
    Card(uid="04000000000001", plate="DH 1 A", vehicle="car", status="active", product="pertamax"),
    Card(uid="04000000000002", plate="DH 2 A", vehicle="car", status="active", product="dexlite"),
    Card(uid="04000000000003", plate="DH 3 A", vehicle="car", status="lost", product="pertamax"),
    Card(uid="04000000000004", plate="DH 4 A", vehicle="car", status="active", product="pertamax"),
]


class Cable:
    whole = True

    def cut(self) -> None:
        self.whole = False

    def restore(self) -> None:
        self.whole = True


class Stage:
    """Writes down what is asked of the forecourt, and runs no gateway but a pretended one."""

    def __init__(self) -> None:
        self.control = self
        self.cable = Cable()
        self.gateway: Stage | None = self
        self.console: Stage | None = None
        self.running = True
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.refusal: str | None = None

    def place(self, pump: int) -> tuple["Stage", int]:
        return self, pump

    def ask(self, op: str, **fields: Any) -> dict[str, Any]:
        if self.refusal is not None:
            raise HardwareError(self.refusal)
        self.asked.append((op, fields))
        return {}

    def kill(self) -> None:
        self.running = False

    def start_gateway(self) -> None:
        self.running = True

    def start_console(self) -> None:
        self.console = self


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def hands(stage: Stage, told: list[str]) -> Hands:
    pretended: Any = stage
    return Hands(pretended, CARDS, told.append)


def test_t_taps_the_next_active_card_that_fits_the_pump(hands: Hands, stage: Stage) -> None:
    for _ in range(3):
        hands.press("t", 1)
    hands.press("t", 2)
    taps = [(f["pump"], f["cards"][0]["uid"][-1]) for op, f in stage.asked if op == "tap"]
    assert taps == [(1, "1"), (1, "4"), (1, "1"), (2, "2")]
    assert [op for op, _ in stage.asked][:2] == ["remove", "tap"]


def test_x_taps_a_lost_card(hands: Hands, stage: Stage, told: list[str]) -> None:
    hands.press("x", 2)
    assert stage.asked[-1] == ("tap", {"pump": 2, "cards": [{"uid": CARDS[2].uid}]})
    assert "lost" in told[-1]


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        ("l", [("lift", {"pump": 2})]),
        ("s", [("squeeze", {"pump": 2})]),
        ("r", [("release", {"pump": 2})]),
        ("h", [("hang", {"pump": 2}), ("remove", {"pump": 2})]),
        ("e", [("stop", {"pressed": True})]),
        ("?", []),
        ("\x1b", []),
    ],
)
def test_keys(
    hands: Hands, stage: Stage, key: str, asked: list[tuple[str, dict[str, Any]]]
) -> None:
    hands.press(key, 2)
    assert stage.asked == asked


def test_e_n_and_k_are_switches(hands: Hands, stage: Stage, told: list[str]) -> None:
    seen = []
    for _ in range(2):
        for key in "enk":
            hands.press(key, 1)
        seen.append((stage.asked[-1][1]["pressed"], stage.cable.whole, stage.running))
    assert seen == [(True, False, False), (False, True, True)]
    assert len(told) == 6


def test_what_the_forecourt_refuses_is_told_and_no_more(
    hands: Hands, stage: Stage, told: list[str]
) -> None:
    stage.refusal = "squeeze: the nozzle of pump 1 hangs; lift it first"
    hands.press("s", 1)
    assert told == ["squeeze: the nozzle of pump 1 hangs; lift it first"]


def test_the_pi_and_all_power_can_go_and_come_back(hands: Hands, stage: Stage) -> None:
    hands.plug_pi(plugged=False)
    assert (stage.running, stage.asked) == (False, [])
    hands.plug_pi(plugged=True)
    assert stage.running
    assert stage.console is not None
    hands.power(on=False)
    assert not stage.running
    hands.power(on=True)
    assert stage.running
    hands.plug_pico(plugged=False)
    faults = [(fields["name"], fields["on"]) for op, fields in stage.asked if op == "fault"]
    assert faults == [("pico_off", True), ("pico_off", False), ("pico_unplugged", True)]


def test_a_gateway_that_runs_is_not_started_again(hands: Hands, told: list[str]) -> None:
    hands.run_gateway(running=True)
    assert told == []
    hands.run_gateway(running=False)
    hands.run_gateway(running=False)
    assert told == ["gateway killed (signal 9)"]


def test_a_lever_may_be_squeezed_a_little(hands: Hands, stage: Stage, told: list[str]) -> None:
    hands.squeeze(1, 3_000, 25)
    assert stage.asked == [("squeeze", {"pump": 1, "free_ml": 3_000, "percent": 25})]
    assert told == ["pump 1: lever squeezed to 25 %"]


def test_a_console_that_died_is_started_again_and_said(stage: Stage) -> None:
    told: list[str] = []
    hands = Hands(stage, CARDS, told.append)  # type: ignore[arg-type]
    hands.keep_console()
    assert told == [], "there is none yet"
    dead = Stage()
    dead.kill()
    stage.console = dead
    hands.keep_console()
    assert told == ["the console has died, and is started again; the pumps went on"]
    assert stage.console is stage
    hands.keep_console()
    assert len(told) == 1
    stage.console = dead
    stage.kill()
    hands.keep_console()
    assert stage.console is dead, "the Pi has no power"
