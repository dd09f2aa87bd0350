"""Receipts on the console, for who is signed in: on a printer, or as a page."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from gateway.config.types import ReceiptSettings
from gateway.paper.printed import Printed
from gateway.paper.work import MakePdf, NotMade, Print, Workshop
from hardware.receipt_printer.slip import laid_out
from tests.core.shifts import sold
from tests.gateway.console.asgi import Browser, Got
from tests.gateway.console.asgi import played as play
from tests.gateway.console.conftest import Played
from tests.gateway.paper.conftest import Write, write  # noqa: F401
from tests.gateway.runtime.test_small_display import SALE as LAST
from tests.gateway.store.samples import INCARNATION, grant


@pytest.fixture
def sales(played: Played, write: Write) -> Path:  # noqa: F811
    ledger = write([grant(1), sold(1, 10_000), sold(2, 20_000)])
    played.console.ledger = ledger
    return ledger.parent


class Printer(Workshop):
    """Prints at once, or as `does` says."""

    def __init__(self) -> None:
        super().__init__()
        self.printed: list[str] = []
        self.does: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def do(self, work: MakePdf | Print) -> bytes:
        await self.does(0)
        assert isinstance(work, Print)
        self.printed.append("\n".join(line.text for line in laid_out(work.slip.lines, 32)))
        return b""


@pytest.fixture
def printer(played: Played, sales: Path) -> Printer:
    settings = ReceiptSettings(connection="file", device="/dev/usb/lp0", heading="BKAD")
    console = played.console
    console.config = msgspec.structs.replace(console.config, receipt_printer=settings)
    made = console.workshop = Printer()
    return made


async def receipt(browser: Browser, sale: int) -> Got:
    """Looked at, and then printed."""
    page = await browser.get(f"/penjualan/{sale}/struk")
    if page.status != 200:
        return page
    assert "PRATINJAU" in page.text
    return await browser.post(f"/penjualan/{sale}/struk", form_in(page))


def form_in(page: Got) -> dict[str, str]:
    (once,) = re.findall(r'name="once" value="(\w+)"', page.text)
    return {"token": page.token, "once": once}


def test_each_sale_has_a_link_and_without_a_printer_it_is_a_page(
    played: Played, sales: Path
) -> None:
    async def look() -> None:
        browser = await played.signed_in()
        page = await browser.get("/penjualan")
        assert page.text.count("/struk") == 2
        assert f"/penjualan/{INCARNATION}-1/struk" in page.text
        assert "kupang-01-2-" in (await browser.get(f"/penjualan/{INCARNATION}-1/struk")).text
        first = await receipt(browser, 2)
        assert (first.status, "kupang-01-2-" in first.text) == (200, True)
        assert "Rp 129.500" in first.text
        assert '<path d="M4 4h1v1h-1z' in first.text
        assert not re.search("SALINAN|PRATINJAU", first.text)
        assert "SALINAN" in (await receipt(browser, 2)).text
        assert "SALINAN" not in (await receipt(browser, 3)).text

    play(look)


def test_on_the_printer_with_what_is_left_of_the_quota(played: Played, printer: Printer) -> None:
    last = msgspec.structs.replace(LAST, sale=sold(2, 1).sale, left_ml=7_500)
    played.says(last_sale=last)

    async def look() -> None:
        browser = await played.signed_in()
        told = ["Struk dicetak.", "sebagai salinan", "Struk dicetak."]
        for sale, words in zip((3, 3, 2), told, strict=True):
            done = await receipt(browser, sale)
            assert (done.status, done.headers["location"]) == (303, "/penjualan")
            text = printer.printed[-1]
            assert ("SALINAN" in text) is (words == told[1])
            assert ("Sisa jatah di sini        7,50 L" in text) is (sale == 3)
            assert words in (await browser.get("/penjualan")).text
        assert "BKAD" in text

    play(look)


def test_a_form_that_is_sent_twice_prints_once(played: Played, printer: Printer) -> None:
    async def look() -> None:
        browser = await played.signed_in()
        form = form_in(await browser.get("/penjualan/2/struk"))
        for _ in range(2):
            assert (await browser.post("/penjualan/2/struk", form)).status == 303
        assert len(printer.printed) == 1

    play(look)


@pytest.mark.parametrize("begun", [False, True])
def test_a_printer_that_fails_is_said_and_the_next_is_a_copy_if_it_had_begun(
    played: Played, printer: Printer, *, begun: bool
) -> None:
    async def fail(_seconds: float) -> None:
        raise NotMade("no paper", begun=begun)

    async def look() -> None:
        browser = await played.signed_in()
        printer.does = fail
        await receipt(browser, 2)
        said = (await browser.get("/penjualan")).text
        assert ("periksa kertas" in said, "Pencetak berhenti" in said) == (not begun, begun)
        printer.does = asyncio.sleep
        await receipt(browser, 2)
        assert ("SALINAN" in printer.printed[0]) is begun

    play(look)


def test_one_that_hangs_holds_up_no_page_and_no_stop(played: Played, printer: Printer) -> None:
    async def look() -> None:
        began, goes_on = asyncio.Event(), asyncio.Event()

        async def hang(_seconds: float) -> None:
            began.set()
            await goes_on.wait()

        printer.does = hang
        browser = await played.signed_in()
        form = form_in(await browser.get("/penjualan/2/struk"))
        waits = asyncio.create_task(receipt(browser, 2))
        await began.wait()
        assert (await browser.get("/penjualan")).status == 200
        assert (await browser.post("/pompa/1/henti", form)).status == 303
        assert not waits.done()
        goes_on.set()
        await waits
        assert "Struk dicetak" in (await browser.get("/penjualan")).text

    play(look)


def test_where_nobody_can_tell_it_is_a_copy(played: Played, sales: Path) -> None:
    played.console.printed = Printed(sales / "none")

    async def look() -> None:
        assert "SALINAN" in (await receipt(await played.signed_in(), 2)).text

    play(look)


def test_only_a_form_of_ours_prints_and_only_sales(played: Played, sales: Path) -> None:
    async def look() -> None:
        stranger = await played.browser().post("/penjualan/2/struk", {"token": "x"})
        assert (stranger.status, stranger.headers["location"]) == (303, "/masuk")
        browser = await played.signed_in()
        assert (await browser.post("/penjualan/2/struk", {"token": "x"})).status == 400
        token = (await browser.get("/penjualan/2/struk")).token
        assert (await browser.post("/penjualan/2/struk", {"token": token})).status == 400
        for nothing in (1, 4, 10**30, 10**50):
            missing = await receipt(browser, nothing)
            assert (missing.status, "tidak ada di buku" in missing.text) == (404, True)
        assert not (sales / "receipts.sqlite3").exists()

    play(look)
