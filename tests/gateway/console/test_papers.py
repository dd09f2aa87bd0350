"""A shift's sheet on the console, for who is signed in: as a page and as PDF."""

from pathlib import Path

import pytest

from gateway.core.facts import Fact
from gateway.core.shift import closing, opening
from tests.core.ledger_of import balance_of
from tests.core.shifts import sold
from tests.gateway.console.asgi import played as play
from tests.gateway.console.conftest import Played
from tests.gateway.paper.conftest import Write, write  # noqa: F401
from tests.gateway.store.samples import grant


@pytest.fixture
def shift(played: Played, write: Write) -> Path:  # noqa: F811
    facts: list[Fact] = [grant(1), opening(balance_of().shift, "<i>Ama", {1: 0})]
    facts.append(sold(1, 10_000))
    ledger = write([*facts, closing(balance_of(*facts).shift, "B", {1: 10_000})])
    played.console.ledger = ledger
    return ledger


def test_the_page_and_the_pdf(played: Played, shift: Path) -> None:
    async def look() -> None:
        browser = await played.signed_in()
        page = await browser.get("/giliran/1")
        assert page.status == 200
        assert "Lembar giliran no. 1" in page.text
        assert "&lt;i&gt;Ama" in page.text
        assert page.text.count("Rp 129.500") == 7
        assert "Shift sheet no. 1" in (await browser.get("/giliran/1?bahasa=en")).text
        pdf = await browser.get("/giliran/1.pdf?bahasa=id")
        assert (pdf.status, pdf.headers["content-type"]) == (200, "application/pdf")
        assert pdf.headers["content-disposition"] == 'inline; filename="giliran-kupang-01-1.pdf"'
        assert pdf.text.startswith("%PDF-")

    play(look)


@pytest.mark.parametrize("path", ["/giliran/1", "/giliran/1.pdf"])
def test_nobody_sees_it_without_signing_in(played: Played, shift: Path, path: str) -> None:
    async def look() -> None:
        page = await played.browser().get(path)
        assert (page.status, page.headers["location"]) == (303, "/masuk")

    play(look)


def test_one_that_is_not_there_and_a_ledger_that_is_not_there(played: Played) -> None:
    async def look() -> None:
        browser = await played.signed_in()
        gone = await browser.get("/giliran/1")
        assert (gone.status, "Pembukuan tidak terbaca" in gone.text) == (503, True)

    play(look)


def test_a_shift_that_was_not_closed(played: Played, shift: Path) -> None:
    async def look() -> None:
        browser = await played.signed_in()
        for path in ("/giliran/2", "/giliran/2.pdf", "/giliran/0"):
            page = await browser.get(path)
            assert (page.status, "belum ditutup" in page.text) == (404, True)
        assert (await browser.get("/giliran/x")).status == 404

    play(look)


def test_paper_that_cannot_be_made_is_said(
    played: Played, shift: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.paper.work.sys.executable", "/bin/false")

    async def look() -> None:
        page = await (await played.signed_in()).get("/giliran/1.pdf")
        assert (page.status, "Kertas tidak jadi" in page.text) == (503, True)

    play(look)
