"""Central, running: sales in, acknowledgements and directives out, each month's grants."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from mqtt.central import directives, epochs, mint_failures
from mqtt.central.central_keys import OwnKey, announcements, statements
from mqtt.central.database import READS_ONLY, read_identity
from mqtt.central.enduring import Enduring
from mqtt.central.handling import Handler
from mqtt.central.minting import Inputs, inputs, mint
from mqtt.central.opening import Opened, open_message
from mqtt.central.passing import passes
from mqtt.central.periods import periods_due
from mqtt.central.receiving import Receipt, Receiving
from mqtt.central.register import repeat_policy
from mqtt.connection import BrokerSettings, Publication
from mqtt.keys import KeyRefused

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
"""How often another process's directives, and what is to be minted, are looked for."""
SPEAK_EVERY = timedelta(days=1)
"""A gateway hears at least so often from us: our newest directive tells it the date, which ends
its doubt of its clock, and that we are there (`offline_days`)."""


def wall_clock() -> datetime:
    return datetime.now(UTC)


class Central:
    """One central for one city. `run` works in the caller's thread until `stop`."""

    def __init__(
        self,
        engine: Engine,
        private: Ed25519PrivateKey,
        settings: BrokerSettings,
        *,
        own_key: OwnKey | None = None,
        acknowledge_every_ms: int = 100,
        only_period: str | None = None,
        on_ready: Callable[[], None] = lambda: None,
        now: Callable[[], datetime] = wall_clock,
        reconnect_s: tuple[int, int] = (1, 60),
        receive: type[Receiving] = Receiving,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`own_key` finds the key to seal with after a change; without it `private` stays.

        `only_period` (YYYY-MM) mints that month and ignores the calendar, for a demo.

        `on_ready` is called after every connect, once all gateways have been told how far
        we are. OSError or ValueError if a file of `settings` is unusable.
        """
        self._engine = engine
        self._handler = Handler(engine, private, now)
        self._zone = read_identity(engine).zone
        self._window_s = acknowledge_every_ms / 1000
        self._only_period = only_period
        self._on_ready = on_ready
        self._now = now
        self._minted_from: dict[str, Inputs] = {}
        """By period: what the newest minting left, so that it is run again only after a change."""
        self._unminting: dict[str, str] = {}
        """By period: why nothing is minted for it, as it was said last."""
        self._mint_again_s: dict[str, float] = {}
        """By period: after a minting that failed, when it is tried again."""
        self._announced: dict[str, tuple[str, int]] = {}
        self._own_key = own_key
        self._told_serial = 0
        """Of the newest word of the root's that gateways were told and we have followed."""
        self._look_at_s = 0.0
        self._went_up = threading.Event()
        self._stopping = threading.Event()
        self._enduring = Enduring(lambda: self._stopping)
        self._monotonic = monotonic
        self._receiving = receive(settings, on_up=self._connected, reconnect_s=reconnect_s)

    def stop(self) -> None:
        """Make `run` return soon. From any thread, or a signal's handler."""
        self._stopping.set()
        self._receiving.wake()

    def run(self) -> None:
        """Mint what is due, connect, and serve until `stop`."""
        self.begin()
        try:
            while not self._stopping.is_set():
                self.turn()
        finally:
            self._receiving.stop()

    def begin(self) -> None:
        """Mint what is due, and connect."""
        self._enduring.attempt("minting", self._mint_due)
        self._receiving.start()

    def turn(self) -> None:
        """Serve what has arrived, or arrives within LOOK_EVERY_S; then look around."""
        group = self._receiving.gather(LOOK_EVERY_S, self._window_s)
        if group:
            self._serve(group)
        self._look_around()

    def _connected(self) -> None:
        self._went_up.set()
        self._receiving.wake()

    def _serve(self, group: list[Receipt]) -> None:
        answers = self._handled([open_message(receipt.message) for receipt in group])
        if answers is not None:
            self._publish(answers)
            self._receiving.acknowledge(group)
            if self._handler.directed:
                self._announce()  # a driver may be waiting for it

    def _handled(self, messages: list[Opened]) -> list[Publication] | None:
        """None if stopped before. What cannot be handled by itself either is said, and passed:
        without our acknowledgement its gateway sends it again."""
        endure = self._enduring
        try:
            return endure.until_durable(lambda: self._handler.handle_opened(messages))
        except DatabaseError as error:
            endure.trouble("messages", f"handled one by one: {error.orig}")
        answers = []
        for one in messages:
            what = f"a message on {one.received.topic[:120]}"
            answers += endure.attempt(what, partial(self._handler.handle_opened, [one])) or []
        endure.over("messages")
        return None if self._stopping.is_set() else answers

    def _look_around(self) -> None:
        went_up = self._went_up.is_set()
        if not went_up and self._monotonic() < self._look_at_s:
            return
        self._look_at_s = self._monotonic() + LOOK_EVERY_S
        attempt = self._enduring.attempt
        attempt("minting", self._mint_due)
        attempt("the date for gateways", self._speak)
        if went_up:
            self._went_up.clear()
            self._told_serial = 0
        if attempt("the keys", self._follow_the_root) or went_up:
            self._announced.clear()
            told = attempt("acknowledgements", self._handler.acknowledgements)
            if told is None:
                self._went_up.set()  # so that nobody who waits for it is forgotten
                return
            self._publish(told)
        self._announce()
        if went_up:
            self._on_ready()

    def _announce(self) -> None:
        heads = partial(self._handler.new_heads, self._announced)
        self._publish(self._enduring.attempt("the heads of directives", heads) or [])

    def _follow_the_root(self) -> bool:
        """Tell the gateways what is new about our keys, then seal with the one in force."""
        with self._engine.connect().execution_options(**{READS_ONLY: True}) as connection:
            told = statements(connection)
            newest = told[-1].serial if told else 0
            if newest == self._told_serial:
                return False
            try:
                if self._own_key is not None:
                    self._handler.private = self._own_key.load(connection)
            except (KeyRefused, OSError) as error:
                self._enduring.trouble("central's key", str(error))
                return False
            self._enduring.over("central's key")
            self._publish(announcements(connection, told))
        self._told_serial = newest
        return True

    def _publish(self, publications: list[Publication]) -> None:
        for publication in publications:
            self._receiving.publish(publication)

    def _mint_due(self) -> None:
        now = self._now()
        due = [self._only_period] if self._only_period else periods_due(now, self._zone)
        for period in due:
            if self._monotonic() < self._mint_again_s.get(period, 0.0):
                continue
            try:
                self._mint(period, now)
            except Exception as error:  # whatever it is, gateways are served all the same
                if passes(error):
                    raise
                self._mint_again_s[period] = self._monotonic() + mint_failures.AGAIN_AFTER_S
                mint_failures.failed(self._engine, period, error, now)

    def _mint(self, period: str, now: datetime) -> None:
        """If anything changed since it was minted last."""
        with self._engine.connect().execution_options(**{READS_ONLY: True}) as connection:
            if self._mints_nothing(period, epochs.mints_nothing(connection, period)):
                return
            if inputs(connection, period) == self._minted_from.get(period):
                return
        with self._engine.begin() as connection:
            minted = mint(connection, period, self._zone, now)
            left = inputs(connection, period)
            mint_failures.minted(connection, period)
        self._minted_from[period] = left
        if minted.grants:
            log.info(
                "minted %s grants for %s", minted.grants, period, extra={"event": "grants_minted"}
            )
        mint_failures.report_unminted(period, minted.unminted)

    def _mints_nothing(self, period: str, why: str) -> bool:
        """Say once why nothing is minted for a period, and once that it is again."""
        if why:
            self._minted_from.pop(period, None)  # who asked meanwhile is to be served
        if why != self._unminting.get(period, ""):
            self._unminting[period] = why
            log.warning(
                "%s: %s",
                period,
                f"nothing is minted: {why}" if why else "minting again",
                extra={"event": "minting_stopped" if why else "minting_resumed"},
            )
        return bool(why)

    def _speak(self) -> None:
        if self._only_period:
            return  # the calendar is ignored, so its date is not for gateways
        now = self._now()
        with self._engine.connect().execution_options(**{READS_ONLY: True}) as connection:
            silent = directives.silent_since(connection, now - SPEAK_EVERY)
        for gateway in silent:
            with self._engine.begin() as connection:
                repeat_policy(connection, gateway, now)
