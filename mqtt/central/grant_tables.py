"""Tables of the grant protocol beside `grants`: quotas, requests, and decisions of people."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from mqtt.central.tables import metadata

quotas = Table(
    "quotas",
    metadata,
    Column("period", String(7), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("department", String(64), nullable=False),
    Column("quota_ml", BigInteger, nullable=False),
    Column("committed_idr", BigInteger, nullable=False),
    Column("covered_ml", BigInteger, nullable=False, default=0),
    Column("deducted_ml", BigInteger, nullable=False, default=0),
)
"""What a holder may take in a month, fixed when its first grants were minted and lowered by an
overrun only. S: what its grants are charged never exceeds it; the rest is central's reserve.
`committed_idr` counts against the department's budget, the reserve included.
`covered_ml`: how much of the quota is there only because a restored central found more charged;
what a person returns lowers that first.
`deducted_ml`: how much less it is for what flowed beyond earlier grants, until a person forgives
that (forgiving.py)."""

requests = Table(
    "requests",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("request_id", String(200), nullable=False, unique=True),
    Column("gateway", ForeignKey("gateways.name"), nullable=False),
    Column("incarnation", String(16), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("period", String(7), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("wanted_ml", BigInteger, nullable=False),
    Column("grant_no", BigInteger),
    Index("requests_of", "period", "kind", "subject"),
)
"""What gateways asked for, in the order it came. `grant_no` is the answer, null while litres
are awaited."""

mint_failures = Table(
    "mint_failures",
    metadata,
    Column("period", String(7), primary_key=True),
    Column("since", String(24), nullable=False),
    Column("why", Text, nullable=False),
)
"""Months whose newest minting failed."""

settings = Table(
    "settings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("override_ml", BigInteger, nullable=False),
)
"""The newest row holds. `override_ml`: each month's, for each gateway's supervisors."""

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("time", String(24), nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("why", Text, nullable=False),
)
"""What people decided about litres and gateways, or central by its rules; never changed."""
