"""`takar central bypasses`: fuel by keys, its vouchers, and what does not fit."""

import json
from pathlib import Path

import msgspec
from click.testing import CliRunner, Result
from sqlalchemy import insert

from gateway.cli import takar
from gateway.core.facts import TYPE_OF, BypassChanged, Fact, FlowUncounted
from gateway.core.log import Entry
from mqtt.central.database import open_database
from mqtt.central.tables import entries
from tests.mqtt.central.test_bypass_report import SINCE, UNTIL, flow, paper


def row(sequence: int, fact: Fact) -> dict[str, object]:
    entry = Entry(
        id=f"{'1' * 16}/{sequence}",
        source="takar/gateway",
        type=TYPE_OF[type(fact)],
        time=UNTIL,
        data=msgspec.to_builtins(fact),
        sequence=sequence,
        prevhash="0" * 64,
    )
    return {
        "gateway": "gateway",
        "incarnation": "1" * 16,
        "sequence": sequence,
        "type": entry.type,
        "time": entry.time,
        "hash": "0" * 64,
        "body": msgspec.json.encode(entry).decode(),
    }


def shown(folder: Path, *words: str) -> Result:
    config = ["--config", str(folder / "central.toml")]
    return CliRunner().invoke(takar, ["central", "bypasses", *config, *words])


def test_keys_and_vouchers_are_listed_with_what_does_not_fit(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    made = CliRunner().invoke(takar, ["init", str(folder), "--seed", "7", "--period", "2026-07"])
    assert made.exit_code == 0
    assert "no bypass key was turned" in shown(folder).output
    unseen = FlowUncounted(pump=1, bound_ml=900, why="", bypass=True, since=SINCE)
    facts = [
        *(BypassChanged(pump=1, on=True), unseen, flow(6_000), BypassChanged(pump=1, on=False)),
        *(paper(1, SINCE), paper(2, "2026-07-09T05:00:00.000Z")),
    ]
    engine = open_database(folder / "central" / "central.sqlite3")
    with engine.begin() as connection:
        for sequence, fact in enumerate(facts, start=1):
            connection.execute(insert(entries), row(sequence, fact))
    engine.dispose()
    done = shown(folder)
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        f"gateway pump 1  {SINCE} to {UNTIL}: 6,000 L by the key, unseen at most 0,900 L; "
        "1 vouchers, 4,000 L; CHECK 2,000 L on no voucher",
        f"  voucher A-1, dh-1001-a, 4,000 L, given {SINCE}",
        "gateway pump 1  CHECK no flow by the key for voucher A-2, dh-1001-a, 4,000 L, given "
        "2026-07-09T05:00:00.000Z",
        "1 times, 6,000 L by keys; vouchers for it 4,000 L; on no voucher 2,000 L; vouchers "
        "without flow 4,000 L",
    ]
    ((one,)) = json.loads(shown(folder, "--json").output)
    assert (one["gateway"], one["turns"][0]["volume_ml"]) == ("gateway", 6_000)
    assert shown(folder, "--month", "2026-08").output.startswith("no bypass key was turned")
