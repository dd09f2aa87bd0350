"""Signing in, locking out, and what a hostile or a stale request gets: words, and no change."""

from pathlib import Path

import msgspec
import pytest

from gateway.config.types import ConsoleCode
from gateway.console.access.attempts import (
    FIRST_LOCK_S,
    FORGOTTEN_S,
    FREE_FAILURES,
    FREE_OF_A_NAME,
    Attempts,
)
from gateway.console.access.codes import COST, hashed, matches, new_code, nobodys
from gateway.console.access.guard import MOST_COOKIE_BYTES
from gateway.console.access.sessions import ABSOLUTE_S, IDLE_S, MOST_SESSIONS, Sessions
from gateway.console.console import SESSION
from gateway.runtime.control import Answer
from gateway.runtime.requests import NoteLockOut, NoteSignIn, StopPump
from tests.gateway.console.asgi import played as play
from tests.gateway.console.conftest import CODE, NAME, SCRYPT, Played

SALE = "00112233445566aa-7"
SITE = "http://127.0.0.1:8081"
DISPENSING = {"state": "dispensing", "sale": SALE, "subject": "dh-1", "plate": "DH 1"}


def test_a_code_signs_in_and_the_ledger_is_told(played: Played) -> None:
    async def go() -> None:
        browser = played.browser()
        assert (await browser.get("/")).headers["location"] == "/masuk"
        page = await browser.get("/masuk")
        fields = {"token": page.token, "name": "ama NALLE", "code": " K7MQ x2pa "}
        got = await browser.post("/masuk/kode", fields)
        assert (got.status, got.headers["location"]) == (303, "/")
        cookie = next(c for c in got.cookies if c.startswith(SESSION))
        for part in ("HttpOnly", "SameSite=strict", "Path=/"):
            assert part in cookie
        assert played.asked == [NoteSignIn(NAME, "192.168.1.5")]
        home = await browser.get("/")
        assert home.status == 200
        assert f"Petugas: {NAME}" in home.text
        for secret in (CODE, SCRYPT, browser.cookies[SESSION]):
            assert secret not in home.text

    play(go)


def test_too_many_wrong_codes_lock_and_are_on_record(
    played: Played, caplog: pytest.LogCaptureFixture
) -> None:
    async def go() -> None:
        browser = played.browser()
        token = (await browser.get("/masuk")).token
        for _ in range(FREE_FAILURES):
            got = await browser.post(
                "/masuk/kode", {"token": token, "name": NAME, "code": "aaaa-wrong"}
            )
            assert got.status == 403
            assert "Nama atau kode salah." in got.text
        assert played.asked == [NoteLockOut("192.168.1.5", NAME, FREE_FAILURES, FIRST_LOCK_S)]
        right = {"token": token, "name": NAME, "code": CODE}
        assert "Terlalu banyak percobaan" in (await browser.post("/masuk/kode", right)).text
        other = played.browser("192.168.1.6")
        token = (await other.get("/masuk")).token
        theirs = {"token": token, "name": NAME, "code": CODE}
        assert (await other.post("/masuk/kode", theirs)).status == 303, "not by name yet"
        played.now_s += FIRST_LOCK_S + 1
        assert (await browser.post("/masuk/kode", right)).status == 303

    play(go)
    assert "locked for 60 s" in caplog.text
    for secret in ("aaaa-wrong", CODE, NAME):
        assert secret not in caplog.text


def test_many_addresses_together_lock_a_name() -> None:
    attempts = Attempts(lambda: 0.0)
    for number in range(FREE_OF_A_NAME - 1):
        attempts.failed(f"from 10.0.0.{number}", name="name ama")
    assert attempts.locked_s("name ama") == 0
    assert attempts.failed("from 10.0.1.1", name="name ama") is not None
    assert attempts.locked_s("name ama") == FIRST_LOCK_S
    assert attempts.locked_s("from 10.0.1.1") == 0


def test_failures_are_forgotten_after_an_hour() -> None:
    now_s = 0.0
    attempts = Attempts(lambda: now_s)
    for _ in range(FREE_FAILURES - 1):
        attempts.failed("from 10.0.0.1")
    now_s = FORGOTTEN_S + 1.0
    assert attempts.failed("from 10.0.0.1") is None
    now_s += FORGOTTEN_S - 1
    for _ in range(FREE_FAILURES - 2):
        assert attempts.failed("from 10.0.0.1") is None
    assert attempts.failed("from 10.0.0.1") is not None


def test_too_many_cookies_are_refused_before_anything_reads_them(played: Played) -> None:
    async def go() -> None:
        browser = played.browser()
        fits = "a=" + "x" * (MOST_COOKIE_BYTES - 2)
        assert (await browser.get("/masuk", cookie=fits)).status == 200
        assert (await browser.get("/masuk", cookie=f"{fits}x")).status == 431

    play(go)


