"""Readings of vehicles' meters at central: kept, passed on to who may need them, put right."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from gateway.core.allocation import PutMeter
from gateway.core.facts import VehicleMeter
from gateway.core.log import Entry
from mqtt.central import directives
from mqtt.central.decisions import DecisionRefused, all_decisions
from mqtt.central.register import all_that_holds, enrol_gateway
from mqtt.central.report import odd_entries
from mqtt.central.report_tables import readings
from mqtt.central.tables import meters
from mqtt.central.vehicle_meters import put_right
from tests.mqtt.central.city import NOW, SUBJECTS
from tests.mqtt.central.office import Office

CAR = SUBJECTS[0]


def day(number: int) -> str:
    return f"2026-07-{number:02}T04:00:00.000Z"


def read(reading: int, *, doubtful: bool = False) -> VehicleMeter:
    return VehicleMeter(reading, "km", doubtful, 1)


def told(office: Office, gateway: str) -> list[PutMeter]:
    with office.engine.connect() as connection:
        log: list[Entry] = list(directives.log_of(connection, gateway))
    return [msgspec.convert(one.data, PutMeter) for one in log if one.type == "meter.put"]


def kept(office: Office) -> list[tuple[Any, ...]]:
    with office.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(meters))]


def test_the_other_gateway_that_holds_litres_for_it_is_told(office: Office) -> None:
    office.first.sell(started=day(9), meter=read(120_000))
    office.handle(office.first.ledger())
    put = PutMeter(subject=CAR, reading=120_000, time=day(9))
    assert told(office, "depot-2") == [put]
    assert told(office, "depot-1") == []
    assert kept(office) == [(CAR, 120_000, day(9))]


def test_what_is_older_doubtful_or_not_read_is_no_news(office: Office) -> None:
    office.first.sell(started=day(9), meter=read(120_000))
    office.first.sell(started=day(10), meter=read(5, doubtful=True))
    office.first.sell(started=day(10))
    office.second.sell(started=day(8), meter=read(119_000))
    office.handle(office.first.ledger())
    office.handle(office.second.ledger())
    assert kept(office) == [(CAR, 120_000, day(9))]
    assert told(office, "depot-1") == []
    with office.engine.connect() as connection:
        found = connection.execute(select(readings.c.reading, readings.c.doubtful)).all()
    assert sorted(map(tuple, found)) == [(5, True), (119_000, False), (120_000, False)]


def test_of_a_backlog_the_newest_is_told_once(office: Office) -> None:
    for number in (7, 8, 9):
        office.first.sell(started=day(number), meter=read(120_000 + number))
    office.handle(office.first.ledger())
    assert [put.reading for put in told(office, "depot-2")] == [120_009]


def test_a_person_puts_it_right_everywhere_and_on_record(office: Office) -> None:
    office.first.sell(started=day(9), meter=read(120_000))
    office.handle(office.first.ledger())
    with office.engine.begin() as connection:
        put_right(connection, CAR, 3, by="maria", reason="new dashboard", now=NOW)
        decided = all_decisions(connection)[-1]
        put_right(connection, SUBJECTS[1], 7, by="maria", reason="first", now=NOW)
        enrol_gateway(connection, "depot-3", "3" * 16, NOW + timedelta(hours=1))
        held = [one for one in all_that_holds(connection) if isinstance(one, PutMeter)]
    assert (decided.who, decided.what, decided.why) == (
        "maria",
        f"meter {CAR} at 3",
        "new dashboard",
    )
    for gateway in ("depot-1", "depot-2"):
        assert [(put.subject, put.reading) for put in told(office, gateway)][-2:] == [
            (CAR, 3),
            (SUBJECTS[1], 7),
        ]
    assert told(office, "depot-3") == held
    assert [put.reading for put in held] == [3, 7]


def test_nobody_puts_right_what_is_not_registered(office: Office) -> None:
    with office.engine.begin() as connection, pytest.raises(DecisionRefused, match="registered"):
        put_right(connection, "dh-9-zz", 3, by="maria", reason="typo", now=NOW)


def test_unusual_consumption_is_among_the_odd_entries(office: Office) -> None:
    for number in range(6):
        volume_ml = 3000 if number == 5 else 1000
        office.first.sell(volume_ml, started=day(number + 1), meter=read(120_000 + 10 * number))
    office.handle(office.first.ledger())
    (one,) = odd_entries(office.engine)
    assert (one.sequence, one.time) == (6, day(6))
    assert one.what == f"unusual consumption: {CAR} took 3.0 L for 10 km, usual are 1.0 L"
