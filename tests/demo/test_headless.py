"""`takar demo --headless`: every figure agrees, whatever the broker, and a seed says it all."""

import contextlib
import json
import queue
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from jsonschema import Draft202012Validator
from paho.mqtt.enums import CallbackAPIVersion

from gateway.config.load import load_central, load_gateway
from gateway.core.log import Entry
from mqtt.schema import file_of
from mqtt.topics import parse_topic
from tests.demo.conftest import END_S, REPOSITORY, TAKAR, HeadlessRun, run_headless
from tests.mqtt.brokers import RunningBroker, mosquitto

KEYS = [
    "fills",
    "refused",
    "dispensed_ml",
    "recorded_ml",
    "central_ml",
    "unauthorised_ml",
    "ledger_entries",
    "acked_through",
    "commits",
    "conservation_ok",
    "elapsed_s",
]
PULSES_ML = 20
"""One pulse of each of the two pumps."""


def check_figures(run: HeadlessRun, taps: int) -> None:
    assert run.status == 0, run.progress
    totals = run.totals
    assert list(totals) == KEYS
    assert totals["fills"] + sum(totals["refused"].values()) == taps
    assert totals["recorded_ml"] == totals["central_ml"] > 0
    assert totals["acked_through"] == totals["ledger_entries"] > taps
    assert totals["conservation_ok"] is True
    off_ml = totals["recorded_ml"] + totals["unauthorised_ml"] - totals["dispensed_ml"]
    assert abs(off_ml) <= PULSES_ML


def outcomes(entries: list[Entry]) -> list[tuple[str, str, dict[str, Any]]]:
    """Entries without what a folder has of its own: keys, incarnation, ports; and without what
    central gives, which arrives when a real network has brought it."""
    own = ("sale", "configuration_hash", "content", "statement")
    given = ("allocation.applied", "grant.activated")
    return [
        (entry.type, entry.time, {k: v for k, v in entry.data.items() if k not in own})
        for entry in entries
        if entry.type not in given
    ]


def test_every_figure_agrees(headless: HeadlessRun) -> None:
    check_figures(headless, 25)
    assert len(headless.lines) == 1
    assert "25 of 25 visits" in headless.progress


def test_what_it_says_is_what_it_leaves(headless: HeadlessRun) -> None:
    totals, entries = headless.totals, headless.entries
    sales = [entry.data for entry in entries if entry.type == "sale.completed"]
    assert len(entries) == totals["ledger_entries"]
    assert len(sales) == totals["fills"]
    assert sum(sale["volume_ml"] for sale in sales) == totals["recorded_ml"]
    assert not any(sale["estimated"] or sale["overrun_ml"] for sale in sales)
    database = headless.folder / "central" / "central.sqlite3"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (central_ml,) = connection.execute("SELECT SUM(volume_ml) FROM sales").fetchone()
    assert central_ml == totals["central_ml"]