def test_an_unknown_name_costs_as_long_and_is_not_written_down(played: Played) -> None:
    async def go() -> None:
        browser = played.browser()
        token = (await browser.get("/masuk")).token
        for _ in range(FREE_FAILURES):
            await browser.post("/masuk/kode", {"token": token, "name": "x'; --", "code": "y"})
        (note,) = played.asked
        assert isinstance(note, NoteLockOut)
        assert note.name == "", "perhaps somebody typed a code there"

    play(go)


def test_a_stop_is_asked_for_in_the_name_of_who_signed_in(played: Played) -> None:
    async def go() -> None:
        browser = await played.signed_in()
        played.says(**DISPENSING)
        home = await browser.get("/")
        assert "HENTIKAN pompa 1" in home.text
        assert "HENTIKAN pompa 2" not in home.text
        fields = {"token": home.token, "sale": SALE, "by": "somebody else"}
        got = await browser.post("/pompa/1/henti", fields)
        assert got.status == 303
        assert played.asked == [StopPump(1, NAME, SALE)]
        assert "Pompa dihentikan." in (await browser.get("/")).text
        assert "Pompa dihentikan." not in (await browser.get("/")).text, "once"

    play(go)


def test_an_old_page_stops_nobody_else(played: Played) -> None:
    async def go() -> None:
        browser = await played.signed_in()
        played.answer = Answer(refused="pump 1: that fill has ended", code="nothing_to_stop")
        token = (await browser.get("/")).token
        await browser.post("/pompa/1/henti", {"token": token, "sale": SALE})
        assert "Pengisian itu sudah berakhir" in (await browser.get("/")).text

    play(go)


LONG = "x" * 5000


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        (b"", {}, "Formulir ini sudah lama"),
        (b"token=0000&sale=", {}, "Formulir ini sudah lama"),
        (b"token=TOKEN&sale=1&sale=2", {}, "tidak terbaca"),
        (b"token=TOKEN&sale=%00", {}, "tidak terbaca"),
        (b"token=TOKEN&sale=%ff", {}, "tidak terbaca"),
        (b"\xff\xfe", {}, "tidak terbaca"),
        (b"token=TOKEN&nothing", {}, "tidak terbaca"),
        (b"&".join(b"a%d=1" % n for n in range(50)), {}, "tidak terbaca"),
        (f"token=TOKEN&sale={LONG}".encode(), {}, "terlalu panjang"),
        (b"token=TOKEN&sale=" + b"y" * 300, {}, "terlalu panjang"),
        (b'{"token": 1}', {"content_type": "application/json"}, "tidak terbaca"),
        (b"token=TOKEN", {"sec_fetch_site": "cross-site"}, "situs lain"),
        (b"token=TOKEN", {"sec_fetch_site": "same-site"}, "situs lain"),
    ],
)
def test_a_form_that_is_not_right_changes_nothing(
    played: Played, body: bytes, headers: dict[str, str], words: str
) -> None:
    async def go() -> None:
        browser = await played.signed_in()
        token = (await browser.get("/")).token.encode()
        got = await browser.post("/pompa/1/henti", body.replace(b"TOKEN", token), **headers)
        assert got.status == 400
        assert words in got.text
        assert played.asked == []

    play(go)


def test_the_form_of_another_browser_is_refused(played: Played) -> None:
    async def go() -> None:
        mine, theirs = await played.signed_in(), await played.signed_in()
        token = (await theirs.get("/")).token
        got = await mine.post("/pompa/1/henti", {"token": token, "sale": ""})
        assert got.status == 400
        assert played.asked == []
        # A sign-in prepared by another: its cookie is not this browser's.
        token = (await played.browser().get("/masuk")).token
        fields = {"token": token, "name": NAME, "code": CODE}
        assert (await played.browser().post("/masuk/kode", fields)).status == 400
        assert played.asked == []

    play(go)


def test_a_form_without_a_session_leads_to_signing_in(played: Played) -> None:
    async def go() -> None:
        got = await played.browser().post("/pompa/1/henti", {"token": "0"})
        assert (got.status, got.headers["location"]) == (303, "/masuk")
        assert played.asked == []

    play(go)


def test_two_tabs_share_a_session_and_its_end(played: Played) -> None:
    async def go() -> None:
        browser = await played.signed_in()
        first, second = await browser.get("/"), await browser.get("/")
        assert first.token == second.token
        stale = dict(browser.cookies)
        assert (await browser.post("/keluar", {"token": first.token})).status == 303
        browser.cookies = stale
        got = await browser.post("/pompa/1/henti", {"token": second.token})
        assert got.headers["location"] == "/masuk"
        assert played.asked == []

    play(go)


