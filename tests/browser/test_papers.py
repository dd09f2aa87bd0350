"""A shift's sheet and a receipt in a real browser: on the screen, and as they would be printed."""

import shutil
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from gateway.core.facts import Fact
from gateway.core.shift import closing, opening
from tests.browser.eyes import WIDTHS, Eyes
from tests.browser.played import PlayedGateway, sign_in
from tests.core.ledger_of import balance_of
from tests.core.shifts import sold
from tests.gateway.paper.conftest import Write, write  # noqa: F401
from tests.gateway.store.samples import grant, refusal

A4_PX = 718
"""Between the margins: 180 mm at 96 dots an inch, and the page's padding."""
LONG = "dinas-pekerjaan-umum-dan-penataan-ruang"


@pytest.fixture
def papers(played: PlayedGateway, eyes: Eyes, write: Write) -> PlayedGateway:  # noqa: F811
    facts: list[Fact] = [grant(1, 10_000_000)]
    facts.append(opening(balance_of(*facts).shift, "Ama Nalle", {1: 184_203_500, 2: 0}))
    facts += [sold(n, 38_500, pump=n % 2 + 1, department=LONG) for n in range(1, 5)]
    facts.append(refusal(1))
    facts.append(closing(balance_of(*facts).shift, "Beni", {1: 184_280_500, 2: 77_000}))
    ledger: Path = write(facts)
    for file in ledger.parent.glob("ledger.sqlite3*"):
        shutil.copy(file, played.folder / "gateway")
    eyes.base = played.at
    played.says()
    sign_in(eyes)
    return played


def test_a_sheet_at_every_width_and_on_paper(papers: PlayedGateway, eyes: Eyes) -> None:
    eyes.open("/giliran/1")
    eyes.sees("Lembar giliran no. 1")
    for width in WIDTHS:
        eyes.wide(width)
        assert eyes.overflowing() == [], width
    assert eyes.violations() == []
    eyes.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    eyes.wide(A4_PX)
    assert eyes.overflowing() == []
    said = eyes.text()
    assert "Yang menyerahkan" in said
    assert "Keluar" not in said
    assert "Simpan PDF" not in said
    wider = "one => one.scrollWidth > one.clientWidth"
    cut_off = f"return [...document.querySelectorAll('.figures')].filter({wider}).length"
    assert eyes.run(cut_off) == 0, "a table is cut off on paper"
    eyes.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_a_receipt_by_keyboard(papers: PlayedGateway, eyes: Eyes) -> None:
    eyes.open("/penjualan")
    eyes.sees("38,50 L")
    eyes.tab_to("Berakhir karena")  # the table, which can be scrolled; the first link is in it
    eyes.press(Keys.TAB, Keys.ENTER)
    eyes.sees("PRATINJAU")
    for width in WIDTHS:
        eyes.wide(width)
        assert eyes.overflowing() == [], width
        wider = (
            "[...document.querySelectorAll('.strip pre')].some(p => p.scrollWidth > p.clientWidth)"
        )
        assert not eyes.run(f"return {wider}"), f"figures are cut off at {width} px"
    assert eyes.violations() == []
    eyes.tab_to("Cetak")
    eyes.press(Keys.ENTER)
    eyes.until("the receipt itself", "!document.body.innerText.includes('PRATINJAU')")
    eyes.sees("kupang-01-6-")
    assert "SALINAN" not in eyes.text()
    assert eyes.violations() == []
    eyes.tab_to("English")
    eyes.press(Keys.ENTER)
    eyes.sees("PREVIEW")
