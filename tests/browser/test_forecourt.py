"""A newcomer at the demo's page: pumps, cards, cuts and kills, by what the page shows alone."""

import re
import signal
import socket
import subprocess
from collections.abc import Iterator

import pytest

from tests.browser.eyes import WIDTHS, Eyes
from tests.demo.conftest import REPOSITORY, TAKAR

END_S = 20
"""A deadline against hanging."""


class Demo:
    """`takar demo` without a terminal and without its tour."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [*TAKAR, "demo", "--no-tour"],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline() + self.process.stdout.readline()
        found = re.search(r"open (\S+)/ · console (\S+)/ \(sign in as demo, code (\S+)\)", said)
        assert found is not None, said
        self.page, self.console, self.code = found.groups()

    def end(self) -> None:
        """Ctrl-C, with the page still open."""
        self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=END_S)
        assert "Traceback" not in rest
        for address in (self.page, self.console):
            with socket.socket() as probe:
                assert probe.connect_ex(("127.0.0.1", int(address.rpartition(":")[2]))) != 0


@pytest.fixture
def demo(eyes: Eyes) -> Iterator[Demo]:
    demo = Demo()
    eyes.base = demo.page
    eyes.wide(1280, 900)
    eyes.open("/")
    eyes.until("the page to be ours", "document.getElementById('yours').disabled === false")
    yield demo
    if demo.process.poll() is None:
        demo.process.kill()


class Hands:
    """At one pump."""

    def __init__(self, eyes: Eyes, pump: int) -> None:
        self._eyes = eyes
        self._at = f'[data-pump="{pump}"]'

    def press(self, which: str) -> None:
        """Once it can be pressed, as a person sees."""
        button = f"document.querySelector('{self._at} {which}')"
        ready = f'!{button}.disabled && {button}.getAttribute("aria-disabled") !== "true"'
        self._eyes.until(f"{which} to be possible", ready)
        self._eyes.run(f"{button}.click()")

    def state(self, wanted: str) -> None:
        self._eyes.until(
            f"{self._at} {wanted}",
            f"document.querySelector('{self._at} [data-say=state]').innerText === '{wanted}'",
        )

    def begin(self) -> None:
        """With the card in hand, until fuel has flowed for a while."""
        self.press("[data-tap]")
        self.state("AUTHORISED")
        self.press("[data-simple=lift]")
        self.press('[data-percent="100"]')
        filled = f"document.querySelector('{self._at} [data-say=filled]').textContent"
        self._eyes.until("a litre", f"parseFloat({filled}.replace(',', '.')) >= 1")


def figures(eyes: Eyes) -> list[str]:
    return [eyes.part(f"[data-book={name}_ml]") for name in ("dispensed", "recorded", "central")]


def switch(eyes: Eyes, name: str, words: str) -> None:
    """Press it, and wait until it says what it would do next."""
    eyes.run(f"document.querySelector('[data-switch={name}]').click()")
    eyes.until(words, f"document.querySelector('[data-switch={name}]').innerText === '{words}'")


def books(eyes: Eyes, kind: str) -> None:
    eyes.until(f"{kind} books", f"document.querySelector('.books').dataset.kind === '{kind}'")


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
    assert dispensed == recorded
    assert central == "0,00 L"
    switch(eyes, "network", "Cut the network")
    books(eyes, "equal")
    assert len(set(figures(eyes))) == 1

    first.begin()
    switch(eyes, "gateway", "Start the gateway")
    first.state("NO GATEWAY")
    switch(eyes, "gateway", "Kill the gateway")
    first.press("[data-simple=hang]")
    books(eyes, "equal")
    dispensed, recorded, central = figures(eyes)
    assert dispensed == recorded == central
    assert int(dispensed.partition(",")[0]) >= 2

    for width in WIDTHS:
        eyes.wide(width)
        assert eyes.overflowing() == [], width
    assert eyes.violations() == []
    eyes.run("document.querySelector('[data-title=Unknown]').click()")
    Hands(eyes, 2).press("[data-tap]")
    Hands(eyes, 2).state("REFUSED")
    assert "Card not registered" in eyes.part('[data-pump="2"] .state')
    demo.end()
    eyes.until("words that it is over", "!document.getElementById('over').hidden")
    eyes.complaints()  # of streams that ended
