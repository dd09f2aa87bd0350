"""Central sees who allowed which vehicle what, and why."""

from gateway.core.allocation import PutCard
from gateway.core.facts import OverrideGranted
from mqtt.central.newest_of_year import MOST
from mqtt.central.override_report import overrides
from mqtt.central.register import put_card
from tests.mqtt.central.city import NOW, SUBJECTS
from tests.mqtt.central.office import Office

MARIA = PutCard(uid="04AABBCCDDEE01", card="supervisor", holder="maria", status="active")


def granted(office: Office, supervisor: str = MARIA.uid, **changes: object) -> None:
    usual: dict[str, object] = {
        "pump": 1,
        "sale": f"{office.first.incarnation}-1",
        "supervisor": supervisor,
        "subject": SUBJECTS[0],
        "chosen": True,
        "reason": "card_forgotten",
        "text": "left at home",
        "by": None,
        "ceiling_ml": 8000,
        "clock": "good",
    }
    office.first.tell(OverrideGranted(**(usual | changes)))  # type: ignore[arg-type]


def test_the_year_has_them_with_who_and_why(office: Office) -> None:
    with office.engine.begin() as connection:
        put_card(connection, MARIA, NOW)
    granted(office)
    granted(office, "04AABBCCDDEE02", reason=None, chosen=False, text="")
    office.handle(office.first.ledger())
    with office.engine.connect() as connection:
        count, (newest, oldest) = overrides(connection, 2026)
        assert overrides(connection, 2025) == (0, [])
    assert count == 2
    assert (newest.supervisor, newest.reason, newest.chosen) == ("04AABBCCDDEE02", None, False)
    assert (oldest.gateway, oldest.supervisor, oldest.subject) == ("depot-1", "maria", SUBJECTS[0])
    assert oldest.chosen
    assert (oldest.reason, oldest.text, oldest.ceiling_ml) == (
        "card_forgotten",
        "left at home",
        8000,
    )


def test_all_are_counted_and_the_newest_listed(office: Office) -> None:
    for number in range(MOST + 1):
        granted(office, text=str(number))
    office.handle(office.first.ledger())
    with office.engine.connect() as connection:
        count, found = overrides(connection, 2026)
    assert count == MOST + 1
    assert [one.text for one in found] == [str(n) for n in range(MOST, 0, -1)]
