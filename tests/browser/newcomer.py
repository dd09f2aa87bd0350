"""The demo as a newcomer has it: its page, and hands that press what can be pressed there."""

import re
import signal
import socket
import subprocess

from tests.browser.eyes import Eyes
from tests.demo.conftest import REPOSITORY, TAKAR

TRIES = 5
END_S = 60
"""A deadline against hanging."""


class Demo:
    """`takar demo` without a terminal and without its tour."""

    def __init__(self, *more: str) -> None:
        self.process = subprocess.Popen(
            [*TAKAR, "demo", "--no-tour", *more],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if line.startswith("takar: console"):
                break
        found = re.search(
            r"open (\S+)/ in .*\n.*console (\S+)/ : sign in as demo, code (\S+)", said
        )
        if found is None:
            self.close()
            raise AssertionError(said)
        self.page, self.console, self.code = found.groups()

    def end(self) -> None:
        """Ctrl-C, with the page still open."""
        self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=END_S)
        assert "Traceback" not in rest
        for address in (self.page, self.console):
            with socket.socket() as probe:
                assert probe.connect_ex(("127.0.0.1", int(address.rpartition(":")[2]))) != 0

    def close(self) -> None:
        """Whatever became of it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=END_S)


class Hands:
    """At one pump."""

    def __init__(self, eyes: Eyes, pump: int) -> None:
        self._eyes = eyes
        self._pump = pump
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

    def begin(self, percent: int = 100, nth: int = 0) -> None:
        """By the card of a vehicle that takes what this pump gives, until a litre has flowed. Where
        this machine stood still for so long that a limiter shut the valve, by the next one."""
        for vehicle in range(nth, nth + TRIES):
            self.take(vehicle)
            self.press("[data-tap]")
            self.state("AUTHORISED")
            self.press("[data-simple=lift]")
            self.press(f'[data-percent="{percent}"]')
            ended = f"{self._said('state')} === 'settling' || {self._said('state')} === 'idle'"
            self._eyes.until("a litre", f"{self._flowed(1.0)} || {ended}")
            if self._eyes.run(f"return {self._flowed(1.0)}"):
                return
            self.press("[data-simple=hang]")
            self.state("IDLE")
        raise AssertionError("no fill goes on: see the log of its gateway")

    def take(self, nth: int) -> None:
        """A card in hand."""
        group = f'[role=radiogroup][aria-label$="(pump {self._pump})"] input'
        self._eyes.run(
            f"const all = document.querySelectorAll('{group}'); all[{nth} % all.length].click()"
        )

    def filled(self, litres: float) -> None:
        self._eyes.until(f"{litres} L", self._flowed(litres))

    def _flowed(self, litres: float) -> str:
        return f"parseFloat({self._said('filled')}.replace(',', '.')) >= {litres}"

    def _said(self, what: str) -> str:
        return f"document.querySelector('{self._at} [data-say={what}]').textContent"


def take(eyes: Eyes, title: str) -> None:
    """A card in hand, by what stands on it, or the first that begins so."""
    eyes.run(f"document.querySelector('[data-title^=\"{title}\"]').click()")


def figures(eyes: Eyes) -> list[str]:
    return [eyes.part(f"[data-book={name}_ml]") for name in ("dispensed", "recorded", "central")]


def switch(eyes: Eyes, name: str, words: str) -> None:
    """Press it, and wait until it says what it would do next, and has done it."""
    button = f"document.querySelector('[data-switch={name}]')"
    eyes.run(f"{button}.click()")
    done = f"{button}.innerText === '{words}' && !{button}.hasAttribute('aria-busy')"
    eyes.until(words, done)


def books(eyes: Eyes, kind: str) -> None:
    eyes.until(f"{kind} books", f"document.querySelector('.books').dataset.kind === '{kind}'")
