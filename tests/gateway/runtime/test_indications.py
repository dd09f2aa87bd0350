"""Lamps and buzzer for every code."""

import pytest

from gateway.core.reasons import Reason, Status
from gateway.runtime.indications import BEEP_MS, indicate, light
from hardware.ports import Light
from tests.gateway.runtime.devices import HandIndicator

CODES: list[Status | Reason] = [*Status, *Reason]


def test_only_who_may_be_served_sees_green() -> None:
    green = [code for code in CODES if light(code) is Light.GO]
    assert green == [Status.AUTHORISED, Status.RESERVED]


@pytest.mark.parametrize("code", Reason)
def test_every_reason_shows_red(code: Reason) -> None:
    trouble = code in (Reason.PUMP_FAULT, Reason.EMERGENCY_STOP)
    assert light(code) is (Light.FAULT if trouble else Light.REFUSED)


def test_a_pump_that_waits_for_a_card_is_ready() -> None:
    assert light(Status.READY) is light(Status.BALANCE) is Light.READY
    assert light(Status.ASKING) is Light.WAIT


@pytest.mark.parametrize("code", CODES)
def test_what_needs_the_drivers_eye_is_heard_too(code: Status | Reason) -> None:
    indicator = HandIndicator()
    indicate(indicator, code)
    assert indicator.shown == [light(code)]
    heard = light(code) in (Light.GO, Light.REFUSED, Light.FAULT)
    assert indicator.beeps_ms == ([BEEP_MS[light(code)]] if heard else [])
