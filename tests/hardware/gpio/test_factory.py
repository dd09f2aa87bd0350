"""Failures of the real chip. That it drives pins is for a Pi to show."""

import sys
from types import ModuleType

import pytest
from gpiozero.exc import PinUnknownPi

from hardware.gpio.factory import raspberry_pi_factory
from hardware.ports import HardwareError


def library_that(monkeypatch: pytest.MonkeyPatch, outcome: object) -> None:
    """Put gpiozero's lgpio module in a state that this machine cannot be brought into."""

    def open_chip() -> object:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    module = ModuleType("gpiozero.pins.lgpio")
    module.__dict__["LGPIOFactory"] = open_chip
    monkeypatch.setitem(sys.modules, "gpiozero.pins.lgpio", module)


def test_says_what_to_install_without_lgpio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    monkeypatch.setitem(sys.modules, "lgpio", None)
    with pytest.raises(HardwareError, match=r"apt install python3-lgpio"):
        raspberry_pi_factory()


def test_says_that_this_is_no_pi(monkeypatch: pytest.MonkeyPatch) -> None:
    library_that(monkeypatch, PinUnknownPi("unable to locate Pi revision"))
    with pytest.raises(HardwareError, match=r"expected a Raspberry Pi, found another machine"):
        raspberry_pi_factory()


def test_names_the_chip_that_does_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    library_that(monkeypatch, RuntimeError("can not open gpiochip"))
    with pytest.raises(HardwareError, match=r"/dev/gpiochip0 .*can not open gpiochip.*group gpio"):
        raspberry_pi_factory()


def test_gives_gpiozeros_factory(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = object()
    library_that(monkeypatch, factory)
    assert raspberry_pi_factory() is factory
