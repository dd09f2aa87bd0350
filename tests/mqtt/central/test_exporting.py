"""Central's copy of a ledger proves itself: entries, the gateways' seals, central's own."""

import io
import json
from typing import Any

import msgspec
from sqlalchemy import select

from mqtt.central.exporting import export_copy, held
from mqtt.central.tables import seals
from mqtt.keys import Keyring
from mqtt.seal import Seal
from mqtt.seals import verify


def exported(office: Any) -> dict[str, list[dict[str, Any]]]:
    lines = {}
    with office.engine.connect() as connection:
        for one in held(connection):
            file = io.BytesIO()
            export_copy(connection, one, office.key, file)
            lines[one.gateway] = [json.loads(line) for line in file.getvalue().splitlines()]
    return lines


def test_a_copy_has_every_entry_with_the_seals_it_came_with(office: Any) -> None:
    first = office.first
    for _ in range(5):
        first.sell()
    office.handle(first.ledger(1, 2), first.ledger(1, 2), first.ledger(2, 5))
    office.second.refuse()
    office.handle(office.second.ledger())
    lines = exported(office)
    assert list(lines) == ["depot-1", "depot-2"]
    header, *body, end = lines["depot-1"]
    assert header["export"]["holder"] == "central"
    assert (header["export"]["from"], header["export"]["through"]) == (1, 5)
    assert [line["entry"] for line in body if "entry" in line] == [
        msgspec.to_builtins(entry) for entry in first.entries
    ]
    found = [msgspec.convert(line["seal"], Seal) for line in body if "seal" in line]
    assert [(seal.type, seal.sequence) for seal in found] == [
        ("ledger", 2),
        ("ledger", 5),
        ("ledger-ack", 5),
    ]
    for seal in found[:2]:
        assert seal.head == first.entries[seal.sequence - 1].hash
        verify(seal, office.keyring, type="ledger", gateway="depot-1")
    ring = Keyring({"central": office.key.public_key()})
    verify(found[2], ring, type="ledger-ack", gateway="depot-1", incarnation=first.incarnation)
    assert found[2].head == first.entries[-1].hash
    assert end["end"]["entries"] == 5


def test_what_was_refused_leaves_no_seal(office: Any) -> None:
    office.first.sell()
    office.first.sell()
    office.handle(office.first.ledger(2, 2))
    assert exported(office) == {}
    assert office.scalar(select(seals.c.seal)) is None
