"""The figures at the end of a headless run, each read where it is kept."""

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gateway.store.reader import LedgerReader
from mqtt.central.database import open_database
from mqtt.central.report import sold_ml


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Volumes in ml. `commits` are durable transactions of the gateway's ledger."""

    fills: int
    refused: dict[str, int]
    dispensed_ml: int
    """The simulated pumps' own integral, before any driver."""
    recorded_ml: int
    """Sales in the ledger."""
    central_ml: int
    """A sum queried from central's database."""
    unauthorised_ml: int
    ledger_entries: int
    acked_through: int
    commits: int
    conservation_ok: bool
    """recorded + unauthorised − dispensed is within one pulse a pump over the whole run."""
    elapsed_s: float

    @property
    def all_well(self) -> bool:
        acknowledged = self.acked_through == self.ledger_entries
        return acknowledged and self.recorded_ml == self.central_ml and self.conservation_ok

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def gather(
    ledger: Path,
    central_database: Path,
    forecourt: dict[str, Any],
    elapsed_s: float,
) -> Totals:
    """Add up; `forecourt` is the answer to its control op `status`."""
    refused: Counter[str] = Counter()
    fills = recorded_ml = unauthorised_ml = 0
    with LedgerReader(ledger) as reader:
        for entry in reader.every_entry():
            if entry.type == "sale.completed":
                fills += 1
                recorded_ml += entry.data["volume_ml"]
            elif entry.type == "sale.refused":
                refused[entry.data["code"]] += 1
            elif entry.type == "flow.unauthorised":
                unauthorised_ml += entry.data["volume_ml"]
        head, meta = reader.last(), reader.meta()
    dispensed_nl = sum(pump["dispensed_nl"] for pump in forecourt["pumps"])
    off_nl = (recorded_ml + unauthorised_ml) * 1_000_000 - dispensed_nl
    slack_nl = sum(pump["pulse_ml"] for pump in forecourt["pumps"]) * 1_000_000
    return Totals(
        fills=fills,
        refused=dict(sorted(refused.items())),
        dispensed_ml=dispensed_nl // 1_000_000,
        recorded_ml=recorded_ml,
        central_ml=_central_volume_ml(central_database),
        unauthorised_ml=unauthorised_ml,
        ledger_entries=head.sequence,
        acked_through=meta.acknowledged_through,
        commits=meta.commit_no,
        conservation_ok=-slack_nl <= off_nl <= slack_nl,
        elapsed_s=round(elapsed_s, 1),
    )


def _central_volume_ml(database: Path) -> int:
    engine = open_database(database)
    try:
        return sold_ml(engine)
    finally:
        engine.dispose()
