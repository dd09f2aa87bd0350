"""Central's tables. Plain SQL types, so that SQLite and PostgreSQL both hold them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

SCHEMA_VERSION = 6

metadata = MetaData()


def _name(column: str, *, key: bool = False, optional: bool = False) -> Column[str]:
    return Column(column, String(64), primary_key=key, nullable=optional)


def _count(column: str, *, key: bool = False) -> Column[int]:
    return Column(column, BigInteger, primary_key=key, nullable=False, autoincrement=False)


def _gateway(*, key: bool = True) -> Column[str]:
    return Column("gateway", ForeignKey("gateways.name"), primary_key=key, nullable=False)


# Who we are, and what may be sold

identity = Table(
    "identity",
    metadata,
    _count("schema_version"),
    _name("city", key=True),
    _name("city_timezone"),
    Column("incarnation", String(16), nullable=False),
    _count("epoch"),
)
"""One row."""

departments = Table(
    "departments",
    metadata,
    _name("name", key=True),
    Column("title", String(200), nullable=False),
    _count("emergency_ml"),
)
"""`emergency_ml`: each month's, for the vehicles that may draw on it."""

budgets = Table(
    "budgets",
    metadata,
    Column("department", ForeignKey("departments.name"), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    _count("budget_idr"),
    Column("override_idr", BigInteger, nullable=False, default=0),
)
"""`override_idr`: what the department's vehicles took from stations' override grants."""

subjects = Table(
    "subjects",
    metadata,
    _name("subject", key=True),
    _name("vehicle"),
    Column("plate", String(200), nullable=False),
    Column("department", ForeignKey("departments.name"), nullable=False),
    Column("products", JSON, nullable=False),
    _count("tank_ml"),
    _name("meter"),
    Column("blocked", Boolean, nullable=False),
    Column("subsidy_allowed", Boolean, nullable=False),
    Column("emergency", Boolean, nullable=False),
    _count("quota_ml"),
    _count("overrun_ml"),
)
"""`quota_ml` is a month's. `overrun_ml` waits to be deducted from the next month's."""

cards = Table(
    "cards",
    metadata,
    Column("uid", String(20), primary_key=True),
    _name("card"),
    _name("holder"),
    _name("status"),
)
prices = Table(
    "prices",
    metadata,
    _name("product", key=True),
    _count("version", key=True),
    _count("price_idr_per_l"),
    Column("subsidised", Boolean, nullable=False),
)
policy = Table(
    "policy",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("body", JSON, nullable=False),
)
"""The newest row holds."""

# The gateways, and both logs of each

gateways = Table(
    "gateways",
    metadata,
    _name("name", key=True),
    Column("incarnation", String(16), nullable=False),
    _count("through"),
    Column("head", String(64), nullable=False),
    _count("directives_through"),
    Column("directives_head", String(64), nullable=False),
    _name("state"),
    _count("boot"),
    Column("last_seen", String(24)),
    _count("rejected"),
    Column("fork", Text),
    _count("epoch"),
    _count("released_epoch"),
    Column("revoked", Text),
)
"""`through`, `head`: the ledger up to here is applied. `fork`: what contradicted it.

`epoch`: the newest that its ledger, as far as applied, has adopted. `released_epoch`: a person
decided not to wait for it in this one (0: none). `revoked`: why nothing more is taken from it."""

entries = Table(
    "entries",
    metadata,
    _gateway(),
    Column("incarnation", String(16), primary_key=True),
    _count("sequence", key=True),
    Column("type", String(64), nullable=False),
    Column("time", String(24), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("body", Text, nullable=False),
)
seals = Table(
    "seals",
    metadata,
    _gateway(),
    Column("incarnation", String(16), primary_key=True),
    _count("sequence", key=True),
    Column("seal", Text, nullable=False),
)
"""What proves the entries: of each applied message, the gateway's seal at its last entry."""

directives = Table(
    "directives",
    metadata,
    _gateway(),
    _count("sequence", key=True),
    Column("type", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("body", Text, nullable=False),
)
grants = Table(
    "grants",
    metadata,
    _gateway(),
    _count("grant_no", key=True),
    Column("incarnation", String(16), nullable=False),
    Column("request_id", String(200), nullable=False),
    Column("kind", String(16), nullable=False),
    _name("subject"),
    _name("department"),
    Column("period", String(7), nullable=False),
    _count("volume_ml"),
    _count("spent_ml"),
    Column("closed_ml", BigInteger),
    Column("recalled", Boolean, nullable=False),
    Column("reserved_ml", BigInteger),
    Column("not_before", String(24), nullable=False),
    Column("not_after", String(24), nullable=False),
    UniqueConstraint("gateway", "request_id"),
    Index("grants_of", "period", "kind", "subject"),
)
"""`request_id` makes minting idempotent: the gateway's, or what else it was issued for.
`spent_ml` is what sales charged. `closed_ml`: what the closed grant is charged for ever, null
while it is open. `reserved_ml`: of the newest report."""

# What the ledgers said, ready for reports

_ENTRY = ("gateway", "incarnation", "sequence")


def _of_entry(*columns: Column[int] | Column[str] | Column[bool]) -> list[SchemaItem]:
    return [
        _gateway(),
        Column("incarnation", String(16), primary_key=True),
        _count("sequence", key=True),
        *columns,
        ForeignKeyConstraint(_ENTRY, [f"entries.{column}" for column in _ENTRY]),
    ]


sales = Table(
    "sales",
    metadata,
    *_of_entry(
        Column("sale", String(40), nullable=False),
        Column("period", String(7), nullable=False, index=True),
        _count("pump"),
        Column("card", String(20), nullable=False),
        _name("subject"),
        _name("department"),
        _name("product"),
        _count("volume_ml"),
        _count("overrun_ml"),
        _count("price_idr_per_l"),
        _count("amount_idr"),
        _count("override_ml"),
        _count("emergency_ml"),
        Column("estimated", Boolean, nullable=False),
        Column("offline", Boolean, nullable=False),
        Column("started", String(24), nullable=False),
    ),
    UniqueConstraint("gateway", "sale"),
)
"""`override_ml`, `emergency_ml`: the parts drawn on the station's and the department's grants."""

refusals = Table(
    "refusals",
    metadata,
    *_of_entry(
        Column("period", String(7), nullable=False, index=True),
        _count("pump"),
        _name("code"),
        Column("card", String(20)),
        _name("subject", optional=True),
    ),
)
anomalies = Table("anomalies", metadata, *_of_entry(Column("what", Text, nullable=False)))
"""Committed entries that contradict what we granted."""

quarantine = Table(
    "quarantine",
    metadata,
    *_of_entry(
        Column("why", Text, nullable=False),
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
