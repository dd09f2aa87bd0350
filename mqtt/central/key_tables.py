"""Central's tables of keys: its own, and the gateways'."""

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, Text

from mqtt.central.tables import metadata

central_keys = Table(
    "central_keys",
    metadata,
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    Column("key_id", String(16), nullable=False),
    Column("statement", Text, nullable=False),
)
"""What the root has said of central's keys. The highest serial holds."""

gateway_keys = Table(
    "gateway_keys",
    metadata,
    Column("gateway", ForeignKey("gateways.name"), primary_key=True),
    Column("incarnation", String(16), primary_key=True),
    Column("from_sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("key_id", String(16), nullable=False),
    Column("key", String(43), nullable=False),
    Column("through_sequence", BigInteger),
    Column("revoked", Text),
    Column("serial", BigInteger),
    Column("certificate", Text),
)
"""Which key of a gateway seals which entries; `revoked` says why it may no longer.
`certificate` is central's word for it, with its `serial`; NULL for a moment while a change of
key is applied."""
