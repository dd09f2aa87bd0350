"""Every page at every size, and every refusal in both languages, of a gateway played here."""

from typing import Any

import pytest

from gateway.console.words import Words
from gateway.core.reasons import Reason
from gateway.words import LANGUAGES
from tests.browser.eyes import WIDTHS, Eyes
from tests.browser.played import PlayedGateway, begin
from tests.gateway.console.test_display import FILLING, SALE, WITA

STATES: dict[str, dict[str, Any]] = {
    "ready": {"code": "ready"},
    "go": FILLING | {"state": "authorised", "volume_ml": 0, "amount_idr": 0},
    "flow": FILLING | {"volume_ml": 1_123_450, "amount_idr": 15_390_000},
    "ended": FILLING | {"state": "settling", "ended_by": "reservation_late"},
    "refused": {"state": "refused", "code": "storage_slow"},
    "fault": {"state": "faulted", "code": "pump_fault", "fault": "inputs_disagree"},
    "asking": {"state": "deciding", "code": "asking"},
    "done": {"last_sale": SALE},
}


@pytest.fixture
def gateway(played: PlayedGateway, eyes: Eyes) -> PlayedGateway:
    eyes.base = played.at
    played.tapped = True
    return played


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_refusal_and_its_advice(gateway: PlayedGateway, eyes: Eyes, language: str) -> None:
    words = Words(language, WITA)
    gateway.says()
    eyes.open(f"/layar/1?bahasa={language}")
    for reason in Reason:
        gateway.says(state="refused", code=reason.value)
        said = {".middle .said": words(reason), ".foot .said": words(f"advice_{reason}")}
        for place, sentence in said.items():
            eyes.until(reason, f"document.querySelector('{place}')?.innerText === `{sentence}`")


@pytest.mark.parametrize("kind", STATES)
def test_a_display_at_every_width(gateway: PlayedGateway, eyes: Eyes, kind: str) -> None:
    gateway.says(**STATES[kind])
    eyes.open("/layar/1")
    eyes.until(kind, f"document.querySelector('.screen.{kind}')")
    for width in WIDTHS:
        eyes.wide(width)
        assert eyes.overflowing() == [], width
    eyes.wide(1280, 720)
    assert eyes.run("return document.documentElement.scrollHeight <= innerHeight"), "no scrolling"
    assert eyes.violations() == []


@pytest.mark.parametrize("path", ["/masuk", "/layar", "/nothing"])
def test_a_page_without_signing_in_at_every_width(
    gateway: PlayedGateway, eyes: Eyes, path: str
) -> None:
    gateway.says()
    eyes.open(path)
    eyes.fits()
    if path == "/nothing":
        assert "404" in " ".join(eyes.complaints())


def test_signing_in_by_card_at_every_width(gateway: PlayedGateway, eyes: Eyes) -> None:
    gateway.says()
    gateway.tapped = False
    begin(eyes)
    eyes.sees("Tempelkan kartu Anda di pompa 1")
    eyes.fits()
    gateway.tapped = True
    eyes.until("the digits' field", "document.getElementById('digits')")
    eyes.fits()
