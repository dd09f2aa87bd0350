"""Two stations and all that can happen to litres and keys; then what an auditor and a clerk see."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from gateway.core.allocation import PutSubject
from gateway.core.log import Entry
from gateway.runtime.control import ask, control_path
from gateway.runtime.requests import ChooseOverride
from tests.faults.records import Sale, until
from tests.faults.station import NL_PER_ML, PULSE_ML, Station
from tests.mqtt.brokers import RunningBroker
from tests.scenarios.office import MOTORCYCLE, like, register

CAR = like(MOTORCYCLE, "dh-2-bb", vehicle="car", tank_ml=20_000)
CAR_UIDS = "04A1B2C3D4E5F6", "04A1B2C3D4E5F7"
CAR_QUOTA_ML = 40_000
"""Less than two fills are at hand at each station, so that the first tap asks for more."""
GUEST = like(MOTORCYCLE, "dh-3-cc")
GUEST_UID = "04A1B2C3D4E5F8"
AMBULANCE = like(MOTORCYCLE, "dh-4-dd", vehicle="car", emergency=True)
AMBULANCE_UID = "04A1B2C3D4E5F9"
PUMPS = 2
FLOWED_ML = 500


@pytest.fixture
def stations(
    template_of_two: Path, tmp_path: Path, start_mosquitto: Callable[..., RunningBroker]
) -> Iterator[tuple[Station, Station]]:
    port = start_mosquitto().settings.port
    with ExitStack() as started:
        made = []
        for name in ("gateway", "gateway-02"):
            made.append(Station(template_of_two, tmp_path / "s", port, name))
            started.callback(made[-1].close)
        made[0].start_central()
        for station in made:
            station.start_forecourt()
            station.start_gateway()
        yield made[0], made[1]


def test_two_stations(stations: tuple[Station, Station]) -> None:
    a, b = stations
    register(a, GUEST, [GUEST_UID], 0)
    register(a, AMBULANCE, [AMBULANCE_UID], 0)
    register(a, CAR, CAR_UIDS, CAR_QUOTA_ML)
    for station in stations:
        granted(station, CAR)

    top_up_and_recall(a, b)
    override_ml = override(a)
    rotate_central(a, b)
    emergency_ml = emergency(b)
    rotate_gateway(a)
    sold_before = restore(b)
    everything_adds_up(a, b, [*a.sales(), *sold_before, *b.sales()], override_ml, emergency_ml)


def granted(station: Station, subject: PutSubject, count: int = 1) -> list[Entry]:
    def look() -> list[Entry]:
        found = station.entries("grant.activated")
        own = [entry for entry in found if entry.data["subject"] == subject.subject]
        return own if len(own) >= count else []

    return until(f"grant {count} of {subject.subject} at {station.name}", look)


def top_up_and_recall(a: Station, b: Station) -> None:
    """A tap at A brings what central kept back, behind the driver, and takes what B held. The
    vehicle's other card then calls all back from A for B, while the fill at A goes on."""
    first, second = CAR_UIDS
    a.begin(first)
    (asked,) = a.recorded("grant.requested")
    assert asked.data["subject"] == CAR.subject
    top_up = granted(a, CAR, 2)[1]
    (given_up,) = b.recorded("grant.closed")
    assert (given_up.data["why"], given_up.data["spent_ml"]) == ("recalled", 0)
    until("flow", lambda: a.pump()["dispensed_nl"] > FLOWED_ML * NL_PER_ML)

    b.begin(second, free_ml=1500)
    report = a.recorded("grant.reported")[0]
    assert report.data["reserved_ml"] > 0
    early = {entry.data["grant_no"] for entry in a.entries("grant.closed")}
    assert report.data["grant_no"] not in early, "closed in mid-fill"
    a.do("hang")
    closed = a.recorded("grant.closed", 2)
    assert {entry.data["why"] for entry in closed} == {"recalled"}
    assert top_up.data["grant_no"] in {entry.data["grant_no"] for entry in closed}
    assert sum(entry.data["spent_ml"] for entry in closed) == a.sales()[-1].volume_ml
    b.finish()


def override(a: Station) -> int:
    """A vehicle without litres fills, as a supervisor wills it; the millilitres."""
    supervisor = a.uid_of("supervisor")
    a.tap(supervisor)
    a.see_code("override")
    a.do("remove")
    volume_ml = a.fill(GUEST_UID, 700).volume_ml
    assert a.entries("sale.completed")[-1].data["override_by"] == supervisor
    return volume_ml


