"""What the forms' pages say, before and after."""

import re
from typing import Any

import msgspec
import pytest

from gateway.console.asking import NotAnswered
from gateway.runtime.control import Answer
from gateway.runtime.requests import EnterMeter, Request
from tests.gateway.console.asgi import played as play
from tests.gateway.console.conftest import NAME, Played
from tests.gateway.console.desk import ASKS, CANCEL, DECLARE, DONE, FILLED, SHUT, seated

SAID = {
    "/voucher": ("Kupon A-0001 dicatat: DH 1001 A, 12,50 L", "Voucher A-0001 is entered"),
    "/giliran/tutup": ("Giliran 7 ditutup: 60,00 L, Rp 744.000.", "Shift 7 is closed"),
    DECLARE: ("Struk A-1 dicatat: 20,50 L, Rp 254.200.", "Receipt A-1 is entered: 20.50 L"),
    CANCEL: ("Dibatalkan: 20,00 L kembali", "Cancelled: 20.00 L go back"),
    "/pompa/1/jumlah": ("paling banyak 20,00 L, Rp 248.000", "takes at most 20.00 L"),
    "/pompa/1/izin": ("Pompa 1 memeriksa DH 1001 A dengan izin", "checks DH 1001 A by exception"),
}


@pytest.mark.parametrize("path", SAID)
def test_what_was_done_is_said_in_the_browsers_language(played: Played, path: str) -> None:
    async def go() -> None:
        for n, language in enumerate(("id", "en")):
            one = await seated(played)
            await one.browser.get(f"/voucher?bahasa={language}")
            one.answer = Answer(done=DONE[path])
            typed = FILLED[path] | ({"litres": "12.5"} if path == "/voucher" else {})
            if path == DECLARE and language == "en":
                typed |= {"litres_1": "20.5", "litres_2": "20.50"}
            got = await one.send(path, typed)
            shown = await one.browser.get(got.headers["location"])
            assert SAID[path][n] in shown.text
            if path == "/giliran/tutup":
                assert 'href="/giliran/7"' in shown.text

    play(go)


def test_a_voucher_that_was_entered_before_is_said_plainly(played: Played) -> None:
    async def go() -> None:
        one = await seated(played)
        one.answer = Answer(refused="x", code="voucher_known", values={"entry": 55})
        got = await one.send("/voucher")
        assert "sudah pernah dimasukkan (catatan 55)" in got.text
        one.answer = Answer(refused="x", code="tank_smaller", values={"tank_ml": 45_000})
        got = await one.send("/voucher")
        assert "Tangki dh 1001 a hanya memuat 45,0 L" in got.text

    play(go)


@pytest.mark.parametrize("path", ["/giliran", "/giliran/tutup"])
def test_without_a_gateway_a_shift_is_not_made_up(played: Played, path: str) -> None:
    async def go() -> None:
        one = await seated(played)
        fields = await one.fill("/giliran/tutup")

        async def silent(_request: Request) -> Answer:
            raise NotAnswered("nobody")

        played.console.asker.ask = silent
        got = await one.browser.get(path)
        assert "Pompa tidak memberi kabar tentang giliran" in got.text
        sent = await one.browser.post("/giliran/tutup", {**fields, "once": "1", "number": "7"})
        assert sent.status == 503
        assert "Pompa tidak menjawab" in sent.text

    play(go)


def test_the_page_of_a_shift_shows_what_it_came_to(played: Played) -> None:
    async def go() -> None:
        one = await seated(played)
        page = (await one.browser.get("/giliran/tutup")).text
        text = re.sub(r"<[^>]*>", " ", page)
        text = " ".join(text.split())
        for words in (
            "Tutup giliran 7?",
            "Ama, sejak 22 Nov 08:00",
            "Pertamax 60,00 L Rp 744.000 3 pengisian",
            "Dengan izin khusus 10,00 L 1 pengisian",
            "Kartu ditolak 4",
        ):
            assert words in text
        assert "Kupon 0" not in text
        one.shift = SHUT
        assert "Buka giliran" in (await one.browser.get("/giliran")).text
        assert "Ya, tutup" not in (await one.browser.get("/giliran/tutup")).text

    play(go)


