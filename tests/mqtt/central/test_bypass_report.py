"""Fuel by bypass keys and the vouchers for it, as central has them from the ledgers."""

from typing import Any

from gateway.core.facts import BypassChanged, FlowBypassed, VoucherEntered
from mqtt.central.bypass_report import bypasses

SINCE, UNTIL = "2026-07-10T03:00:00.000Z", "2026-07-10T03:10:00.000Z"


def flow(volume_ml: int) -> FlowBypassed:
    return FlowBypassed(
        pump=1,
        volume_ml=volume_ml,
        since=SINCE,
        until=UNTIL,
        unattended=True,
        totaliser_end_ml=volume_ml,
    )


def paper(number: int, sold: str) -> VoucherEntered:
    return VoucherEntered(
        serial=f"A-{number}",
        sale=f"{'0' * 16}-{number}",
        pump=1,
        subject="dh-1001-a",
        volume_ml=4_000,
        sold=sold,
        by="Ama",
    )


def test_litres_on_no_voucher_and_vouchers_without_flow(office: Any) -> None:
    teller = office.first
    teller.tell(BypassChanged(pump=1, on=True))
    teller.tell(flow(6_000))
    teller.append("flow.bypassed", {"pump": 1})
    teller.tell(BypassChanged(pump=1, on=False))
    teller.tell(paper(1, SINCE))
    teller.tell(paper(2, "2026-06-30T05:00:00.000Z"))
    office.handle(teller.ledger())
    office.second.sell(1_000)
    office.handle(office.second.ledger())
    with office.engine.connect() as connection:
        (found,) = bypasses(connection)
        assert bypasses(connection, gateway="depot-2") == []
        (july,) = bypasses(connection, month="2026-07")
        (june,) = bypasses(connection, month="2026-06")
    (turn,) = found.turns
    assert (found.gateway, turn.since, turn.volume_ml) == ("depot-1", SINCE, 6_000)
    assert [one.serial for one in turn.papers] == ["A-1"]
    assert (turn.unpapered_ml, turn.unflowed_ml) == (2_000, 0)
    assert [one.paper.serial for one in found.loose] == ["A-2"]
    assert (len(july.turns), len(july.loose)) == (1, 0)
    assert (len(june.turns), len(june.loose)) == (0, 1)
