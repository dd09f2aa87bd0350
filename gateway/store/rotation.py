"""A gateway's change of its own key: nothing that was sealed before becomes unprovable."""

import logging
import sqlite3
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.store.errors import LedgerDamaged
from gateway.store.ledger import Ledger
from gateway.store.reader import LedgerReader
from mqtt.certificates import public_key
from mqtt.keys import key_id, load_private, load_settled, make_next, replace_by_next

log = logging.getLogger(__name__)


def own_private(private_file: Path, ledger: Path) -> Ed25519PrivateKey:
    """The gateway's key that its ledger names; a change that was cut off is finished first.

    KeyRefused if the file holds another one. Of a ledger that is damaged or missing, the file's.
    """
    try:
        with LedgerReader(ledger) as reader:
            rotations = reader.rotations()
    except (LedgerDamaged, sqlite3.Error):
        rotations = []
    if not rotations:
        return load_private(private_file)
    return load_settled(private_file, key_id(public_key(rotations[-1].fact.new)))


def rotate_key(private_file: Path, ledger: Path, gateway: str, *, by: str, time: str) -> str:
    """Make a new key, say so in the ledger, and put it in place; returns its id.

    The gateway must be stopped: LedgerInUse otherwise. Cut off anywhere, the next start or
    call goes on from there. `time` is UTC text.
    """
    old = own_private(private_file, ledger)
    opened = Ledger.open(ledger, old, gateway=gateway)
    try:
        new = make_next(private_file).public_key()
        opened.rotate_key(new, by, time)
    finally:
        opened.close()
    replace_by_next(private_file)
    return key_id(new)
