"""The attendant's forms: in whose name what is asked, and what a form that is broken, old, doubled
or signed out gets."""

import asyncio
import re

import pytest

from gateway.console.console import SESSION
from gateway.runtime.control import Answer
from gateway.runtime.requests import (
    CancelDeclaration,
    ChooseOverride,
    ChoosePreset,
    CloseShift,
    Declare,
    EnterVoucher,
    OpenShift,
    Request,
    Typed,
)
from tests.gateway.console.asgi import played as play
from tests.gateway.console.conftest import NAME, Played
from tests.gateway.console.desk import (
    CANCEL,
    CHARGED,
    DECLARE,
    DONE,
    FILLED,
    PAGES,
    SALE,
    SHUT,
    VOUCHER,
    hidden,
    seated,
)


@pytest.mark.parametrize(
    ("path", "typed", "asked"),
    [
        (
            "/voucher",
            VOUCHER,
            EnterVoucher("A-0001", "dh 1001 a", 12_500, "2026-11-20T06:05:00.000Z", 2, NAME),
        ),
        ("/giliran", {}, OpenShift(NAME)),
        ("/giliran/tutup", {}, CloseShift(NAME, 7)),
        ("/pompa/1/jumlah", {"amount": "20", "unit": "l"}, ChoosePreset(1, 20_000)),
        ("/pompa/2/jumlah", {"amount": "100.000", "unit": "idr"}, ChoosePreset(2, None, 100_000)),
        ("/pompa/1/jumlah", {"amount": "", "nothing": "1"}, ChoosePreset(1)),
        (
            "/pompa/1/izin",
            {"reason": "other", "text": " tamu  ", "plate": "dh 1001 a", "by": "me"},
            ChooseOverride(1, "other", "tamu", "dh 1001 a", NAME, 77),
        ),
        (
            DECLARE,
            FILLED[DECLARE],
            Declare(SALE, Typed("a-1", 20_500, NAME), Typed("A-1", 20_500, NAME)),
        ),
        (CANCEL, {"why": " antre"}, CancelDeclaration(SALE, NAME, "antre")),
        ("/pompa/1/izin", {"reason": "journey"}, ChooseOverride(1, "journey", "", None, NAME, 77)),
    ],
)
def test_what_is_typed_is_asked_for_by_who_signed_in_once(
    played: Played, path: str, typed: dict[str, str], asked: Request
) -> None:
    async def go() -> None:
        one = await seated(played)
        played.says(armed=77)
        if path == "/giliran":
            one.shift = SHUT
        one.answer = Answer(done=DONE[path.replace("/2/", "/1/")])
        fields = await one.fill(path, typed)
        got, again = await asyncio.gather(*(one.browser.post(path, fields) for _ in range(2)))
        assert (got.status, again.status) == (303, 303), (got.text, again.text)
        later = await one.browser.post(path, fields)
        assert later.headers["location"] == got.headers["location"]
        assert played.asked == [asked]
        shown = await one.browser.get(got.headers["location"])
        assert len(re.findall('class="note" role="status"', shown.text)) == 1, "said once"

    play(go)


@pytest.mark.parametrize("path", PAGES)
def test_a_refusal_brings_the_form_back_with_what_was_typed(played: Played, path: str) -> None:
    async def go() -> None:
        one = await seated(played)
        if path == "/giliran":
            one.shift = SHUT
        one.answer = Answer(refused="of a later version", code="something_new")
        got = await one.send(path)
        assert got.status == 409
        assert "Pompa menolak permintaan ini. Tidak ada yang diubah." in got.text
        for name, text in FILLED[path].items():
            if name in ("reason", "unit", "pump"):
                assert re.search(rf'value="{text}"[^>]* checked', got.text), name
            else:
                assert f'value="{text}"' in got.text, name
        one.answer = Answer(done=DONE[path])
        again = await one.browser.post(path, hidden(got, path) | FILLED[path])
        assert again.status == 303, "it can be sent once more"

    play(go)


