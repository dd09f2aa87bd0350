"""Central's tables. Plain SQL types, so that SQLite and PostgreSQL both hold them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_VERSION = 12

metadata = MetaData()


def name_column(column: str, *, key: bool = False, optional: bool = False) -> Column[str]:
    return Column(column, String(64), primary_key=key, nullable=optional)


def count_column(column: str, *, key: bool = False) -> Column[int]:
    return Column(column, BigInteger, primary_key=key, nullable=False, autoincrement=False)


def gateway_column(*, key: bool = True) -> Column[str]:
    return Column("gateway", ForeignKey("gateways.name"), primary_key=key, nullable=False)


# Who we are, and what may be sold

identity = Table(
    "identity",
    metadata,
    count_column("schema_version"),
    name_column("city", key=True),
    name_column("city_timezone"),
    Column("incarnation", String(16), nullable=False),
    count_column("epoch"),
)
"""One row."""

departments = Table(
    "departments",
    metadata,
    name_column("name", key=True),
    Column("title", String(200), nullable=False),
    count_column("emergency_ml"),
)
"""`emergency_ml`: each month's, for the vehicles that may draw on it."""

budgets = Table(
    "budgets",
    metadata,
    Column("department", ForeignKey("departments.name"), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    count_column("budget_idr"),
    Column("override_idr", BigInteger, nullable=False, default=0),
)
"""`override_idr`: what the department's vehicles took from stations' override grants."""

subjects = Table(
    "subjects",
    metadata,
    name_column("subject", key=True),
    name_column("vehicle"),
    Column("plate", String(200), nullable=False),
    Column("department", ForeignKey("departments.name"), nullable=False),
    Column("products", JSON, nullable=False),
    count_column("tank_ml"),
    name_column("meter"),
    Column("blocked", Boolean, nullable=False),
    Column("subsidy_allowed", Boolean, nullable=False),
    Column("emergency", Boolean, nullable=False),
    name_column("meter_policy"),
    count_column("meter_step_max"),
    name_column("driver_card"),
    count_column("quota_ml"),
    count_column("overrun_ml"),
)
"""`quota_ml` is a month's. `overrun_ml` waits to be deducted from the next month's."""

cards = Table(
    "cards",
    metadata,
    Column("uid", String(20), primary_key=True),
    name_column("card"),
    name_column("holder"),
    name_column("status"),
)
meters = Table(
    "meters",
    metadata,
    Column("subject", ForeignKey("subjects.subject"), primary_key=True),
    count_column("reading"),
    Column("time", String(24), nullable=False),
)
"""The last reading of each vehicle's own meter, and when it was taken."""

prices = Table(
    "prices",
    metadata,
    name_column("product", key=True),
    count_column("version", key=True),
    count_column("price_idr_per_l"),
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
    name_column("name", key=True),
    Column("incarnation", String(16), nullable=False),
    count_column("through"),
    Column("head", String(64), nullable=False),
    count_column("directives_through"),
    Column("directives_head", String(64), nullable=False),
    name_column("state"),
    count_column("boot"),
    Column("last_seen", String(24)),
    count_column("rejected"),
    Column("fork", Text),
    count_column("epoch"),
    count_column("released_epoch"),
    Column("revoked", Text),
    Column("grants_through", BigInteger, nullable=False, default=0),
)
"""`through`, `head`: the ledger up to here is applied. `fork`: what contradicted it.

`epoch`: the newest that its ledger, as far as applied, has adopted. `released_epoch`: a person
decided not to wait for it in this one (0: none). `revoked`: why nothing more is taken from it.

`grants_through`: numbers up to here are used up there, as a restored central learned."""

entries = Table(
    "entries",
    metadata,
    gateway_column(),
    Column("incarnation", String(16), primary_key=True),
    count_column("sequence", key=True),
    Column("type", String(64), nullable=False),
    Column("time", String(24), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("body", Text, nullable=False),
)
seals = Table(
    "seals",
    metadata,
    gateway_column(),
    Column("incarnation", String(16), primary_key=True),
    count_column("sequence", key=True),
    Column("seal", Text, nullable=False),
)
"""What proves the entries: of each applied message, the gateway's seal at its last entry."""

directives = Table(
    "directives",
    metadata,
    gateway_column(),
    count_column("sequence", key=True),
    Column("type", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("body", Text, nullable=False),
)
grants = Table(
    "grants",
    metadata,
    gateway_column(),
    Column("incarnation", String(16), primary_key=True),
    count_column("grant_no", key=True),
    Column("request_id", String(200), nullable=False),
    Column("kind", String(16), nullable=False),
    name_column("subject"),
    name_column("department"),
    Column("period", String(7), nullable=False),
    count_column("volume_ml"),
    count_column("spent_ml"),
    Column("closed_ml", BigInteger),
    Column("recalled", Boolean, nullable=False),
    Column("reserved_ml", BigInteger),
    Column("not_before", String(24), nullable=False),
    Column("not_after", String(24), nullable=False),
    UniqueConstraint("gateway", "request_id"),
    Index("grants_of", "period", "kind", "subject"),
)
"""A number is an incarnation's: a restored central may give one again to a fresh incarnation that
the lost central had given to the one before. `request_id` makes minting idempotent: the
gateway's, or what else it was issued for.
`spent_ml` is what sales charged. `closed_ml`: what the closed grant is charged for ever, null
while it is open. `reserved_ml`: of the newest report."""
