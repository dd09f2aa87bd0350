"""People at a station whose parts are processes, seen in a real browser."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from selenium.webdriver.common.keys import Keys

from gateway.setup.configurations import ZONE
from gateway.words import litres, rupiah
from tests.browser.conftest import CODE, NAME
from tests.browser.eyes import Eyes
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


def sign_in(eyes: Eyes, station: Station) -> None:
    """With the own card, and by keyboard alone."""
    eyes.open("/?bahasa=id")
    eyes.sees("Masuk ke konsol")
    eyes.tab_to("Kartu di pompa 2")
    eyes.press(Keys.ENTER)
    eyes.sees("Tempelkan kartu Anda di pompa 2")
    station.do("remove", 2)
    station.tap(station.uid_of("attendant"), pump=2)
    eyes.sees("Ketik angka di layar pompa 2")
    digits = station.see_pump(2, "six digits", lambda p: p.pairing is not None).pairing or ""
    eyes.types(digits=digits)
    eyes.sees("Petugas: attendant-01")
    station.do("remove", 2)


def test_an_attendant_signs_in_by_card_and_stops_a_fill_by_keyboard_alone(
    eyes: Eyes, station: Station
) -> None:
    before = len(station.refusals())
    sign_in(eyes, station)
    assert len(station.refusals()) == before, "the card was no tap"
    card = station.card()
    station.begin(card)
    eyes.sees(card.plate or "")
    eyes.tab_to("HENTIKAN pompa 1")
    eyes.press(Keys.ENTER)
    eyes.sees("Pompa dihentikan.")
    station.do("release")
    station.do("hang")
    station.see_pump(1, "the sale to be recorded", lambda p: p.state == "idle")
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
    eyes.fits()
    eyes.open("/")
    eyes.fits()


def test_pages_say_that_the_gateway_is_gone_and_go_on_by_themselves(
    eyes: Eyes, station: Station
) -> None:
    eyes.open("/layar/1?bahasa=en")
    eyes.sees("Pertamax")
    station.gateway.kill()
    eyes.sees("Display not connected")
    station.start_gateway()
    eyes.sees("Please tap the vehicle card")


def test_a_supervisor_names_the_vehicle_whose_card_was_left_behind(
    eyes: Eyes, station: Station
) -> None:
    sign_in(eyes, station)
    card = station.card()
    eyes.tab_to("Izin khusus di pompa 1", 60)
    eyes.press(Keys.ENTER)
    eyes.sees("Tanpa kartu itu tidak ada izin")
    eyes.types(plate=(card.plate or "").lower().replace(" ", ""))
    assert eyes.run("return document.querySelector('input:invalid') !== null"), "a reason first"
    eyes.run("document.querySelector('[value=card_forgotten]').focus()")
    eyes.press(Keys.SPACE)
    eyes.types(text="di rumah")
    eyes.sees("Tempelkan dulu kartu pengawas di pompa itu")
    eyes.refused()
    station.tap(station.uid_of("supervisor"))
    eyes.sees("Izin berlaku satu menit")
    station.do("remove")
    eyes.types(text="")
    eyes.sees("dengan izin khusus")
    station.see_pump(1, "the vehicle to be authorised", lambda p: p.plate == card.plate)
    station.do("lift")
    station.do("squeeze", free_ml=1_000)
    station.finish()
    eyes.sees("izin supervisor-01")
    eyes.sees(card.plate or "")
    said = until("the entry", lambda: station.entries("override.granted"))[-1].data
    assert (said["reason"], said["text"], said["by"]) == (
        *("card_forgotten", "di rumah", "attendant-01"),
    )


def test_a_shift_with_a_voucher_from_its_opening_to_its_sheet(eyes: Eyes, station: Station) -> None:
    sign_in(eyes, station)
    card = station.card()
    eyes.open("/giliran")
    eyes.tab_to("Buka giliran")
    eyes.press(Keys.ENTER)
    eyes.sees("Giliran 1 dibuka.")
    for said in ("Kupon A-0042 dicatat", "sudah pernah dimasukkan (catatan"):
        eyes.open("/voucher")
        eyes.run("document.querySelector('[name=pump]').click()")
        eyes.run("document.getElementById('sold').value = arguments[0]", a_minute_ago())
        eyes.types(plate=card.plate or "", litres="2,5", serial="a 0042")
        eyes.sees(said)
    entered = [entry.data["serial"] for entry in station.entries("voucher.entered")]
    assert entered.count("A-0042") == 1
    eyes.refused()
    eyes.open("/giliran")
    eyes.tab_to("Tutup giliran")
    eyes.press(Keys.ENTER)
    eyes.sees("Tutup giliran 1?")
    assert re.search(r"Kupon\s+2,50 L", eyes.text())
    eyes.tab_to("Ya, tutup giliran 1")
    eyes.press(Keys.ENTER)
    eyes.sees("Giliran 1 ditutup: 2,50 L")
    eyes.tab_to("Lembar 1", 60)
    eyes.press(Keys.TAB, Keys.ENTER)
    eyes.sees("Lembar giliran no. 1")
    eyes.open("/penjualan")
    eyes.sees(card.plate or "")


def test_without_script_a_code_signs_in_and_a_form_is_answered(
    eyes: Eyes, station: Station
) -> None:
    eyes.scripts(run=False)
    eyes.open("/masuk?bahasa=id")
    eyes.types(name=NAME, code=CODE)
    eyes.reads("Tanpa JavaScript halaman ini tidak berubah sendiri: muat ulang.")
    eyes.open("/voucher")
    plate = station.card().plate or ""
    eyes.run("document.querySelector('[name=pump]').click()")
    eyes.run("document.getElementById('sold').value = arguments[0]", a_minute_ago())
    eyes.types(plate=plate, serial="b 0007", litres="dua")
    eyes.reads("Liter: tulis angka seperti")
    eyes.refused(400)
    eyes.run("document.getElementById('litres').value = ''")
    eyes.types(litres="2,5")
    eyes.reads("Kupon B-0007 dicatat")
    entered = station.entries("voucher.entered")[-1].data
    assert (entered["serial"], entered["volume_ml"], entered["by"]) == ("B-0007", 2_500, NAME)


def a_minute_ago() -> str:
    """As the field for date and time has it."""
    return f"{datetime.now(ZoneInfo(ZONE)) - timedelta(minutes=1):%Y-%m-%dT%H:%M}"


def test_what_another_station_gave_is_typed_twice_from_its_receipt(
    eyes: Eyes, station: Station
) -> None:
    card = station.card("dexlite")
    sign_in(eyes, station)
    eyes.open("/layar/2")
    eyes.sees("Silakan tempelkan kartu")
    station.tap(card, pump=2)
    eyes.sees("boleh dilayani sampai")
    assert (card.plate or "") in eyes.text()
    station.do("remove", 2)
    eyes.open("/")
    eyes.sees("1 pengisian di SPBU lain menunggu struknya")
    eyes.open("/nyatakan")
    eyes.tab_to(card.plate or "", 60)
    eyes.press(Keys.ENTER)
    eyes.sees("Sekali lagi, dari struk yang sama")
    eyes.types(receipt_1="a-17", litres_1="5,5", receipt_2="A-17", litres_2="5,0")
    eyes.sees("Liter berbeda: 5,5 L, lalu 5,0 L. Lihat struknya lagi.")
    eyes.refused()
    assert eyes.run("return document.getElementById('receipt_1').value") == "a-17"
    eyes.run("document.getElementById('litres_2').value = ''")
    eyes.types(litres_2="5,50")
    eyes.sees("Struk A-17 dicatat: 5,50 L")
    eyes.sees("Tidak ada yang menunggu struk")
    (said,) = [entry.data for entry in station.entries("sale.declared")]
    assert (said["receipt_no"], said["volume_ml"], said["first_by"]) == (
        *("A-17", 5_500, "attendant-01"),
    )
