"""A tap at an empty grant while the link is up: from the request to the grant in force.

Real programs over a real Mosquitto: forecourt, gateway, central. The gateway's own ledger says
when it asked and when the grant was in force, on disk both times; between lie central's commit,
the directive, and the cache's rewrite. Every driver must be served by the same tap: the pump
waits 800 ms at the most (gateway/core/rules). One of the references is that wait; the other is
a bare question and answer of the same size over the same broker, where nobody does anything.
"""

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from benchmarks._echo import echo_s
from benchmarks._mosquitto import mosquitto
from gateway.config.types import MqttSettings
from gateway.core.allocation import PutCard, PutSubject
from gateway.core.log import Entry
from gateway.core.rules.waiting import ASKING_NS
from gateway.demo.parts import Part
from gateway.demo.watch import Watch, pump_of
from gateway.setup.configurations import PRODUCTS, ZONE
from gateway.setup.folder import Wanted, make_folder
from gateway.store.reader import LedgerReader
from hardware.simulated.control import ForecourtControl
from mqtt.central.database import open_database
from mqtt.central.minting import mint
from mqtt.central.periods import period_of
from mqtt.central.register import put_card, put_subject

BENCHMARK = "topup"
GATEWAY = "gateway-02"
"""Not the first of two: a car too thirsty for half a quota gets its first litres there."""
TAPS = 20
ANSWERED = ("authorised", "refused")
WITHIN_S = 30.0
CAR = PutSubject(
    subject="bench",
    vehicle="car",
    plate="BENCH",
    department="dinkes",
    products=list(PRODUCTS),
    tank_ml=60_000,
    meter="odometer",
    blocked=False,
    subsidy_allowed=False,
)
QUOTA_ML = 30_000
"""Half of it is not half a tank, so the second station's part stays with central."""


def run(as_json: bool = True) -> dict[str, object]:  # noqa: FBT001, FBT002
    """Measure, print the table unless `as_json`, and return it. Needs Mosquitto's programs."""
    with tempfile.TemporaryDirectory(prefix="takar-topup-") as name, ExitStack() as started:
        folder = Path(name)
        port = started.enter_context(mosquitto(folder))
        city = folder / "city"
        uids = make_city(city, port)
        served = tap_all(city, uids)
        asked = list(requests(city / GATEWAY / "ledger.sqlite3"))
        bare = echo_s(port, msgspec.json.encode(asked[0][0]), TAPS)
    assert len(asked) == TAPS, f"{len(asked)} requests were answered"
    took_ms = [_ms(granted) - _ms(request) for request, granted in asked]
    usual_ms, bare_ms = statistics.median(took_ms), statistics.median(bare) * 1000
    what = "tap at an empty grant to the grant in force"
    rows = [
        _row(f"{what}, median of {TAPS}", usual_ms, bare_ms, "a bare echo over the same broker"),
        _row(f"{what}, slowest", max(took_ms), ASKING_NS / 1e6, "what a driver waits at most"),
        _row("drivers served by the same tap", served, TAPS, "taps", unit=""),
    ]
    if not as_json:
        print(f"{'what':56}{'unit':6}{'ours':>8}{'reference':>11}{'ratio':>8}  reference is")
        for row in rows:
            print(
                f"{row['what']:56}{row['unit']:6}{row['ours']:>8}{row['reference']:>11}"
                f"{row['ratio']:>8}  {row['reference_name']}"
            )
    return {"benchmark": BENCHMARK, "rows": rows}


def make_city(city: Path, port: int) -> list[str]:
    """Two stations, and cars whose litres lie with central: their cards."""
    zone, now = ZoneInfo(ZONE), datetime.now(UTC)
    period = period_of(now, zone)
    wanted = Wanted(
        seed=1,
        gateways=2,
        pumps=1,
        period=period,
        kind="simulated",
        mqtt=MqttSettings(port=port),
        reader_poll_ms=50,
        by="takar bench",
    )
    make_folder(city, wanted)
    uids = [f"04BE0000{number:06X}" for number in range(TAPS)]
    engine = open_database(city / "central" / "central.sqlite3")
    with engine.begin() as connection:
        for number, uid in enumerate(uids):
            car = msgspec.structs.replace(CAR, subject=f"bench-{number}", plate=f"BENCH {number}")
            card = PutCard(uid=uid, card="vehicle", holder=car.subject, status="active")
            put_subject(connection, car, QUOTA_ML, now)
            put_card(connection, card, now)
        mint(connection, period, zone, now)
    engine.dispose()
    return uids


def tap_all(city: Path, uids: list[str]) -> int:
    """Tap one card after another; how many were authorised."""
    socket = city / "forecourt-02.sock"
    commands = (
        ["central", "--config", str(city / "central.toml")],
        ["forecourt", "run", "--socket", str(socket)],
        ["gateway", "--config", str(city / f"{GATEWAY}.toml")],
    )
    served = 0
    with ExitStack() as started:
        for command in commands:
            part = Part(command[0], command, city)
            started.callback(part.stop)
            part.wait_until_ready()
        watch = Watch(city / f"{GATEWAY}.sock")
        started.callback(watch.close)
        hand = started.enter_context(ForecourtControl(socket))
        delivered = watch.wait(lambda s: s.online and s.head == s.acknowledged_through, WITHIN_S)
        assert delivered, "central did not acknowledge everything"
        for uid in uids:
            hand.ask("tap", pump=1, cards=[{"uid": uid}])
            assert watch.wait(lambda s: pump_of(s, 1).state in ANSWERED, WITHIN_S), "no answer"
            seen = watch.newest
            served += seen is not None and pump_of(seen, 1).state == "authorised"
            for deed in ("remove", "lift", "hang"):
                hand.ask(deed, pump=1)
            assert watch.wait(lambda s: pump_of(s, 1).state == "idle", WITHIN_S), "not idle"
    return served


def requests(ledger: Path) -> Iterator[tuple[Entry, Entry]]:
    """Each request of the benchmark's cars, and the entry that puts its grant in force."""
    asked: dict[str, Entry] = {}
    with LedgerReader(ledger) as reader:
        for entry in reader.every_entry():
            subject = entry.data.get("subject", "")
            if entry.type == "grant.requested" and subject.startswith(CAR.subject):
                asked.setdefault(subject, entry)
            elif entry.type == "grant.activated" and subject in asked:
                yield asked.pop(subject), entry


def _ms(entry: Entry) -> float:
    return datetime.fromisoformat(entry.time).timestamp() * 1000


def _row(
    what: str, ours: float, reference: float, name: str, unit: str = "ms"
) -> dict[str, object]:
    return {
        "what": what,
        "ours": round(ours, 1),
        "reference": round(reference, 1),
        "reference_name": name,
        "ratio": round(reference / ours, 3),
        "unit": unit,
    }


if __name__ == "__main__":
    run(as_json=False)
