"""A card at the reader, as the browser that waits for it sees it."""

from typing import Any

from gateway.console.access.attempts import FREE_FAILURES
from gateway.console.console import SESSION
from gateway.runtime.control import Answer
from gateway.runtime.requests import AskSignIn, BeginSignIn
from tests.gateway.console.asgi import Browser
from tests.gateway.console.asgi import played as play
from tests.gateway.console.conftest import Played

TICKET = "0" * 32
BEGUN = Answer(done={"ticket": TICKET, "pairing": "47", "seconds": 60})


async def begin(played: Played, browser: Browser) -> Any:
    token = (await browser.get("/masuk")).token
    played.answer = BEGUN
    got = await browser.post("/masuk/kartu", {"token": token, "pump": "2"})
    played.answer = Answer(done={"signed_in": False})
    return got


def test_the_digits_are_shown_and_the_card_opens_the_console(played: Played) -> None:
    async def go() -> None:
        browser = played.browser()
        assert (await begin(played, browser)).headers["location"] == "/masuk/kartu"
        assert played.asked == [BeginSignIn(2, "192.168.1.5")]
        page = await browser.get("/masuk/kartu")
        assert ">47<" in page.text
        assert TICKET not in page.text
        played.answer = Answer(done={"signed_in": True, "by": "ama", "kind": "attendant"})
        stream = await browser.get("/masuk/kartu/aliran")
        assert "event: leave" in stream.text
        played.answer = Answer(refused="once only")
        got = await browser.get("/masuk/kartu")
        assert got.headers["location"] == "/"
        assert SESSION in browser.cookies
        assert "Petugas: ama" in (await browser.get("/")).text
        assert AskSignIn(TICKET) in played.asked

    play(go)


def test_the_card_signs_in_no_other_browser(played: Played) -> None:
    async def go() -> None:
        mine, theirs = played.browser(), played.browser("192.168.1.6")
        await begin(played, mine)
        await theirs.get("/masuk")
        played.answer = Answer(done={"signed_in": True, "by": "ama", "kind": "attendant"})
        got = await theirs.get("/masuk/kartu")
        assert got.headers["location"] == "/masuk"
        assert SESSION not in theirs.cookies

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