@pytest.mark.parametrize(
    ("path", "typed", "words"),
    [
        ("/voucher", {"serial": ""}, "Nomor kupon: belum diisi"),
        ("/voucher", {"serial": "A" * 30}, "Nomor kupon: tidak dapat dipakai"),
        ("/voucher", {"litres": "1.000"}, "Liter: tulis 1000, atau koma"),
        ("/voucher", {"litres": "9000"}, "Liter: tidak dapat dipakai"),
        ("/voucher", {"litres": "banyak"}, "Liter: tulis angka"),
        ("/voucher", {"sold": "kemarin"}, "Tanggal dan jam: tulis seperti"),
        ("/voucher", {"plate": "x" * 201}, "Isian terlalu panjang"),
        ("/voucher", {"plate": "x" * 41}, "Nomor polisi atau nomor aset: tidak dapat dipakai"),
        ("/pompa/1/jumlah", {"amount": "1,2,3"}, "Liter: tulis angka"),
        ("/pompa/1/jumlah", {"amount": "1e5", "unit": "idr"}, "Rupiah: tulis angka bulat"),
        (DECLARE, {"litres_2": ""}, "Liter lagi: belum diisi"),
        (DECLARE, {"receipt_2": "x" * 61}, "Nomor struk: tidak dapat dipakai"),
        ("/pompa/1/izin", {"reason": ""}, "Alasan: belum diisi"),
        ("/pompa/1/izin", {"reason": "friendship"}, "Alasan: tidak dapat dipakai"),
        ("/pompa/1/izin", {"text": "x" * 300}, "Isian terlalu panjang"),
        ("/pompa/1/izin", {"token": "0"}, "Formulir ini sudah lama"),
        ("/giliran/tutup", {"token": "0"}, "Formulir ini sudah lama"),
    ],
)
def test_what_cannot_be_asked_for_is_said_and_changes_nothing(
    played: Played, path: str, typed: dict[str, str], words: str
) -> None:
    async def go() -> None:
        one = await seated(played)
        got = await one.send(path, FILLED[path] | typed)
        assert got.status == 400
        assert words in got.text
        assert 'role="alert"' in got.text
        kept = FILLED[path] | typed
        for name in ("serial", "text", "amount"):
            if kept.get(name) and "token" not in typed:
                assert kept[name][:200] in got.text, "what was typed is not lost"
        assert played.asked == []

    play(go)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("changed", "status"),
    [({"once": ""}, 400), ({"number": "8' --"}, 400), ({"armed": "-1"}, 400), ({"pump": "9"}, 400)],
)
def test_what_the_page_itself_had_put_there_is_not_to_be_changed(
    played: Played, path: str, changed: dict[str, str], status: int
) -> None:
    async def go() -> None:
        one = await seated(played)
        one.answer = Answer(done=DONE[path])
        fields = await one.fill(path)
        if not changed.keys() & {*fields, "once"}:
            return
        got = await one.browser.post(path, fields | changed)
        assert got.status == status
        assert played.asked == []

    play(go)


@pytest.mark.parametrize("path", ["/voucher", "/pompa/1/izin", "/pompa/1/jumlah", DECLARE, CANCEL])
def test_who_was_signed_out_meanwhile_gets_back_what_was_typed(played: Played, path: str) -> None:
    async def go() -> None:
        one = await seated(played)
        fields = await one.fill(path)
        del one.browser.cookies[SESSION]
        got = await one.browser.post(path, fields)
        assert got.status == 403
        assert "Formulir ini sampai setelah Anda keluar. Tidak ada yang diubah." in got.text
        for name, text in FILLED[path].items():
            assert not text or f"<dd>{text}</dd>" in got.text, name
        assert fields["token"] not in got.text
        assert played.asked == []
        foreign = await one.browser.post(path, fields, sec_fetch_site="cross-site")
        assert "<dd>" not in foreign.text, "a foreign site says nothing here"

    play(go)


def test_a_form_from_before_a_new_sign_in_comes_back_filled(played: Played) -> None:
    async def go() -> None:
        one = await seated(played)
        fields = await one.fill("/voucher")
        one.browser.cookies = (await played.signed_in()).cookies
        got = await one.browser.post("/voucher", fields)
        assert got.status == 400
        assert 'value="a 0001"' in got.text
        one.answer = Answer(done=CHARGED)
        again = await one.browser.post("/voucher", hidden(got, "/voucher") | VOUCHER)
        assert again.status == 303
        assert len(played.asked) == 1

    play(go)


@pytest.mark.parametrize(
    ("path", "status"), [("/pompa/3/izin", 404), ("/pompa/3/jumlah", 404), ("/pompa/1/meter", 405)]
)
def test_pages_that_are_none(played: Played, path: str, status: int) -> None:
    async def go() -> None:
        one = await seated(played)
        assert (await one.browser.get(path)).status == status
        token = (await one.browser.get("/")).token
        got = await one.browser.post(path.replace("/1/", "/9/"), {"token": token, "once": "1"})
        assert got.status == 404
        assert played.asked == []

    play(go)


@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_a_forms_page_leads_to_signing_in(played: Played, path: str) -> None:
    async def go() -> None:
        got = await played.browser().get(path)
        assert (got.status, got.headers["location"]) == (303, "/masuk")

    play(go)
