"""Alarms of a year: totalisers that do not count what was recorded, and fuel that passed a valve
that was shut."""

from msgspec import Struct
from sqlalchemy import Connection

from gateway.core.facts import FlowUnauthorised, TotaliserDrifted
from mqtt.central.newest_of_year import newest


class Drift(Struct, frozen=True, kw_only=True):
    """An alarm: a totaliser that does not count what was recorded."""

    gateway: str
    time: str
    pump: int
    against: str
    since: str
    counted_ml: int
    recorded_ml: int
    tolerance_ml: int


class Passed(Struct, frozen=True, kw_only=True):
    """An alarm: fuel that nobody was allowed."""

    gateway: str
    time: str
    pump: int
    volume_ml: int


def drifts(connection: Connection, year: int) -> list[Drift]:
    """The newest first, at most 20."""
    return [
        Drift(
            gateway=gateway,
            time=time,
            pump=fact.pump,
            against=fact.against,
            since=fact.since,
            counted_ml=fact.counted_ml,
            recorded_ml=fact.recorded_ml,
            tolerance_ml=fact.tolerance_ml,
        )
        for gateway, time, fact in newest(connection, TotaliserDrifted, year)
    ]


def passed(connection: Connection, year: int) -> list[Passed]:
    """The newest first, at most 20."""
    return [
        Passed(gateway=gateway, time=time, pump=fact.pump, volume_ml=fact.volume_ml)
        for gateway, time, fact in newest(connection, FlowUnauthorised, year)
    ]
