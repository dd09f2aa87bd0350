"""The attendant's forms in a real browser: by keyboard alone, at every width, and while the page
changes under them."""

import json

import msgspec
import pytest
from selenium.webdriver.common.keys import Keys

from gateway.runtime.control import Answer
from gateway.runtime.requests import EnterMeter, ListDeclarations, ShowShift
from tests.browser.eyes import WIDTHS, Eyes
from tests.browser.played import PlayedGateway, sign_in
from tests.gateway.console.desk import ASKS, DECLARE, OPEN, SHUT
from tests.gateway.runtime.snapshots import WAITING

PAGES = [
    *("/voucher", "/giliran", "/giliran/tutup", "/pompa/1/jumlah", "/pompa/1/izin"),
    *("/nyatakan", DECLARE, "/kesehatan"),
]


@pytest.fixture
def gateway(played: PlayedGateway, eyes: Eyes) -> PlayedGateway:
    """Somebody is signed in."""
    eyes.base = played.at
    played.says()
    played.asked.clear()
    played.answers[ShowShift] = Answer(done=OPEN)
    waiting = Answer(done={"declarations": [msgspec.to_builtins(WAITING)]})
    played.answers[ListDeclarations] = waiting
    sign_in(eyes)
    return played


def clipped(eyes: Eyes) -> list[str]:
    """What a card, which shows nothing beyond its edges, cuts off."""
    return list(
        eyes.run(
            "return [...document.querySelectorAll('.card')].filter("
            "one => one.scrollWidth > one.clientWidth).map(one => one.innerText)"
        )
    )


@pytest.mark.parametrize("path", PAGES)
def test_a_forms_page_at_every_width(gateway: PlayedGateway, eyes: Eyes, path: str) -> None:
    gateway.says(armed=77, code="override", preset_ml=20_000, price_idr_per_l=12_400)
    eyes.open(path)
    eyes.sees("Keluar")
    for width in WIDTHS:
        eyes.wide(width)
        assert (eyes.overflowing(), clipped(eyes)) == ([], []), width
    assert eyes.violations() == []
    gateway.answers[ShowShift] = Answer(done=SHUT)
    if path == "/giliran":
        eyes.open(path)
        eyes.sees("Buka giliran")
        assert eyes.violations() == []


def test_a_reading_by_keyboard_while_the_page_goes_on(gateway: PlayedGateway, eyes: Eyes) -> None:
    gateway.answers[EnterMeter] = Answer(done={"accepted": False, "tries_left": 2})
    eyes.open("/?bahasa=en")
    gateway.says(**ASKS)
    eyes.sees("Please enter the odometer")
    for width in (320, 1920):
        eyes.wide(width)
        assert (eyes.overflowing(), clipped(eyes)) == ([], []), width
    assert eyes.violations() == []
    eyes.run("document.getElementById('reading-1').focus()")
    eyes.press("1205")
    gateway.says(**ASKS, nozzle_lifted=True, totaliser_ml=99_000)
    eyes.until("the page's news", "document.querySelector('#reading-1').value === '1205'")
    eyes.press("00", Keys.ENTER)
    eyes.sees("Reading 120500 is not plausible. Read again; tries left: 2.")
    assert gateway.asked == [EnterMeter(1, 120_500, "attendant-01", "dh-1001-a", 3)]
    gateway.says(**ASKS | {"code": "meter_again", "tries_left": 2})
    eyes.sees("Tries left: 2")
    eyes.open("/layar/1?bahasa=en")
    eyes.sees("Tell the attendant")
    assert "Tries left: 2 · Masih 2 kali" in eyes.text()
    assert eyes.violations() == []
    gateway.says()
    eyes.sees("Please tap the vehicle card")


def test_what_is_typed_stays_when_the_session_ends_meanwhile(
    gateway: PlayedGateway, eyes: Eyes
) -> None:
    eyes.open("/voucher?bahasa=en")
    eyes.sees("Enter a paper voucher")
    eyes.run("document.getElementById('serial').focus()")
    eyes.press("A-0042")
    eyes.run(
        "const token = document.querySelector('input[name=token]').value;"
        "fetch('/keluar', {method: 'POST', body: new URLSearchParams({token})})"
    )
    eyes.sees("You are signed out. What was typed is not sent")
    assert eyes.run("return document.getElementById('serial').value") == "A-0042"
    eyes.run("document.querySelector('form.form').noValidate = true")
    eyes.press(Keys.ENTER)
    eyes.sees("This form came after you were signed out. Nothing was changed.")
    eyes.sees("A-0042")
    assert eyes.violations() == []
    assert gateway.asked == []
    assert "403" in json.dumps(eyes.complaints())