@pytest.mark.parametrize("after_s", [IDLE_S + 1, ABSOLUTE_S + 1])
def test_a_page_left_open_overnight_is_signed_out(played: Played, after_s: int) -> None:
    async def go() -> None:
        browser = await played.signed_in()
        token = (await browser.get("/")).token
        step = IDLE_S if after_s > ABSOLUTE_S else after_s
        while played.now_s < after_s:
            played.now_s += step
            await browser.get("/")
        got = await browser.post("/pompa/1/henti", {"token": token})
        assert got.headers["location"] == "/masuk"
        assert played.asked == []
        stream = await browser.get("/aliran")
        assert "event: leave" in stream.text

    play(go)


def test_a_page_that_only_shows_keeps_nobody_signed_in(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    async def later(_seen: int, _within_s: float) -> int:
        looks.append(played.now_s)
        played.now_s += IDLE_S - 10
        played.console.feed.closing = len(looks) > 3
        return 0

    async def go() -> None:
        browser = await played.signed_in()
        monkeypatch.setattr(played.console.feed, "changed", later)
        assert "event: leave" in (await browser.get("/aliran")).text
        assert len(looks) == 2

    play(go)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "", "127.0.0.1.evil.example", "localhost.evil"]
)
def test_a_page_called_by_a_foreign_name_is_not_served(played: Played, host: str) -> None:
    async def go() -> None:
        got = await played.browser().get("/layar/1", host=host)
        assert got.status == 421
        assert "pompa" not in got.text.lower()

    play(go)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080", "Pompa.Local:8080"])
def test_its_own_names_are(tmp_path: Path, host: str) -> None:
    async def go() -> None:
        got = await Played(tmp_path, host_name="pompa.local").browser().get("/layar/1", host=host)
        assert got.status == 200

    play(go)


@pytest.mark.parametrize("path", ["/", "/layar/1", "/masuk", "/nothing", "/static/live.js"])
def test_each_answer_says_what_a_browser_may_do_with_it(played: Played, path: str) -> None:
    async def go() -> None:
        headers = (await played.browser().get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers

    play(go)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/layar/9", 404),
        ("/pompa/1/henti", 405),
        ("/static/../serving.py", 404),
        ("/layar/1?bahasa=tet", 200),
        (f"/layar/1?x={'y' * 2000}", 414),
        ("/penjualan?sebelum=-1", 303),
    ],
)
def test_odd_addresses(played: Played, path: str, status: int) -> None:
    async def go() -> None:
        assert (await played.browser().get(path)).status == status

    play(go)


def test_what_is_typed_is_shown_as_text(played: Played) -> None:
    async def go() -> None:
        browser = await played.signed_in()
        page = await browser.get("/penjualan?cari=%3Cscript%3Ealert(1)%3C/script%3E")
        assert "<script>alert" not in page.text
        assert page.status == 503, "there is no ledger, and that is said"
        assert "Pembukuan tidak terbaca" in page.text

    play(go)


def test_the_language_is_remembered(played: Played) -> None:
    async def go() -> None:
        browser = played.browser()
        assert "Masuk ke konsol" in (await browser.get("/masuk")).text
        assert "Sign in to the console" in (await browser.get("/masuk?bahasa=en")).text
        assert "Sign in to the console" in (await browser.get("/masuk")).text

    play(go)


def test_codes() -> None:
    drawn = {new_code() for _ in range(200)}
    assert len(drawn) == 200
    code = drawn.pop()
    first, second = (hashed(code, (4, 1, 1)) for _ in range(2))
    assert first != second, "salted"
    assert matches(code.upper().replace("-", " "), first)
    cheap = hashed(code, (4, 1, 1))
    assert not matches(code[:-1], cheap)
    assert not matches("", nobodys())
    entry = {"name": "Ama", "scrypt": hashed(code, COST)}
    assert msgspec.convert(entry, ConsoleCode).scrypt == entry["scrypt"]


def test_the_oldest_session_makes_room() -> None:
    sessions = Sessions(lambda: 0.0)
    tokens = [sessions.begin(f"p{n}") for n in range(MOST_SESSIONS + 1)]
    assert sessions.of(tokens[0], used=False) is None
    assert sessions.of(tokens[1], used=False) is not None


@pytest.mark.parametrize("path", ["/", "/masuk", "/layar", "/nothing", "/static/live.js"])
def test_no_page_with_a_button_is_ever_framed(tmp_path: Path, path: str) -> None:
    async def go() -> None:
        got = await Played(tmp_path, framed_by=SITE).browser().get(path)
        assert got.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in got.headers["content-security-policy"]

    play(go)


@pytest.mark.parametrize("site", [None, SITE])
def test_a_display_is_framed_by_the_site_that_the_configuration_names(
    tmp_path: Path, site: str | None
) -> None:
    async def go() -> None:
        got = await Played(tmp_path, framed_by=site).browser().get("/layar/1")
        allowed = site or "'none'"
        assert got.headers["content-security-policy"].endswith(f"; frame-ancestors {allowed}")
        assert ("x-frame-options" in got.headers) == (site is None)

    play(go)
