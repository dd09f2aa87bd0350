import pytest

from hardware.simulated.cards import Iso14443aCard, card_from
from hardware.simulated.cards.faulty import (
    ShortAnswerCard,
    TornCard,
    WrongBccCard,
    WrongCrcCard,
)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (None, Iso14443aCard),
        ("torn", TornCard),
        ("crc", WrongCrcCard),
        ("malformed", WrongBccCard),
        ("short", ShortAnswerCard),
    ],
)
def test_each_fault_makes_its_card(fault: str | None, kind: type) -> None:
    card = card_from({"uid": "04a1b2c3d4e5f6", "fault": fault})
    assert type(card) is kind
    assert card.uid == bytes.fromhex("04A1B2C3D4E5F6")


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({}, "hexadecimal"),
        ({"uid": 4}, "hexadecimal"),
        ({"uid": "04A1B2G3"}, "04A1B2G3"),
        ({"uid": "04A1B2"}, "3 bytes"),
        ({"uid": "04A1B2C3", "fault": "bent"}, "expected none or one of torn"),
        ({"uid": "04A1B2C3", "fault": ["torn"]}, "expected none or one of torn"),
        ({"uid": "04A1B2C3", "plate": "DH 1"}, "'plate'"),
        ({"uid": "04A1B2C3", "fault": "torn", "frames": "2"}, "whole number"),
        ({"uid": "04A1B2C3", "fault": "torn", "frames": -1}, "0 or more"),
        ({"uid": "04A1B2C3", "frames": 2}, "only with fault"),
    ],
)
def test_what_is_wrong_with_a_card_is_said(spec: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        card_from(spec)
