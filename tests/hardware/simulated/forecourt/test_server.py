"""The socket's protocol in simulated time."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.hardware.simulated.forecourt.conftest import Client
from tests.hardware.simulated.forecourt.wires import (
    ENABLE_BACK,
    MS,
    NOZZLE,
    PULSER,
    STOP,
    TIMER_BACK,
    Start,
)

HEALTHY_LEVELS = {str(pin): 0 for pin in (0, 2, 3, 4, 19, 20, 21, 22, 23, 25)}


def open_valve(gateway: "Client") -> None:
    for pin in (17, 27):
        gateway.tell(op="output", pin=pin)
    gateway.tell(op="pin", pin=17, level=1)
    feed(gateway)


def feed(gateway: "Client") -> None:
    gateway.tell(op="pin", pin=27, level=1)
    gateway.tell(op="pin", pin=27, level=0)


def test_greeting_tells_time_and_levels(forecourt: Start) -> None:
    greeting = forecourt(start_utc_ns=1_700_000_000_000_000_000).client("gateway").greeting
    assert greeting == {
        "ok": True,
        "now_ns": 0,
        "utc_ns": 1_700_000_000_000_000_000,
        "time": "simulated",
        "levels": HEALTHY_LEVELS,
    }


def test_an_advance_goes_all_the_way_when_nothing_happens(forecourt: Start) -> None:
    gateway = forecourt().client("gateway")
    assert gateway.ask(op="advance", until_ns=5 * MS) == {"now_ns": 5 * MS, "edges": []}
    gateway.tell(op="sleep", ns=7)
    assert gateway.ask(op="advance", until_ns=3)["now_ns"] == 5 * MS + 7, "time never runs back"


def test_an_advance_stops_right_after_an_edge_that_is_no_pulse(forecourt: Start) -> None:
    gateway = forecourt().client("gateway")
    open_valve(gateway)
    both = [[10 * MS, ENABLE_BACK, 1], [10 * MS, TIMER_BACK, 1]]
    assert gateway.ask(op="advance", until_ns=1000 * MS) == {"now_ns": 10 * MS, "edges": both}
    answer = gateway.ask(op="advance", until_ns=1000 * MS)
    assert answer == {"now_ns": 300 * MS, "edges": [[300 * MS, TIMER_BACK, 0]]}


def test_an_edge_made_by_hand_is_told_at_once_and_stops_time(forecourt: Start) -> None:
    place = forecourt()
    gateway, hand = place.client("gateway"), place.client("control")
    gateway.ask(op="advance", until_ns=9 * MS)
    assert hand.ask(op="lift", pump=1) == {"ok": True}
    assert gateway.ask(op="advance", until_ns=50 * MS) == {
        "now_ns": 9 * MS,
        "edges": [[9 * MS, NOZZLE, 1]],
    }


def test_pulses_come_in_batches_with_both_edges_in_order_of_time(forecourt: Start) -> None:
    place = forecourt()
    gateway, hand = place.client("gateway"), place.client("control")
    for op in ("lift", "squeeze"):
        hand.ask(op=op, pump=1)
    open_valve(gateway)
    edges = []
    for step in range(1, 60):
        feed(gateway)
        now_ns = 0
        while now_ns < step * 100 * MS:
            answer = gateway.ask(op="advance", until_ns=step * 100 * MS)
            now_ns = answer["now_ns"]
            edges += answer["edges"]
    assert edges == sorted(edges, key=lambda edge: edge[0])
    pulses = [level for _, pin, level in edges if pin == PULSER]
    assert pulses == [(index + 1) % 2 for index in range(len(pulses))]
    (pump, _) = hand.ask(op="status")["pumps"]
    assert sum(pulses) == pump["pulses"] == pump["dispensed_nl"] // 10_000_000 > 500
    assert pump["flow_ml_per_min"] == 60_000


def test_an_answer_full_of_edges_fits_a_line_and_is_continued(forecourt: Start) -> None:
    place = forecourt()
    gateway, hand = place.client("gateway"), place.client("control")
    for pump in (1, 2):
        hand.ask(op="fault", name="flow_while_closed", pump=pump, value=10_000)
    end_ns = 600_000 * MS
    edges, answers, now_ns = 0, 0, 0
    while now_ns < end_ns:
        answer = gateway.ask(op="advance", until_ns=end_ns)
        edges += len(answer["edges"])
        answers += 1
        now_ns = answer["now_ns"]
    assert edges in range(2 * 2 * 10_000 - 2, 2 * 2 * 10_000 + 1)
    assert answers > 10


def test_spi_takes_the_time_of_the_wire_and_reads_the_version(forecourt: Start) -> None:
    gateway = forecourt().client("gateway")
    answer = gateway.ask(op="spi", bus=0, device=1, data="ee00")
    assert answer["data"][2:] in ("91", "92")
    assert answer["now_ns"] == 16_000


@pytest.mark.parametrize(("value", "answer"), [(0, "0000"), (255, "ffff")])
def test_a_dead_bus_answers_one_byte_only(forecourt: Start, value: int, answer: str) -> None:
    place = forecourt()
    hand = place.client("control")
    hand.ask(op="fault", name="spi_dead", pump=1, value=value)
    gateway = place.client("gateway")
    assert gateway.ask(op="spi", bus=0, device=0, data="ee00")["data"] == answer
    assert gateway.ask(op="spi", bus=0, device=1, data="ee00")["data"] != answer
    hand.ask(op="fault", name="spi_dead", pump=1, on=False)
    assert gateway.ask(op="spi", bus=0, device=0, data="ee00")["data"] != answer


def test_the_stop_loop_reads_high_when_pressed_or_cut(forecourt: Start) -> None:
    place = forecourt()
    hand = place.client("control")
    hand.ask(op="stop")
    hand.ask(op="fault", name="stop_wire_broken")
    gateway = place.client("gateway")
    assert gateway.greeting["levels"] == HEALTHY_LEVELS | {str(STOP): 1}
    hand.ask(op="stop", pressed=False)
    assert gateway.ask(op="advance", until_ns=1)["edges"] == [], "the wire is broken still"
    hand.ask(op="fault", name="stop_wire_broken", on=False)
    assert gateway.ask(op="advance", until_ns=1)["edges"] == [[1, STOP, 0]]
