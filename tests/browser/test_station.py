"""People at a station whose parts are processes, seen in a real browser."""

import re

import pytest
from selenium.webdriver.common.keys import Keys

from gateway.words import litres, rupiah
from tests.browser.eyes import WIDTHS, Eyes
from tests.faults.records import until
from tests.faults.station import Station


@pytest.fixture(autouse=True)
def there(eyes: Eyes, at: str) -> None:
    eyes.base = at


COUNTED = """
window.seen = [];
new MutationObserver(() => {
  const number = document.querySelector(".flow .number");
  if (number) window.seen.push([performance.now(), number.innerText]);
}).observe(document.getElementById("screen"), {childList: true});
"""


def test_a_drivers_whole_fill_on_the_display(eyes: Eyes, station: Station) -> None:
    card = station.card_that(lambda c: (c.status, c.product, c.vehicle) == GOOD)
    eyes.open("/layar/1")
    eyes.sees("Silakan tempelkan kartu kendaraan")
    assert "Please tap the vehicle card" in eyes.text()
    station.authorise(card)
    eyes.sees(card.plate or "")
    assert re.search(r"tersisa, s/d \d+ \w{3}", eyes.text()), "a tap with the nozzle hung"
    eyes.run(COUNTED)
    station.do("lift")
    station.do("squeeze", free_ml=4_000)
    eyes.until("litres that climb", "window.seen.length > 12")
    seen = eyes.run("return window.seen")
    volumes = [float(text.replace(",", ".")) for _, text in seen]
    assert volumes == sorted(volumes)
    assert not {text for _, text in seen} & {"0,01", "0,02", "0,03"}, "nothing below 0.04 L"
    updates = (len(seen) - 1) / ((seen[-1][0] - seen[0][0]) / 1000)
    print(f"{updates:.1f} updates a second")
    assert re.search(r"Sisa [\d.]+,\d L s/d \d+ \w{3}", eyes.text())
    station.finish()
    sale = station.sales_of(card)[-1]
    eyes.sees("Terima kasih")
    shown = eyes.text()
    assert litres(sale.volume_ml).removesuffix(" L") in shown, "what the ledger has"
    (recorded,) = [e.data for e in station.entries("sale.completed") if e.data["sale"] == sale.sale]
    assert rupiah(recorded["amount_idr"]) in shown


GOOD = ("active", "pertamax", "car")


def test_an_attendant_signs_in_by_card_and_stops_a_fill_by_keyboard_alone(
    eyes: Eyes, station: Station
) -> None:
    eyes.open("/?bahasa=id")
    eyes.sees("Masuk ke konsol")
    eyes.tab_to("Kartu di pompa 2")
    eyes.press(Keys.ENTER)
    eyes.sees("Tempelkan kartu Anda di pompa 2")
    digits = eyes.part(".digits")
    pairing = station.see_pump(2, "two digits", lambda p: p.pairing is not None).pairing
    assert digits == pairing
    before = len(station.refusals())
    station.tap(station.uid_of("attendant"), pump=2)
    eyes.sees("Petugas: attendant-01")
    station.do("remove", 2)
    assert len(station.refusals()) == before, "the card was no tap"
    card = station.card("dexlite")
    station.begin(card, 2)
    eyes.sees(card.plate or "")
    eyes.tab_to("HENTIKAN pompa 2")
    eyes.press(Keys.ENTER)
    eyes.sees("Pompa dihentikan.")
    station.do("release", 2)
    station.do("hang", 2)
    station.see_pump(2, "the sale to be recorded", lambda p: p.state == "idle")
    assert station.entries("sale.completed")[-1].data["ended_by"] == "attendant"
    stopped = until("the entry", lambda: station.entries("pump.stopped"))[0]
    assert stopped.data["by"] == "attendant-01"
    eyes.sees("Dihentikan petugas")
    eyes.tab_to("Cari kendaraan")
    eyes.press(Keys.ENTER)
    eyes.until("the field", "document.getElementById('cari')")
    eyes.run("document.getElementById('cari').focus()")
    eyes.press((card.plate or "").lower(), Keys.ENTER)
    eyes.until("one sale", "document.querySelectorAll('tbody tr').length === 1")
    assert (card.plate or "") in eyes.text()
    fits(eyes)
    eyes.open("/")
    fits(eyes)


def fits(eyes: Eyes) -> None:
    """Every width, and what axe says."""
    for width in WIDTHS:
        eyes.wide(width)
        assert eyes.overflowing() == [], width
    assert eyes.violations() == []


def test_pages_say_that_the_gateway_is_gone_and_go_on_by_themselves(
    eyes: Eyes, station: Station
) -> None:
    eyes.open("/layar/1?bahasa=en")
    eyes.sees("Pertamax")
    station.gateway.kill()
    eyes.sees("Display not connected")
    station.start_gateway()
    eyes.sees("Please tap the vehicle card")
