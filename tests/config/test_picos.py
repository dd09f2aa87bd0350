"""Co-processors: which one, and which pumps it limits."""

from pathlib import Path
from typing import Any

import pytest

from gateway.config.load import ConfigError, gateway_config

SERIAL = "e6614c311b000001"


@pytest.fixture
def with_pico(document: dict[str, Any]) -> dict[str, Any]:
    """Both pumps on one co-processor, all in order."""
    for pump in document["pumps"]:
        pump["limiter"] = "pico"
    document["picos"] = [{"serial_number": SERIAL, "pumps": [1, 2]}]
    return document


def problems(document: dict[str, Any], file: Path) -> list[tuple[str, str]]:
    with pytest.raises(ConfigError) as refused:
        gateway_config(document, file)
    return [(problem.key, problem.found) for problem in refused.value.problems]


@pytest.mark.parametrize(
    "pico",
    [
        {"serial_number": SERIAL},
        {"port": "/dev/serial/by-id/usb-x-if00"},
        {"serial_number": SERIAL, "lease_ms": 100},
        {"serial_number": SERIAL, "lease_ms": 1000},
    ],
)
def test_one_by_serial_number_or_by_port(
    with_pico: dict[str, Any], file: Path, pico: dict[str, Any]
) -> None:
    with_pico["picos"] = [pico]
    (found,) = gateway_config(with_pico, file).picos
    assert (found.pumps, found.lease_ms) == ([1, 2], pico.get("lease_ms", 300))


@pytest.mark.parametrize(
    ("picos", "expected"),
    [
        ([{"pumps": [1, 2]}], [("picos[no. 1].serial_number", "neither")]),
        (
            [{"serial_number": SERIAL, "port": "/dev/ttyACM0"}],
            [("picos[no. 1].serial_number", "both")],
        ),
        (
            [
                {"serial_number": SERIAL, "pumps": [1]},
                {"serial_number": SERIAL.upper(), "pumps": [2]},
            ],
            [("picos[no. 2]", f"{SERIAL}, which is picos[no. 1]")],
        ),
        (
            [{"port": "/dev/ttyACM0", "pumps": [1]}, {"port": "/dev/ttyACM0", "pumps": [2]}],
            [("picos[no. 2]", "/dev/ttyACM0, which is picos[no. 1]")],
        ),
        (
            [{"serial_number": SERIAL, "pumps": [1, 2]}, {"port": "/dev/ttyACM0", "pumps": [2]}],
            [("picos[no. 2].pumps", "pump 2, which is picos[no. 1].pumps")],
        ),
        (
            [{"serial_number": SERIAL, "pumps": [1, 1]}],
            [
                ("picos[no. 1].pumps", "pump 1, which is picos[no. 1].pumps"),
                ("picos", "none that names it"),
            ],
        ),
        ([{"serial_number": SERIAL, "pumps": [1]}], [("picos", "none that names it")]),
        ([], [("picos", "none that names it"), ("picos", "none that names it")]),
    ],
)
def test_what_does_not_go_together_is_named(
    with_pico: dict[str, Any],
    file: Path,
    picos: list[dict[str, Any]],
    expected: list[tuple[str, str]],
) -> None:
    with_pico["picos"] = picos
    assert problems(with_pico, file) == expected


@pytest.mark.parametrize("number", [2, 3])
def test_a_pump_that_has_a_timer_or_is_not_there_is_not_its(
    with_pico: dict[str, Any], file: Path, number: int
) -> None:
    with_pico["pumps"][1]["limiter"] = "timer"
    with_pico["picos"][0]["pumps"] = [1, number]
    assert problems(with_pico, file) == [("picos[no. 1].pumps", f"pump {number}")]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("lease_ms", 99),
        ("lease_ms", 1001),
        ("serial_number", "../x"),
        ("port", "ttyACM0"),
        ("pumps", []),
        ("pumps", [1, 2, 3]),
    ],
)
def test_a_value_out_of_bounds_is_refused(
    with_pico: dict[str, Any], file: Path, key: str, value: object
) -> None:
    with_pico["picos"][0][key] = value
    with pytest.raises(ConfigError, match=key):
        gateway_config(with_pico, file)


def test_a_slow_stage_needs_a_co_processor(with_pico: dict[str, Any], file: Path) -> None:
    for pump in with_pico["pumps"]:
        pump["slow_flow_ml_per_min"] = 6000
    gateway_config(with_pico, file)
    with_pico["pumps"][0]["limiter"] = "timer"
    with_pico["picos"][0]["pumps"] = [2]
    with pytest.raises(
        ConfigError,
        match=r'slow_flow_ml_per_min: expected a pump with limiter = "pico", found '
        r'limiter = "timer"\. Only a co-processor drives a two-stage valve',
    ):
        gateway_config(with_pico, file)
