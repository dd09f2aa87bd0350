from pathlib import Path
from typing import Any

import msgspec
import pytest

from hardware.wiring import DEMO_STOP_PIN, DEMO_WIRING

KEYS = {"private_file": "keys/own.pem", "root_key": "A" * 43}
GATEWAY_KEYS = {**KEYS, "statements_dir": "keys/central"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gateway.toml"


@pytest.fixture
def document() -> dict[str, Any]:
    """A gateway's configuration that is in order, as tomllib would give it."""
    pumps = []
    for wiring in DEMO_WIRING:
        pins = {k: v for k, v in msgspec.to_builtins(wiring.pins).items() if v is not None}
        reader = msgspec.to_builtins(wiring.reader)
        pumps.append(
            {"number": wiring.number, "product": "pertalite", "pins": pins, "reader": reader}
        )
    return {
        "gateway": {"name": "gateway-01"},
        "hardware": {"kind": "simulated", "emergency_stop_pin": DEMO_STOP_PIN},
        "keys": dict(GATEWAY_KEYS),
        "pumps": pumps,
    }


@pytest.fixture
def central_document() -> dict[str, Any]:
    return {"central": {"city": "kupang"}, "keys": dict(KEYS)}
