"""What is left of messages: every row of central's database, and the newest acknowledgements.

And the reference that a group is compared with: each message in a transaction of its own, with
every care, nothing joined.
"""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Engine, select

from mqtt.central import handling
from mqtt.central.handling import Handler
from mqtt.central.opening import Opened
from mqtt.central.tables import metadata
from mqtt.connection import Publication


class Careful(Handler):
    """Never handles a group as one."""

    def _handle_at_once(self, group: Sequence[Opened]) -> list[Publication]:
        raise handling._Odd


def every_row(engine: Engine) -> dict[str, list[str]]:
    """By table, in no order but the text's."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in metadata.sorted_tables
        }


def retained(published: Iterable[Publication]) -> dict[tuple[str, str], bytes]:
    """What the broker keeps of them: the last of each topic, told apart by incarnations."""
    return {
        (one.topic, msgspec.json.decode(one.payload)["incarnation"]): one.payload
        for one in published
        if one.retain
    }
