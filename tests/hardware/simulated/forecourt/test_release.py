"""What stays when the gateway's connection ends, in simulated time where it can be exact."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.hardware.simulated.forecourt.conftest import Client, Forecourt

Start = Callable[..., "Forecourt"]
MS = 1_000_000


def fill_for_a_second(gateway: "Client", hand: "Client") -> None:
    for op in ("lift", "squeeze"):
        hand.ask(op=op, pump=1)
    for pin in (17, 27):
        gateway.tell(op="output", pin=pin)
    gateway.tell(op="pin", pin=17, level=1)
    for _ in range(10):
        gateway.tell(op="pin", pin=27, level=1)
        gateway.tell(op="pin", pin=27, level=0)
        gateway.tell(op="sleep", ns=100 * MS)
    gateway.ask(op="advance", until_ns=0)


def pump_after(hand: "Client", ms: int) -> dict[str, Any]:
    while hand.ask(op="status")["gateway"]:
        pass
    hand.ask(op="elapse", ns=ms * MS)
    pump: dict[str, Any] = hand.ask(op="status")["pumps"][0]
    return pump


@pytest.mark.parametrize(("release", "made_for_ms"), [("low", 10), ("hold", 10_000)])
def test_the_enable_contact_follows_the_setting(
    forecourt: Start, release: str, made_for_ms: int
) -> None:
    place = forecourt(release=release)
    gateway, hand = place.client("gateway"), place.client("control")
    fill_for_a_second(gateway, hand)
    gateway.close()
    assert pump_after(hand, made_for_ms - 1)["enable_made"]
    assert pump_after(hand, 1)["enable_made"] == (release == "hold")


@pytest.mark.parametrize("release", ["low", "hold"])
def test_the_timer_opens_by_itself_whatever_the_setting(forecourt: Start, release: str) -> None:
    place = forecourt(release=release)
    gateway, hand = place.client("gateway"), place.client("control")
    fill_for_a_second(gateway, hand)  # fed last 100 ms before its end
    gateway.close()
    assert pump_after(hand, 199)["limiter_made"]
    assert not pump_after(hand, 1)["limiter_made"]
    last_ml = pump_after(hand, 300)["dispensed_ml"]
    assert pump_after(hand, 60_000)["dispensed_ml"] == last_ml > 0


def test_an_output_given_back_properly_goes_low_even_where_pins_hold(forecourt: Start) -> None:
    place = forecourt(release="hold")
    gateway, hand = place.client("gateway"), place.client("control")
    fill_for_a_second(gateway, hand)
    gateway.tell(op="input", pin=17)
    gateway.ask(op="advance", until_ns=0)
    gateway.close()
    assert not pump_after(hand, 10)["enable_made"]


def test_fuel_meter_and_cards_outlive_the_gateway(forecourt: Start) -> None:
    place = forecourt()
    gateway, hand = place.client("gateway"), place.client("control")
    hand.ask(op="tap", pump=1, cards=[{"uid": "04A1B2C3D4E5F6"}])
    fill_for_a_second(gateway, hand)
    gateway.close()
    before = pump_after(hand, 1000)
    place.client("gateway")
    after = hand.ask(op="status")["pumps"][0]
    assert after == before
    assert after["cards"] == ["04A1B2C3D4E5F6"]
    assert after["pulses"] == after["dispensed_nl"] // 10_000_000 > 50