def test_a_reading_is_asked_for_on_the_pumps_card(played: Played) -> None:
    async def go() -> None:
        one = await seated(played)
        played.says(**ASKS)
        one.answer = Answer(done={"accepted": False, "tries_left": 2})
        page = await one.browser.get("/")
        assert "Masukkan angka odometer" in page.text
        assert "Masih 3 kali" in page.text
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        meter = {name: fields[name] for name in ("token", "subject", "tries_left", "unit")}
        await one.browser.post("/pompa/1/meter", meter | {"reading": "120.500"})
        assert played.asked == [EnterMeter(1, 120_500, NAME, "dh-1001-a", 3)]
        assert (
            "Angka 120.500 tidak wajar. Baca lagi; masih 2 kali."
            in (await one.browser.get("/")).text
        )
        one.answer = Answer(refused="x", code="not_asked")
        await one.browser.post("/pompa/1/meter", meter | {"reading": "120.500"})
        assert "tidak menunggu angka itu lagi" in (await one.browser.get("/")).text
        await one.browser.post("/pompa/1/meter", meter | {"reading": "<b>12"})
        page = await one.browser.get("/")
        assert "“&lt;b&gt;12” bukan angka odometer" in page.text
        assert len(played.asked) == 2
        played.says(**ASKS | {"unit": "h/10", "code": "meter_again"})
        assert "Masukkan angka jam mesin" in (await one.browser.get("/")).text
        played.console.feed._fresh = False
        assert 'name="reading"' not in (await one.browser.get("/")).text

    play(go)


@pytest.mark.parametrize(
    ("done", "words"),
    [
        ({"accepted": True, "tries_left": 0}, "Angka 1 diterima."),
        ({"accepted": False, "tries_left": 0}, "Kartu ditolak; tempelkan lagi."),
    ],
)
def test_how_a_reading_ended_is_said(played: Played, done: dict[str, Any], words: str) -> None:
    async def go() -> None:
        one = await seated(played)
        played.says(**ASKS)
        token = (await one.browser.get("/")).token
        one.answer = Answer(done=done)
        await one.browser.post("/pompa/1/meter", {"token": token, "reading": "1"})
        assert words in (await one.browser.get("/")).text

    play(go)


def test_an_exception_says_first_what_allows_it(played: Played) -> None:
    async def go() -> None:
        one = await seated(played)
        page = (await one.browser.get("/pompa/1/izin")).text
        assert "Tempelkan dulu kartu pengawas di pompa 1" in page
        assert 'name="armed"' not in page
        assert '<option value="DH 77 X">bkad</option>' in page
        assert "Daftar: 3 kendaraan" in page
        assert "paling banyak 20,0 L sekali, 40,0 L sehari" in page
        played.says(armed=77, code="override")
        assert 'name="armed" value="77"' in (await one.browser.get("/pompa/1/izin")).text
        assert "Isi alasan izin khusus" in (await one.browser.get("/")).text
        one.answer = Answer(refused="pump 1: limit_day", code="limit_day")
        got = await one.send("/pompa/1/izin")
        assert "Batas pengisian tercapai" in got.text

    play(go)


def test_the_first_page_says_that_no_shift_is_open(played: Played) -> None:
    async def go() -> None:
        one = await seated(played)
        words = "Tidak ada giliran yang terbuka"
        assert words not in (await one.browser.get("/")).text
        newest = played.console.feed.newest
        assert newest is not None
        played.console.feed.newest = msgspec.structs.replace(newest, shift_open=False)
        home = (await one.browser.get("/")).text
        assert words in home
        assert "lembar giliran berikutnya" in home

    play(go)


def test_fills_at_other_stations_wait_for_their_receipts(played: Played) -> None:
    async def go() -> None:
        one = await seated(played)
        page = (await one.browser.get("/nyatakan")).text
        for words in (
            "DH 1001 A",
            "spbu-54",
            "Pertamax, paling banyak 20,00 L",
            f'href="{DECLARE}"',
        ):
            assert words in page
        newest = played.console.feed.newest
        assert newest is not None
        played.console.feed.newest = msgspec.structs.replace(newest, undeclared=3)
        assert "3 pengisian di SPBU lain menunggu struknya" in (await one.browser.get("/")).text
        gone = await one.browser.get("/nyatakan/00112233445566aa-8")
        assert "Pengisian itu sudah dicatat atau dibatalkan" in gone.text
        values: dict[str, int | str] = {"first_ml": 20_500, "second_ml": 20_501}
        one.answer = Answer(refused="x", code="litres_differ", values=values)
        got = await one.send(DECLARE)
        assert "Liter berbeda: 20,5 L, lalu 20,501 L." in got.text
        one.answer = Answer(done=DONE[DECLARE] | {"beyond_ml": 500})
        await one.send(DECLARE)
        assert "0,50 L lebih dari yang boleh dilayani" in (await one.browser.get("/nyatakan")).text

    play(go)
