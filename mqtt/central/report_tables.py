"""Central's tables of what the ledgers said, ready for reports, and of what it could not take."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

from mqtt.central.tables import count_column, metadata, name_column

_ENTRY = ("gateway", "incarnation", "sequence")


def _of_entry(*columns: Column[int] | Column[str] | Column[bool]) -> list[SchemaItem]:
    return [
        name_column("gateway", key=True),
        Column("incarnation", String(16), primary_key=True),
        count_column("sequence", key=True),
        *columns,
        # Which is of a registered gateway: looked up once for each row, not twice.
        ForeignKeyConstraint(_ENTRY, [f"entries.{column}" for column in _ENTRY]),
    ]


sales = Table(
    "sales",
    metadata,
    *_of_entry(
        Column("sale", String(40), nullable=False),
        Column("period", String(7), nullable=False, index=True),
        count_column("pump"),
        Column("card", String(20)),
        name_column("subject"),
        name_column("department"),
        name_column("product"),
        count_column("volume_ml"),
        count_column("overrun_ml"),
        count_column("price_idr_per_l"),
        count_column("amount_idr"),
        count_column("override_ml"),
        count_column("emergency_ml"),
        Column("estimated", Boolean, nullable=False),
        Column("offline", Boolean, nullable=False),
        Column("started", String(24), nullable=False),
    ),
    UniqueConstraint("gateway", "sale"),
)
"""`override_ml`, `emergency_ml`: the parts drawn on the station's and the department's grants."""

readings = Table(
    "readings",
    metadata,
    *_of_entry(
        name_column("subject"),
        count_column("reading"),
        Column("unit", String(8), nullable=False),
        Column("doubtful", Boolean, nullable=False),
    ),
)
"""Of vehicles' own meters, by the sale before which each was taken."""

refusals = Table(
    "refusals",
    metadata,
    *_of_entry(
        Column("period", String(7), nullable=False, index=True),
        count_column("pump"),
        name_column("code"),
        Column("card", String(20)),
        name_column("subject", optional=True),
    ),
)
vouchers = Table(
    "vouchers",
    metadata,
    *_of_entry(Column("serial", String(24), nullable=False, index=True)),
)
"""Paper vouchers, by `paper_number`; one that is there twice is an anomaly."""

anomalies = Table("anomalies", metadata, *_of_entry(Column("what", Text, nullable=False)))
"""Committed entries that contradict what we granted."""

quarantine = Table(
    "quarantine",
    metadata,
    *_of_entry(
        Column("why", Text, nullable=False),
        Column("since", String(24), nullable=False),
        Column("settled", String(24)),
        Column("in_wait", Boolean, nullable=False),
    ),
)
"""Committed entries that we cannot use, until a retry has. Their bodies are in `entries`.

`in_wait`: of before the gateway's adoption of our epoch, so it may be a grant unknown to us."""

rejected = Table(
    "rejected",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("received", String(24), nullable=False),
    Column("topic", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)
"""Messages refused whole: the newest thousand, cut to 4 KiB each."""
