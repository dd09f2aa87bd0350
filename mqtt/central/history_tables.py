"""Central's tables of what is over, or is in doubt: former logs, withheld litres."""

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, Text

from mqtt.central.tables import metadata

former_ledgers = Table(
    "former_ledgers",
    metadata,
    Column("gateway", ForeignKey("gateways.name"), primary_key=True),
    Column("incarnation", String(16), primary_key=True),
    Column("through", BigInteger, nullable=False),
    Column("head", String(64), nullable=False),
    Column("ended", String(24), nullable=False),
)
"""Incarnations that another one has followed, as far as they were applied."""

withheld = Table(
    "withheld",
    metadata,
    Column("gateway", ForeignKey("gateways.name"), primary_key=True),
    Column("incarnation", String(16), primary_key=True),
    Column("period", String(7), primary_key=True),
)
"""What is left of a period may have been granted to this incarnation of a gateway, unknown to
us: nothing more is minted for the period."""

imported_whole = Table(
    "imported_whole",
    metadata,
    Column("gateway", ForeignKey("gateways.name"), primary_key=True),
    Column("incarnation", String(16), primary_key=True),
    Column("through", BigInteger, nullable=False),
)
"""Ledgers imported from a file that ends with the ledger it was made of, all of it proven."""

former_directives = Table(
    "former_directives",
    metadata,
    Column("gateway", ForeignKey("gateways.name"), primary_key=True),
    Column("incarnation", String(16), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("type", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("body", Text, nullable=False),
)
"""Logs that a fresh one has followed, by the gateway's incarnation and our epoch."""
