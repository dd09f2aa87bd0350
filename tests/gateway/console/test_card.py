"""A card at the reader, as the browser that waits for it sees it."""

from typing import Any

from gateway.console.access.attempts import FREE_FAILURES
from gateway.console.console import SESSION
from gateway.runtime.control import Answer
from gateway.runtime.requests import BeginSignIn, ConfirmSignIn
from tests.gateway.console.asgi import Browser
from tests.gateway.console.asgi import played as play
from tests.gateway.console.conftest import Played

TICKET = "0" * 32
BEGUN = Answer(done={"ticket": TICKET, "seconds": 60})
TAPPED = Answer(done={"tapped": True})
RIGHT = Answer(done={"by": "ama", "kind": "attendant"})
TWICE = Answer(refused="x", code="digits_wrong", values={"tries": 0})


async def begin(played: Played, browser: Browser) -> Any:
    token = (await browser.get("/masuk")).token
    played.answer = BEGUN
    got = await browser.post("/masuk/kartu", {"token": token, "pump": "2"})
    played.answer = Answer(done={"tapped": False})
    return got


async def tapped(played: Played, browser: Browser) -> dict[str, str]:
    """The fields of the page that asks for the digits."""
    assert (await begin(played, browser)).headers["location"] == "/masuk/kartu"
    played.answer = TAPPED
    page = await browser.get("/masuk/kartu")
    assert "Ketik angka di layar pompa 2" in page.text
    return {"token": page.token}


def test_the_card_and_its_digits_open_the_console(played: Played) -> None:
    async def go() -> None:
        browser = played.browser()
        await begin(played, browser)
        assert played.asked == [BeginSignIn(2, "192.168.1.5")]
        page = await browser.get("/masuk/kartu")
        assert "Tempelkan kartu Anda di pompa 2" in page.text
        assert TICKET not in page.text
        played.answer = TAPPED
        assert "event: leave" in (await browser.get("/masuk/kartu/aliran")).text
        page = await browser.get("/masuk/kartu")
        assert SESSION not in browser.cookies, "the tap alone signs nobody in"
        fields = {"token": page.token, "digits": "47 11-22"}
        before = dict(browser.cookies)
        played.answer = RIGHT
        got = await browser.post("/masuk/kartu/angka", fields)
        assert got.headers["location"] == "/"
        assert ConfirmSignIn(TICKET, "192.168.1.5", "471122") in played.asked
        home = await browser.get("/")
        assert "Petugas: ama" in home.text
        await browser.post("/keluar", {"token": home.token})
        browser.cookies = before
        assert (await browser.get("/masuk/kartu")).headers["location"] == "/masuk"
        got = await browser.post("/masuk/kartu/angka", fields)
        assert (got.status, SESSION in browser.cookies) == (403, False), "once, with any cookie"

    play(go)


def test_the_card_signs_in_no_other_browser(played: Played) -> None:
    async def go() -> None:
        mine, theirs = played.browser(), played.browser("192.168.1.6")
        fields = await tapped(played, mine)
        played.answer = RIGHT
        token = (await theirs.get("/masuk")).token
        got = await theirs.post("/masuk/kartu/angka", {"token": token, "digits": "471122"})
        assert got.status == 403
        theirs.cookies = dict(mine.cookies)
        got = await theirs.post("/masuk/kartu/angka", fields | {"digits": "471122"})
        assert got.status == 403, "the same cookie from another address"
        assert SESSION not in theirs.cookies

    play(go)


def test_wrong_digits_end_it_at_the_second_time(played: Played) -> None:
    async def go() -> None:
        browser = played.browser()
        fields = await tapped(played, browser)
        asked = len(played.asked)
        got = await browser.post("/masuk/kartu/angka", fields | {"digits": "12345"})
        assert "Ketik enam angka" in got.text
        assert len(played.asked) == asked
        played.answer = Answer(refused="x", code="digits_wrong", values={"tries": 1})
        got = await browser.post("/masuk/kartu/angka", fields | {"digits": "000000"})
        assert "Tinggal satu kali lagi" in got.text
        played.answer = TWICE
        got = await browser.post("/masuk/kartu/angka", fields | {"digits": "000001"})
        assert "sudah berakhir" in got.text
        assert (await browser.get("/masuk/kartu")).headers["location"] == "/masuk"

    play(go)


def test_a_pump_where_another_waits_is_said(played: Played) -> None:
    async def go() -> None:
        browser = played.browser()
        token = (await browser.get("/masuk")).token
        played.answer = Answer(refused="pump 2: another browser waits for a card there")
        got = await browser.post("/masuk/kartu", {"token": token, "pump": "2"})
        assert got.status == 400
        assert "peramban lain sedang menunggu" in got.text
        assert (await browser.get("/masuk/kartu")).headers["location"] == "/masuk"

    play(go)


def test_a_sign_in_that_the_gateway_has_forgotten_begins_anew(played: Played) -> None:
    async def go() -> None:
        browser = played.browser()
        await begin(played, browser)
        played.answer = Answer(refused="no sign-in waits by this ticket: begin again")
        await browser.get("/masuk/kartu")
        assert (await browser.get("/masuk/kartu")).headers["location"] == "/masuk"

    play(go)


def test_who_begins_again_and_again_keeps_nobody_out_for_ever(played: Played) -> None:
    async def go() -> None:
        browser = played.browser()
        for _ in range(FREE_FAILURES):
            assert (await begin(played, browser)).status == 303
        got = await begin(played, browser)
        assert got.status == 400
        assert "Terlalu banyak percobaan" in got.text
        assert (await begin(played, played.browser("192.168.1.6"))).status == 303

    play(go)


def test_a_pump_that_is_none_of_ours(played: Played) -> None:
    async def go() -> None:
        browser = played.browser()
        token = (await browser.get("/masuk")).token
        got = await browser.post("/masuk/kartu", {"token": token, "pump": "3"})
        assert got.status == 400
        assert played.asked == []

    play(go)
