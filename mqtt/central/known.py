"""The registered gateways as one transaction sees them: how far each is applied, and its keys."""

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, select

from mqtt.central.gateway_keys import ring_of
from mqtt.central.key_tables import gateway_keys
from mqtt.central.many import ask, ask_one
from mqtt.central.tables import gateways
from mqtt.payloads import MessageRejected
from mqtt.ring import Ring

_COLUMNS = (
    gateways.c.incarnation,
    gateways.c.through,
    gateways.c.head,
    gateways.c.boot,
    gateways.c.epoch,
    gateways.c.revoked,
)
_KNOWN = select(*_COLUMNS).where(gateways.c.name == bindparam("of_gateway"))
_KEYS = gateway_keys.c
_WITH_KEYS = (
    select(
        *_COLUMNS,
        _KEYS.key,
        _KEYS.from_sequence,
        _KEYS.through_sequence,
        _KEYS.revoked,
        _KEYS.incarnation,
    )
    .select_from(gateways.outerjoin(gateway_keys, _KEYS.gateway == gateways.c.name))
    .where(gateways.c.name == bindparam("of_gateway"))
)


class Known(Struct, frozen=True):
    """A registered gateway, as far as its ledger is applied."""

    name: str
    incarnation: str
    through: int
    head: str
    boot: int
    epoch: int
    """The newest of ours that its ledger has adopted, as far as it is applied."""
    revoked: str | None
    """Why nothing more is taken from it, if so."""
    ended: bool = False
    """Another incarnation has followed this one: what it holds is history."""


def known_gateway(connection: Connection, name: str) -> Known:
    """MessageRejected if the gateway is not registered."""
    row = ask_one(connection, _KNOWN, {"of_gateway": name})
    if row is None:
        raise _unregistered(name)
    return Known(name, *row)


class Gateways:
    """`known_gateway` and `ring_of`, read once for the messages of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, Known] = {}
        self._rings: dict[str, Ring] = {}

    def known(self, name: str) -> Known:
        """MessageRejected if the gateway is not registered."""
        known = self._known.get(name)
        return known if known is not None else self._read(name)[0]

    def ring(self, name: str) -> Ring:
        """The keys of a registered gateway."""
        ring = self._rings.get(name)
        return ring if ring is not None else self._read(name)[1]

    def advanced(self, name: str, through: int, head: str) -> None:
        """Its ledger has been applied so far, and nothing else has changed."""
        self._known[name] = replace(self.known(name), through=through, head=head)

    def forget(self, name: str) -> None:
        """Something else about it may have changed."""
        self._known.pop(name, None)
        self._rings.pop(name, None)

    def _read(self, name: str) -> tuple[Known, Ring]:
        rows = ask(self._connection, _WITH_KEYS, {"of_gateway": name})
        if not rows:
            raise _unregistered(name)
        width = len(_COLUMNS)
        known = Known(name, *rows[0][:width])
        keys = [tuple(row[width:]) for row in rows if row[width] is not None]
        ring = ring_of(name, known.incarnation, tuple(keys))
        self._known[name], self._rings[name] = known, ring
        return known, ring


def _unregistered(name: str) -> MessageRejected:
    return MessageRejected(f"gateway {name} is not registered here")
