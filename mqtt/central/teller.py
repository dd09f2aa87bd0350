"""Whose ledger is being applied, where and when: what every projection of grants needs."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection


class Teller(NamedTuple):
    connection: Connection
    """In the transaction that stores the entries."""
    gateway: str
    incarnation: str
    zone: ZoneInfo
    """The city's."""
    now: datetime
    """For the directives that answer."""
