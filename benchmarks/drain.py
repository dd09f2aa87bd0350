"""A backlog of 20,000 sealed entries, drained to central's committed acknowledgement.

Ours: the real link reads a real ledger on disk, over a real Mosquitto, into `takar central` as a
process of its own, until the gateway has noted the sealed acknowledgement of the last entry.
The references send the same entries one by one over the same broker: `mosquitto_pub -l -q 1`
alone, so that the broker throws them away, and with one `mosquitto_sub` that receives and counts
them. Neither checks or stores anything. Each time is the shortest of several rounds. Central's
database holds all of it in its write-ahead log then, durably; moving it to its place comes later.
"""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, func, select

from benchmarks._backlog import GATEWAY, PERIOD, fill_ledger, make_city, open_ledger
from benchmarks._mosquitto import WITHIN_S, forget, mosquitto, receive_s, send_s
from gateway import VERSION
from gateway.config.types import MqttSettings
from gateway.core.log import Entry
from gateway.demo.parts import Part
from gateway.runtime.network import LedgerOutbox
from gateway.store.reader import LedgerReader
from mqtt.callbacks import LinkCallbacks
from mqtt.central.database import open_database
from mqtt.central.directives import heads
from mqtt.central.report_tables import anomalies, rejected, sales
from mqtt.central.tables import entries, gateways
from mqtt.keys import Keyring, load_private
from mqtt.link import Link
from mqtt.seals import CENTRAL
from mqtt.snapshot import Snapshot
from mqtt.topics import topic_of

T = TypeVar("T")

BENCHMARK = "drain"
ENTRIES = 20_000
ROUNDS = 3


class Taken(NamedTuple):
    """Seconds for all entries."""

    ours_s: float
    sent_s: float
    received_s: float


def run(as_json: bool = True) -> dict[str, object]:  # noqa: FBT001, FBT002
    """Measure, print the table unless `as_json`, and return it. Needs Mosquitto's programs.

    `ratio` is reference / ours: the share of the sender's rate at which entries are delivered.
    """
    with tempfile.TemporaryDirectory(prefix="takar-drain-") as name, ExitStack() as started:
        folder = Path(name)
        port = started.enter_context(mosquitto(folder))
        template = folder / "template"
        make_city(template, port)
        lines = template / "lines"
        fill_ledger(template, lines, ENTRIES)
        taken = []
        for number in range(ROUNDS):
            city = folder / f"city-{number}"
            shutil.copytree(template, city)
            times = _drain_s(city, port), send_s(lines, port), receive_s(lines, port, ENTRIES)
            taken.append(Taken(*times))
    best = Taken(*(min(times) for times in zip(*taken, strict=True)))
    rows = [
        _row(best.ours_s, best.sent_s, "mosquitto_pub -l -q 1, received by nobody"),
        _row(best.ours_s, best.received_s, "mosquitto_pub -l -q 1 to mosquitto_sub -q 1"),
    ]
    if not as_json:
        print(f"{'what':54}{'unit':6}{'ours':>8}{'reference':>11}{'ratio':>8}  reference is")
        for row in rows:
            print(
                f"{row['what']:54}{row['unit']:6}{row['ours']:>8}{row['reference']:>11}"
                f"{row['ratio']:>8}  {row['reference_name']}"
            )
    return {"benchmark": BENCHMARK, "rows": rows}


def _row(ours_s: float, reference_s: float, name: str) -> dict[str, object]:
    return {
        "what": f"one of {ENTRIES:,} entries, ledger to acknowledgement",
        "ours": round(ours_s / ENTRIES * 1e6, 1),
        "reference": round(reference_s / ENTRIES * 1e6, 1),
        "reference_name": name,
        "ratio": round(reference_s / ours_s, 2),
        "unit": "us",
    }


def _drain_s(city: Path, port: int) -> float:
    """Start the link beside a central that waits; until the ledger knows all acknowledged."""
    ledger = open_ledger(city)
    central_key = city / "keys" / CENTRAL / f"{CENTRAL}.pem"
    delivered = threading.Event()
    forked: list[str] = []

    def acknowledged(epoch: int, through: int) -> None:
        ledger.acknowledge(through, epoch=epoch)
        if through == ENTRIES:
            delivered.set()

    def fork(detail: str) -> None:
        forked.append(detail)
        delivered.set()

    try:
        with _central(city):
            link = Link(
                MqttSettings(port=port),
                ledger.seals.signer,
                Keyring({CENTRAL: load_private(central_key).public_key()}),
                boot=ledger.boot,
                version=VERSION,
                outbox_factory=lambda: LedgerOutbox(ledger.path, ledger.seals.key_changes),
                directives_position=_directives_position(city),
                callbacks=LinkCallbacks(
                    on_ack=acknowledged,
                    on_directives=_unexpected,
                    on_complete=lambda: None,
                    on_epoch=lambda epoch, _: fork(f"unexpected epoch {epoch}"),
                    on_snapshot=_unexpected,
                    on_forked=fork,
                    on_unreadable=fork,
                    on_state=lambda _online, _why: None,
                ),
            )
            began_ns = time.perf_counter_ns()
            link.start()
            try:
                assert delivered.wait(WITHIN_S), "central did not acknowledge everything"
                took_ns = time.perf_counter_ns() - began_ns
                assert not forked, forked
            finally:
                link.stop()
    finally:
        ledger.close()
    # Retained: the next round's ledger is the same, and would be acknowledged at once.
    forget(topic_of(GATEWAY, "ledger/ack"), port)
    _check(city)
    return took_ns / 1e9


def _unexpected(directives: list[Entry] | Snapshot) -> None:
    raise AssertionError(f"asked for nothing, got {directives}")


def _directives_position(city: Path) -> Callable[[], tuple[int, str]]:
    """As if all were applied, so that nothing but the ledger is on the way."""
    (head,) = _read_central(city, heads)
    return lambda: (head.sequence, head.hash)


def _check(city: Path) -> None:
    """Central has every entry once, and found nothing odd: else it was measured for less work."""
    with LedgerReader(city / GATEWAY / "ledger.sqlite3") as ledger:
        head = ledger.last()

    def counted(connection: Connection) -> tuple[int, int, int, int, str]:
        number_of = [
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (entries, sales, anomalies, rejected)
        ]
        at = connection.scalar(select(gateways.c.head))
        return (number_of[0], number_of[1], number_of[2], number_of[3], str(at))

    stored, sold, odd, refused, at = _read_central(city, counted)
    assert (stored, odd, refused, at) == (ENTRIES, 0, 0, head[1]), (stored, sold, odd, refused)


def _read_central(city: Path, read: Callable[[Connection], T]) -> T:
    engine = open_database(city / "central" / "central.sqlite3")
    try:
        with engine.connect() as connection:
            return read(connection)
    finally:
        engine.dispose()


@contextmanager
def _central(city: Path) -> Iterator[None]:
    part = Part(
        "central", ["central", "--config", str(city / "central.toml"), "--period", PERIOD], city
    )
    try:
        part.wait_until_ready()
        yield
    finally:
        part.stop()


if __name__ == "__main__":
    run(as_json=False)
