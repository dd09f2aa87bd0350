"""`takar central find`: the entry that a receipt's code is of, in every ledger of its gateway."""

from pathlib import Path

import msgspec
from click.testing import CliRunner, Result
from sqlalchemy import insert

from gateway.cli import takar
from gateway.core.finding import finding_code
from gateway.core.log import Entry
from mqtt.central.finding import entries_numbered
from mqtt.central.tables import entries
from tests.mqtt.central.office import Office


def find(config: Path, code: object, *words: str) -> Result:
    given = ["central", "find", str(code), "--config", str(config), *words]
    return CliRunner().invoke(takar, given)


def test_the_office_finds_it(office: Office, central_toml: Path) -> None:
    for teller in (office.first, office.second):
        teller.sell(1_000)
        teller.sell(2_500)
        office.handle(teller.ledger())
    entry = office.second.entries[1]
    code = finding_code("depot-2", 2, entry.hash)
    found = find(central_toml, str(code).upper())
    assert found.exit_code == 0, found.output
    assert found.output.startswith(f"depot-2 {entry.id}, ")
    assert "2,500 L" in found.output
    assert msgspec.json.decode(find(central_toml, code, "--json").output, type=Entry) == entry
    other = find(central_toml, finding_code("depot-1", 2, entry.hash))
    assert (other.exit_code, "does not fit it" in other.output) == (1, True)
    nothing = find(central_toml, finding_code("depot-2", 9, entry.hash))
    assert (nothing.exit_code, "central has no entry 9 of depot-2" in nothing.output) == (1, True)
    assert find(central_toml, "nothing").exit_code == 2


def test_the_check_tells_two_ledgers_of_a_gateway_apart(office: Office, central_toml: Path) -> None:
    office.first.sell(1_000)
    office.handle(office.first.ledger())
    (entry,) = office.first.entries
    later = msgspec.structs.replace(
        entry, id=f"{'f' * 16}/1", time="2026-08-01T00:00:00.000Z", data={**entry.data, "pump": 2}
    )
    with office.engine.begin() as connection:
        row = {"gateway": "depot-1", "incarnation": "f" * 16, "sequence": 1, "type": later.type}
        body = msgspec.json.encode(later).decode()
        connection.execute(
            insert(entries), {**row, "time": later.time, "hash": later.hash, "body": body}
        )
        assert [one.hash for one in entries_numbered(connection, "depot-1", 1)] == [
            entry.hash,
            later.hash,
        ]
    for one in (entry, later):
        assert one.id in find(central_toml, finding_code("depot-1", 1, one.hash)).output
