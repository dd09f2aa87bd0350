"""Central's tables of invitations and of the certificates that its authority has signed."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text

from mqtt.central.tables import metadata, name_column

invitations = Table(
    "invitations",
    metadata,
    Column("invitation", String(16), primary_key=True),
    name_column("gateway"),
    Column("device_key", String(64), nullable=False),
    Column("central_key", String(64), nullable=False),
    Column("made", String(24), nullable=False),
    Column("expires", String(24), nullable=False),
    Column("wrong", Integer, nullable=False, default=0),
    Column("forgotten", Boolean, nullable=False),
    Column("used_by", String(43)),
    Column("incarnation", String(16)),
)
"""`device_key` and `central_key` are what the code's secret makes, never the secret. `wrong`: how
many requests did not fit. `used_by`: the seal key that it was used by, once and for all."""

client_certificates = Table(
    "client_certificates",
    metadata,
    Column("gateway", ForeignKey("gateways.name"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String(64), nullable=False),
    Column("issued", String(24), nullable=False),
    Column("ends", String(24), nullable=False),
    Column("certificate", Text, nullable=False),
)
"""`number`: 1, 2, ... of each gateway, by which its serial is made. `key`: its key's hash."""