def emergency(b: Station) -> int:
    """An ambulance without litres of its own draws on its department's: by its own card, and where
    that is left behind, as a supervisor wills it who names the plate."""
    volume_ml = b.fill(AMBULANCE_UID, 900).volume_ml
    charged_to_department(b)
    supervisor = b.uid_of("supervisor")
    b.tap(supervisor)
    b.see_code("override")
    b.do("remove")
    forgotten = ChooseOverride(1, "card_forgotten", "patient on board", "dh 4 dd")
    path = control_path(str(b.folder / f"{b.name}.sock"))
    assert ask(path, forgotten) == {"pump": 1, "subject": AMBULANCE.subject}
    b.do("lift")
    b.do("squeeze", free_ml=600)
    b.finish()
    named = charged_to_department(b)
    assert (named["card"], named["override_by"]) == (supervisor, supervisor)
    return volume_ml + int(named["volume_ml"])


def charged_to_department(b: Station) -> dict[str, Any]:
    """The newest sale, which the department's emergency grant has paid alone."""
    sold = b.entries("sale.completed")[-1].data
    (charge,) = sold["charges"]
    grants = {e.data["grant_no"]: e.data for e in b.entries("grant.activated")}
    grant = grants[charge["grant_no"]]
    assert (grant["kind"], grant["subject"]) == ("emergency", AMBULANCE.department)
    assert (sold["subject"], charge["volume_ml"]) == (AMBULANCE.subject, sold["volume_ml"])
    return sold


def rotate_central(a: Station, b: Station) -> None:
    config, root = a.folder / "central.toml", a.folder / "root" / "root.pem"
    a.takar("keys", "rotate-central", "--config", str(config), "--root", str(root))
    for station in (a, b):
        station.recorded("key.learned", 2)
        station.fill(station.card(), 300)


def rotate_gateway(a: Station) -> None:
    assert a.gateway.stop() == 0
    a.takar("keys", "rotate-gateway", "--config", str(a.folder / a.configuration))
    a.start_gateway()
    a.fill(a.card(), 300)
    a.delivered()


def restore(b: Station) -> list[Sale]:
    """B's card dies after its backup; returns what it had sold. A tap at the new one asks."""
    config, backup = str(b.folder / b.configuration), str(b.folder / "stick")
    b.takar("backup", config, backup)
    b.fill(b.card(), 300)
    b.delivered()
    sold = b.sales()
    b.gateway.kill()
    shutil.rmtree(b.folder / b.name)
    b.takar("restore", config, "--backup", backup, "--by", "technician")
    b.start_gateway()
    b.see("central to confirm", lambda seen: seen.online and seen.blocked is None)
    b.fill(CAR_UIDS[1], 400)
    return sold


def everything_adds_up(
    a: Station, b: Station, recorded: list[Sale], override_ml: int, emergency_ml: int
) -> None:
    config = str(a.folder / "central.toml")
    recorded_ml = sum(sale.volume_ml for sale in recorded)
    for station in (a, b):
        station.delivered()
        assert station.verify().endswith("nothing wrong")
    report = json.loads(a.takar("report", "--config", config, "--json"))
    total = report["total"]
    assert (total["volume_ml"], total["fills"]) == (recorded_ml, len(recorded))
    assert (total["override_ml"], total["emergency_ml"]) == (override_ml, emergency_ml)
    assert sum(each["volume_ml"] for each in report["departments"]) == recorded_ml
    (dinkes,) = [one for one in report["departments"] if one["department"] == AMBULANCE.department]
    assert dinkes["emergency_ml"] == emergency_ml
    newest = report["overrides"][0]
    why = [newest[key] for key in ("gateway", "subject", "chosen", "reason", "text")]
    assert why == [b.name, AMBULANCE.subject, True, "card_forgotten", "patient on board"]
    assert (report["anomalies"], report["quarantined"], report["refusals"]) == (0, 0, {})
    assert [one["state"] for one in report["gateways"]] == ["online", "online"]

    for station in (a, b):
        assert station.gateway.stop() == 0
    dispensed_nl = sum(s.pump(n)["dispensed_nl"] for s in (a, b) for n in range(1, PUMPS + 1))
    assert abs(recorded_ml - dispensed_nl / NL_PER_ML) <= PULSE_ML * PUMPS * 2
    assert len({sale.sale for sale in recorded}) == len(recorded)
    print(audited(a, b, config))


def audited(a: Station, b: Station, config: str) -> str:
    """The page over both stations' own exports and central's copies, whose exit status is 0."""
    exports, keys = a.folder / "exports", str(a.folder / "public-keys")
    a.takar("central", "export", str(exports), "--config", config)
    for station in (a, b):
        own = exports / f"own-{station.name}.jsonl.gz"
        a.takar("ledger", "export", str(station.ledger), "--output", str(own))
    a.takar("keys", "export", keys, "--config", config)
    page = a.takar("audit", str(exports), "--keys", keys)
    assert "NOTHING WRONG FOUND" in page
    assert "in 5 files" in page
    return page
