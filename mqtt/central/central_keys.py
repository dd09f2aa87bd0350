"""Central's own keys, as the root has certified them, in central's database."""

from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, insert, select

from gateway.core.allocation import PutKey
from gateway.core.facts import KeyLearned, KeyStatement
from mqtt.central import directives
from mqtt.central.key_tables import central_keys
from mqtt.central.many import ask
from mqtt.certificates import check
from mqtt.connection import Publication
from mqtt.keys import KeyRefused, key_id, load_settled
from mqtt.messages import MAX_STATEMENTS, KeysMessage
from mqtt.payloads import encode
from mqtt.ring import central_ring
from mqtt.seals import CENTRAL
from mqtt.topics import topic_of

_STATEMENTS = select(central_keys.c.statement).order_by(central_keys.c.serial)


def statements(connection: Connection) -> list[KeyStatement]:
    """All that the root has said, in the order of the serials."""
    return [msgspec.json.decode(row, type=KeyStatement) for (row,) in ask(connection, _STATEMENTS)]


def put_statement(
    connection: Connection, statement: KeyStatement, root: Ed25519PublicKey, now: datetime
) -> None:
    """Take what the root says, and put it on record in every gateway's directives.

    KeyRefused if it is not the root's, or no newer than what is here.
    """
    check(statement, root, CENTRAL)
    newest = max((one.serial for one in statements(connection)), default=0)
    if statement.serial <= newest:
        raise KeyRefused(
            f"statement {statement.serial} is no newer than {newest}, which is here already"
        )
    connection.execute(
        insert(central_keys).values(
            serial=statement.serial,
            key_id=statement.key_id,
            statement=msgspec.json.encode(statement).decode(),
        )
    )
    directives.append(connection, [PutKey(statement=statement)], now)


def announcements(connection: Connection, told: list[KeyStatement]) -> list[Publication]:
    """The same for every gateway: what the root says, newest last, retained."""
    payload = encode(KeysMessage(statements=told[-MAX_STATEMENTS:]))
    return [
        Publication(topic_of(head.gateway, "keys"), payload, retain=True)
        for head in directives.heads(connection)
    ]


class OwnKey:
    """Where central's private key is, and which root must vouch for it."""

    def __init__(self, path: Path, root: Ed25519PublicKey) -> None:
        self._path, self._root = path, root

    def load(self, connection: Connection) -> Ed25519PrivateKey:
        """The key in force, also right after a change. KeyRefused if it is not here."""
        return load_settled(self._path, current_key(connection, self._root))


def current_key(connection: Connection, root: Ed25519PublicKey) -> str:
    """Id of the key that central seals with. KeyRefused if the root vouches for none."""
    told = [KeyLearned(statement=one, epoch=0, through=0) for one in statements(connection)]
    span = central_ring(root, told).current
    if span is None:
        raise KeyRefused(
            "the root vouches for no key of central's: no certificate of it is in the database, "
            "or the newest one is revoked. Run: takar keys rotate-central --root FILE"
        )
    return key_id(span.key)
