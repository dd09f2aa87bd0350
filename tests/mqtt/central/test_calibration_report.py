"""What central says of a change of a pump's ratio, and of a count that fell."""

from typing import Any

import msgspec

from gateway.cli.report import report_lines
from mqtt.central.report import make_report
from tests.core.recalibrations import CARD, changed


def test_a_change_is_in_the_report(office: Any) -> None:
    told = office.first.tell(changed())
    office.handle(office.first.ledger())
    report = make_report(office.engine, int(told.time[:4]))
    (found,) = report.recalibrations
    assert (found.gateway, found.pump, found.count, found.by) == ("depot-1", 1, 1, CARD)
    assert (found.before, found.after, found.fell) == ("100/1", "506/5", False)
    (line,) = [line for line in report_lines(report) if "pulses a litre" in line]
    assert "depot-1 pump 1: 100/1 to 506/5 pulses a litre, the meter was +12000 ppm off" in line
    assert "CHECK" not in line
    assert make_report(office.engine, 1999).recalibrations == []


def test_a_count_that_fell_is_to_be_checked(office: Any) -> None:
    for count in (1, 2, 1):
        told = office.first.tell(changed(count))
    office.first.tell(changed(1, pump=2))
    office.handle(office.first.ledger())
    report = make_report(office.engine, int(told.time[:4]))
    assert [one.fell for one in report.recalibrations] == [False, False, True, False]
    assert sum("CHECK: 2 were known already" in line for line in report_lines(report)) == 1


def test_a_clock_that_was_set_back_between_two_changes_is_no_fall(office: Any) -> None:
    first = office.first
    for count, time in ((1, "2026-07-12T04:00:00.000Z"), (2, "2026-07-10T04:00:00.000Z")):
        first.tell(changed(count))
        first.entries[-1] = msgspec.structs.replace(first.entries[-1], time=time)
    office.handle(first.ledger())
    found = make_report(office.engine, 2026).recalibrations
    assert [(one.count, one.fell) for one in found] == [(1, False), (2, False)]