def test_the_folder_it_keeps_can_be_worked_with(headless: HeadlessRun) -> None:
    folder = headless.folder
    assert load_gateway(folder / "gateway.toml").hardware.kind == "simulated"
    load_central(folder / "central.toml")
    assert (folder / "gateway" / "allocation.json").stat().st_size > 0
    assert {log.stem for log in (folder / "logs").iterdir()} == {
        "broker",
        "central",
        "forecourt",
        "gateway",
    }
    verified = subprocess.run(
        [*TAKAR, "ledger", "verify", str(headless.ledger)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=END_S,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_folder_in_use_is_refused_and_left_alone(headless: HeadlessRun) -> None:
    before = headless.ledger.read_bytes()
    again = run_headless(headless.folder, 1, 1)
    assert again.status != 0
    assert str(headless.folder) in again.progress
    assert "Traceback" not in again.progress
    assert headless.ledger.read_bytes() == before


def test_another_seed_is_another_day(headless: HeadlessRun, short_folder: Path) -> None:
    other = run_headless(short_folder / "other", 8, 8)
    check_figures(other, 8)
    sales = [
        [entry.data["subject"] for entry in run.entries if entry.type == "sale.completed"]
        for run in (headless, other)
    ]
    assert sales[0][: len(sales[1])] != sales[1]


@pytest.mark.parametrize(
    ("number", "once"),
    [(signal.SIGTERM, "making a city"), (signal.SIGHUP, "of 100000 visits")],
    ids=["while it starts", "at work"],
)
def test_whatever_ends_it_no_part_of_it_is_left(
    short_folder: Path, number: signal.Signals, once: str
) -> None:
    folder = short_folder / number.name
    command = [*TAKAR, "demo", "--headless", "--fills", "100000", "--keep", str(folder)]
    with subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stderr is not None
        said = ""
        while once not in said:
            said = demo.stderr.readline()
            assert said, "it ended by itself"
        demo.send_signal(number)
        demo.communicate(timeout=END_S)
    assert demo.returncode != 0
    assert parts_of(folder) == []


def parts_of(folder: Path) -> list[str]:
    """Command lines of processes that work in the folder."""
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            lines.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return [line for line in lines if str(folder) in line]


class Stranger:
    """A subscriber with a stock client and a stock validator, and nothing else of ours."""

    def __init__(self, port: int) -> None:
        self.messages: queue.SimpleQueue[paho.MQTTMessage] = queue.SimpleQueue()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "stranger")
        self._client.on_message = lambda _client, _data, message: self.messages.put(message)
        self._client.connect("127.0.0.1", port)
        subscribed = queue.SimpleQueue[None]()
        self._client.on_subscribe = lambda *_: subscribed.put(None)
        self._client.loop_start()
        self._client.subscribe("takar/v1/#", qos=1)
        subscribed.get(timeout=END_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RunningBroker]:
    running = mosquitto(tmp_path)
    yield running
    running.kill()


@pytest.fixture
def stranger(broker: RunningBroker) -> Iterator[Stranger]:
    stranger = Stranger(broker.settings.port)
    yield stranger
    stranger.close()


def test_the_same_seed_over_mosquitto_has_the_same_outcomes_and_a_stranger_follows_them(
    headless: HeadlessRun, short_folder: Path, broker: RunningBroker, stranger: Stranger
) -> None:
    run = run_headless(
        short_folder / "mosquitto", 25, 7, "--broker", f"127.0.0.1:{broker.settings.port}"
    )
    check_figures(run, 25)
    assert outcomes(run.entries) == outcomes(headless.entries)
    same = set(KEYS) - {"elapsed_s", "commits", "ledger_entries", "acked_through"}
    assert {key: run.totals[key] for key in same} == {key: headless.totals[key] for key in same}
    heard = follow(stranger, run.totals["ledger_entries"])
    assert heard == {entry.sequence: (entry.type, entry.prevhash) for entry in run.entries}


def follow(stranger: Stranger, through: int) -> dict[int, tuple[str, str]]:
    """Every entry heard, once the last one has come; each message is checked on the way."""
    heard: dict[int, tuple[str, str]] = {}
    kinds: set[str] = set()
    end_s = time.monotonic() + END_S
    while len(heard) < through or "ledger/ack" not in kinds:
        message = stranger.messages.get(timeout=max(0.0, end_s - time.monotonic()))
        _gateway, kind = parse_topic(message.topic)
        kinds.add(kind)
        body = json.loads(message.payload)
        Draft202012Validator(json.loads(file_of(kind).read_text())).validate(body)
        if kind != "ledger":
            continue
        sequences = [entry["sequence"] for entry in body["entries"]]
        assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
        assert sequences[0] <= max(heard, default=0) + 1, "a gap"
        heard |= {e["sequence"]: (e["type"], e["prevhash"]) for e in body["entries"]}
    return heard
