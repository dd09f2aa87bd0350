"""What a gateway writes when it starts: that it is back, and what a crash left unsaid."""

import logging

from gateway import VERSION
from gateway.config.load import configuration_hash
from gateway.config.types import GatewayConfig
from gateway.core.facts import Fact, GatewayBooted
from gateway.core.recovery import close_estimated
from gateway.runtime.shelf import Shelf
from gateway.runtime.wall import WallClock
from gateway.store.ledger import Ledger

log = logging.getLogger(__name__)


def recover(shelf: Shelf, config: GatewayConfig, wall: WallClock, uptime_ms: int) -> None:
    """Say that we are back, then close what was open when the power or the gateway went.

    Power may be cut at any moment of this; the next start goes on where it ended. Does
    nothing where the ledger is damaged. StoreFailed if it cannot be written.
    """
    ledger, allocating = shelf.ledger, shelf.allocating
    if ledger is None or allocating is None:
        return
    single = any(pump.pins.timer_feed is None for pump in config.pumps)
    booted = GatewayBooted(
        boot=ledger.boot,
        version=VERSION,
        uptime_ms=uptime_ms,
        clock=wall.quality,
        configuration_hash=configuration_hash(config),
        unwitnessed=True,
        single_channel=single,
    )
    _commit(shelf, ledger, wall.now(), [booted])
    for row in ledger.open_sessions():
        log.warning("fill %s at pump %d is closed as estimated", row.sale, row.pump)
        facts = close_estimated(
            row,
            boot=ledger.boot,
            uptime_ms=uptime_ms,
            clock=wall.quality,
            counted=False,
            single_channel=single,
        )
        now = wall.now()
        entries = ledger.commit([(fact, now) for fact in facts], drop_session=row.pump, seal=True)
        shelf.learn(entries)
    _commit(shelf, ledger, wall.now(), allocating.catch_up())


def _commit(shelf: Shelf, ledger: Ledger, now: str, facts: list[Fact]) -> None:
    if facts:
        shelf.learn(ledger.commit([(fact, now) for fact in facts]))
