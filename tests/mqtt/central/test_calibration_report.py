"""What central says of a change of a pump's ratio, and of a count that fell."""

from typing import Any

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
