"""A newcomer at the demo's page: pumps, cards, cuts and kills, by what the page shows alone."""

from collections.abc import Iterator

import pytest

from tests.browser.eyes import WIDTHS, Eyes
from tests.browser.newcomer import Demo, Hands, books, figures, switch, take


@pytest.fixture
def demo(eyes: Eyes) -> Iterator[Demo]:
    demo = Demo()
    eyes.base = demo.page
    eyes.wide(1280, 900)
    eyes.open("/")
    eyes.until("the page to be ours", "document.getElementById('yours').disabled === false")
    yield demo
    demo.close()


def test_a_newcomer_plays_through_a_day(eyes: Eyes, demo: Demo) -> None:
    first = Hands(eyes, 1)
    first.begin()
    books(eyes, "open")
    eyes.chrome.switch_to.frame(eyes.run("return document.querySelector('iframe')"))
    eyes.until("the driver's litres", "document.querySelector('.flow .number')")
    eyes.chrome.switch_to.default_content()
    switch(eyes, "network", "Mend the network")
    first.press("[data-simple=hang]")
    books(eyes, "waiting")
    dispensed, recorded, central = figures(eyes)
    assert dispensed == recorded != central
    switch(eyes, "network", "Cut the network")
    books(eyes, "equal")
    assert len(set(figures(eyes))) == 1

    first.begin(nth=2)
    switch(eyes, "gateway", "Start the gateway")
    first.state("NO GATEWAY")
    switch(eyes, "gateway", "Kill the gateway")
    first.press("[data-simple=hang]")
    books(eyes, "equal")
    dispensed, recorded, central = figures(eyes)
    assert dispensed == recorded == central
    assert int(dispensed.partition(",")[0]) >= 2

    eyes.run("document.querySelector('[data-open]').click()")
    eyes.until("a third party's station", "document.querySelector('.theirs.is-open')")
    theirs = Hands(eyes, 3)
    theirs.press("[data-tap]")
    theirs.state("RESERVED")
    theirs.press("[data-simple=lift]")
    theirs.press('[data-percent="100"]')
    theirs.filled(0.3)
    theirs.press("[data-simple=hang]")
    eyes.sees("receipt 004811: 0,")
    assert "of the third party's pump wait to be declared" in eyes.part(".books")

    for width in WIDTHS:
        eyes.wide(width)
        assert eyes.overflowing() == [], width
    assert eyes.violations() == []
    take(eyes, "Unknown")
    Hands(eyes, 2).press("[data-tap]")
    Hands(eyes, 2).state("REFUSED")
    assert "Card not registered" in eyes.part('[data-pump="2"] .state')
    demo.end()
    eyes.until("words that it is over", "!document.getElementById('over').hidden")
    eyes.complaints()  # of streams that ended
