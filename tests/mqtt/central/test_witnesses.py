"""What co-processors remembered, where the office should look into it."""

from typing import Literal

import pytest
from sqlalchemy import select

from gateway.core.facts import WitnessDiffered
from mqtt.central.report_tables import anomalies
from tests.mqtt.central.office import Office

FORMER = "0123456789abcdef"


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ("blank", "if nobody fitted a new one, an older copy of the card may be in use"),
        (
            "behind",
            "an older copy of the card was put back: co-processor E66 had witnessed entry 7",
        ),
        ("fork", "another history of the ledger was put back"),
        ("other", f"had witnessed another ledger, {FORMER}"),
        ("restored", None),
    ],
)
def test_the_office_is_told(
    office: Office, found: Literal["blank", "behind", "fork", "other", "restored"], says: str | None
) -> None:
    differed = WitnessDiffered(
        co_processor="E66",
        found=found,
        incarnation=FORMER,
        sequence=7,
        hash_start="f" * 16,
        high_water=3,
    )
    office.first.tell(differed)
    assert office.acknowledged(office.handle(office.first.ledger()))["depot-1"].sequence == 1
    with office.engine.connect() as connection:
        noted = list(connection.scalars(select(anomalies.c.what)))
    assert len(noted) == (says is not None)
    assert all(says is not None and says in what for what in noted)
