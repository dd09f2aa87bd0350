"""PROTOCOL.md is what is sent."""

import re

import msgspec

from gateway.console.protocol import PAGE, with_tables
from gateway.runtime.requests import REQUESTS


def test_the_tables_are_those_of_the_structs() -> None:
    page = PAGE.read_text()
    assert with_tables(page) == page, "python -m gateway.console.protocol"


def test_each_request_is_explained() -> None:
    words = PAGE.read_text().partition("<!-- requests -->")[0]
    names = set(re.findall(r"`([a-z_.]+)`", words))
    for struct in REQUESTS:
        assert struct.__struct_config__.tag in names


def test_no_request_lets_fuel_flow() -> None:
    """Whoever adds one comes by here: a person at the console stops, enters and asks."""
    known = {
        "totaliser.enter",
        "calibration.begin",
        "calibration.look",
        "calibration.read",
        "calibration.end",
        "preset.choose",
        "pump.stop",
        "meter.enter",
        "voucher.enter",
        "override.choose",
        "declare",
        "declare.cancel",
        "declare.list",
        "shift.open",
        "shift.close",
        "shift.show",
        "sign_in.begin",
        "sign_in.ask",
        "sign_in.confirm",
        "sign_in.note",
        "sign_in.locked",
    }
    assert {struct.__struct_config__.tag for struct in REQUESTS} == known
    for struct in REQUESTS:
        for field in msgspec.structs.fields(struct):
            assert "override" not in field.name
