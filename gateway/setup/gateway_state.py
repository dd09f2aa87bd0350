"""The first durable state of a gateway: its ledger and allocation cache."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway import VERSION
from gateway.core.facts import Fact, GatewayInitialised, GatewayRestored, KeyLearned, KeyStatement
from gateway.core.log import Entry
from gateway.store.allocation import Allocation
from gateway.store.ledger import Ledger

LEDGER = "ledger.sqlite3"
ALLOCATION = "allocation.json"


def begin_state(
    folder: Path,
    private: Ed25519PrivateKey,
    first: GatewayInitialised | GatewayRestored,
    *,
    gateway: str,
    incarnation: str,
    epoch: int,
    time: str,
) -> None:
    """Begin an incarnation that knows nothing yet: a ledger that says how it began, and a cache
    that allows nothing. `time` is UTC text; FileExistsError if there is a ledger.
    """
    folder.mkdir(parents=True)
    ledger = Ledger.create(
        folder / LEDGER, private, gateway=gateway, incarnation=incarnation, epoch=epoch
    )
    try:
        Allocation.create(folder / ALLOCATION, ledger.seals)
        ledger.commit([(first, time)], seal=True)
    finally:
        ledger.close()


def make_restored_state(
    folder: Path, private: Ed25519PrivateKey, first: GatewayRestored, *, gateway: str, time: str
) -> str:
    """Begin a fresh incarnation, which it returns, and which says what it follows."""
    incarnation = secrets.token_hex(8)
    begin_state(
        folder,
        private,
        first,
        gateway=gateway,
        incarnation=incarnation,
        epoch=first.epoch,
        time=time,
    )
    return incarnation


def make_state(
    folder: Path,
    private: Ed25519PrivateKey,
    directives: Sequence[Entry],
    certificate: KeyStatement,
    *,
    gateway: str,
    incarnation: str,
    epoch: int,
    by: str,
    configuration_hash: str,
    time: str,
) -> None:
    """Begin an incarnation: a ledger whose first entries say who began it and that the root
    vouches for central's key, and the directives applied, with their grants activated.

    `time` is UTC text; FileExistsError if there is one.
    """
    folder.mkdir(parents=True)
    ledger = Ledger.create(
        folder / LEDGER, private, gateway=gateway, incarnation=incarnation, epoch=epoch
    )
    try:
        allocation = Allocation.create(folder / ALLOCATION, ledger.seals)
        first = GatewayInitialised(by=by, version=VERSION, configuration_hash=configuration_hash)
        applied = allocation.apply(directives)
        grants = [grant.activation for grant in allocation.grants_after(0)]
        learned = KeyLearned(statement=certificate, epoch=epoch, through=0)
        facts: list[Fact] = [first, learned, applied, *grants]
        ledger.commit([(fact, time) for fact in facts], seal=True)
    finally:
        ledger.close()
