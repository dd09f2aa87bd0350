"""Change or revoke central's key: the root signs, the database and every gateway's directives say.

Cut off anywhere, it can be done again: a serial may be left out, but never serves twice.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Engine

from gateway.core.facts import KeyStatement
from mqtt.central import gateway_keys
from mqtt.central.central_keys import OwnKey, put_statement, statements
from mqtt.central.decisions import decided
from mqtt.central.periods import utc_text
from mqtt.certificates import (
    next_serial,
    public_key,
    read_statements,
    state,
    statement_name,
    write_statement,
)
from mqtt.keys import KeyRefused, key_id, load_private, make_next, replace_by_next
from mqtt.seals import CENTRAL


class Root:
    """The root's private key, for the moment that it is at hand, and what it has signed."""

    def __init__(self, path: Path, pinned: Ed25519PublicKey) -> None:
        """KeyRefused if the file does not hold the root that is pinned in the configuration."""
        self._private = load_private(path)
        self.public = self._private.public_key()
        self._folder = path.parent
        if key_id(self.public) != key_id(pinned):
            raise KeyRefused(
                f"{path}: is key {key_id(self.public)}, expected {key_id(pinned)}, the root that "
                "this city trusts"
            )

    def sign(
        self,
        kind: Literal["key-certificate", "key-revocation"],
        key: Ed25519PublicKey,
        known: Iterable[KeyStatement],
        now: datetime,
    ) -> KeyStatement:
        """A statement with a serial above all that are known, kept beside the root's key."""
        serial = next_serial([*known, *read_statements(self._folder)])
        made = state(self._private, kind, CENTRAL, key, serial=serial, issued=utc_text(now))
        write_statement(self._folder / statement_name(made), made)
        return made


def rotate_central(
    engine: Engine, private_file: Path, root: Root, now: datetime, *, by: str
) -> KeyStatement:
    """Give central a new key; a running central takes it up within seconds.

    Returns the root's certificate for it. The old private key is gone when this returns.
    """
    with engine.begin() as connection:
        _settle(connection, private_file, root)
        new = make_next(private_file)
        certificate = root.sign("key-certificate", new.public_key(), statements(connection), now)
        put_statement(connection, certificate, root.public, now)
        gateway_keys.certify_anew(connection, new, now)
        decided(connection, f"key {certificate.key_id} is central's", by=by, reason="", now=now)
    replace_by_next(private_file)
    return certificate


def revoke_central(
    engine: Engine, wanted: str, root: Root, now: datetime, *, by: str, reason: str
) -> KeyStatement:
    """Cut off a key of central's: nothing that it seals counts any more, at any gateway.

    KeyRefused if `wanted` is the id of no key of central's.
    """
    with engine.begin() as connection:
        known = statements(connection)
        named = next((one for one in known if one.key_id == wanted), None)
        if named is None:
            raise KeyRefused(
                f"{wanted} is no key of central's; there are: "
                f"{', '.join(dict.fromkeys(one.key_id for one in known))}"
            )
        revocation = root.sign("key-revocation", public_key(named.key), known, now)
        put_statement(connection, revocation, root.public, now)
        decided(connection, f"key {wanted} revoked", by=by, reason=reason, now=now)
    return revocation


def _settle(connection: Connection, private_file: Path, root: Root) -> None:
    """Finish a change that was cut off. Where the key is lost or revoked, a new one is the cure."""
    try:
        OwnKey(private_file, root.public).load(connection)
    except KeyRefused:
        return
