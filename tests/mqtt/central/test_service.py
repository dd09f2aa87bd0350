"""Central as the process that it is, against a real Mosquitto, killed and started again."""

import queue
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from gateway.core.chain import GENESIS
from mqtt.batches import check_batch
from mqtt.certificates import public_text
from mqtt.connection import Connection, Publication
from mqtt.keys import Keyring
from mqtt.messages import DirectivesMessage
from mqtt.payloads import decode
from mqtt.seal import Seal
from mqtt.seals import verify

WITHIN_S = 20
CONFIG = """
[central]
city = "kupang"
database = "central.sqlite3"
acknowledge_every_ms = 20
[keys]
private_file = "central.pem"
root_key = "{root}"
[mqtt]
port = {port}
protocol = "{protocol}"
"""


class Process:
    """`takar central` for an office, minting only the month that the office has."""

    def __init__(self, office: Any, folder: Path, settings: Any) -> None:
        self._config = folder / "central.toml"
        self._config.write_text(
            CONFIG.format(
                port=settings.port,
                protocol=settings.protocol,
                root=public_text(office.root.public_key()),
            )
        )
        key = folder / "central.pem"
        key.write_bytes(
            office.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        key.chmod(0o600)
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "gateway.cli", "central", "--period", "2026-07"]
        self._process = subprocess.Popen(
            [*command, "--config", str(self._config)],
            cwd=Path(__file__).parents[3],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if "ready" in line:
                return
        raise AssertionError(f"central ended with {self._process.wait()}: {said}")

    def end(self, number: signal.Signals) -> int:
        self._process.send_signal(number)
        self._process.communicate(timeout=WITHIN_S)
        return self._process.returncode


class Listener:
    """A gateway's plain connection: publishes, and hears what central answers."""

    def __init__(self, settings: Any, office: Any) -> None:
        self._keyring = Keyring({"central": office.key.public_key()})
        self._heard: queue.Queue[tuple[str, bytes]] = queue.Queue()
        up: queue.Queue[None] = queue.Queue()
        self._connection = Connection(
            settings,
            "listener",
            [("takar/v1/+/ledger/ack", 0), ("takar/v1/+/directives/#", 1)],
            on_up=lambda: up.put(None),
            on_down=lambda _why: None,
            on_message=lambda topic, payload: self._heard.put((topic, payload)),
        )
        self._connection.start()
        up.get(timeout=WITHIN_S)

    def say(self, *messages: Any) -> None:
        for message in messages:
            assert self._connection.publish(Publication(*message))

    def hear(self, kind: Any, wanted: Callable[[Any], bool]) -> Any:
        """The first message of a kind of depot-1 that is wanted, its seal verified."""
        while True:
            topic, payload = self._heard.get(timeout=WITHIN_S)
            if topic != f"takar/v1/depot-1/{kind}":
                continue
            message = decode(kind, payload)
            seal = message if isinstance(message, Seal) else message.seal  # type: ignore[union-attr]
            seal_type: Any = {"ledger/ack": "ledger-ack", "directives/head": "directives-head"}
            verify(
                seal,
                self._keyring,
                type=seal_type.get(kind, "directives"),
                gateway="depot-1",
                incarnation="1" * 16,
                epoch=1,
            )
            if wanted(message):
                return message

    def acknowledged(self, through: int) -> Seal:
        heard: Seal = self.hear("ledger/ack", lambda seal: seal.sequence >= through)
        return heard

    def stop(self) -> None:
        self._connection.stop()


@pytest.fixture
def protocol() -> str:
    return "5"


@pytest.fixture
def settings(protocol: str, start_mosquitto: Callable[..., Any]) -> Any:
    return start_mosquitto(protocol).settings


@pytest.fixture
def central(office: Any, tmp_path: Path, settings: Any) -> Iterator[Process]:
    process = Process(office, tmp_path, settings)
    yield process
    process.end(signal.SIGKILL)


@pytest.fixture
def listener(office: Any, settings: Any) -> Iterator[Listener]:
    listening = Listener(settings, office)
    yield listening
    listening.stop()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_duplicates_and_disorder_over_the_broker(
    office: Any, central: Process, listener: Listener
) -> None:
    for _ in range(30):
        office.first.sell(10)
    for first in (21, 1, 1, 11, 5, 21, 1):
        listener.say(office.first.ledger(first, first + 9))
    seal = listener.acknowledged(30)
    assert seal.head == office.first.entries[-1].hash
    assert office.count() == (30, 30, 300)


def test_killed_in_the_middle_again_and_again(
    office: Any, central: Process, listener: Listener
) -> None:
    """Each time signal 9 finds it somewhere among 40 messages; what it acknowledged is there."""
    for _ in range(120):
        office.first.sell(10)
    for wanted in (1, 30):
        through = office.row("depot-1").through
        listener.say(*[office.first.ledger(s, s) for s in range(through + 1, through + 41)])
        acknowledged = listener.acknowledged(through + wanted).sequence
        central.end(signal.SIGKILL)
        count = office.count()
        assert count == (count[0], count[0], 10 * count[0])
        assert count[0] >= acknowledged
        central.start()
    listener.say(office.first.ledger(office.row("depot-1").through + 1))
    listener.acknowledged(120)
    assert office.count() == (120, 120, 1200)


def test_sigterm_ends_it_cleanly(office: Any, central: Process) -> None:
    assert central.end(signal.SIGTERM) == 0


def test_directives_are_served_and_continue_the_chain(
    office: Any, central: Process, listener: Listener
) -> None:
    head = listener.hear("directives/head", lambda _: True)
    assert (head.sequence, head.head) == (
        office.row("depot-1").directives_through,
        office.row("depot-1").directives_head,
    )
    listener.say(office.first.request(1, GENESIS))
    message: DirectivesMessage = listener.hear("directives", lambda _: True)
    assert message.directives[0].prevhash == GENESIS
    assert check_batch(message.directives, message.seal, "takar/central") == head.head


def test_what_another_process_appends_is_announced(
    office: Any, central: Process, listener: Listener
) -> None:
    from datetime import UTC, datetime

    from gateway.core.allocation import PutCard
    from mqtt.central.register import put_card

    head = listener.hear("directives/head", lambda _: True)
    lost = PutCard(uid="04A1B2C3D4E5F6", card="vehicle", holder="dh-1001-aa", status="lost")
    with office.engine.begin() as connection:
        put_card(connection, lost, datetime(2026, 7, 11, tzinfo=UTC))
    newer = listener.hear("directives/head", lambda seal: seal.sequence > head.sequence)
    listener.say(office.first.request(newer.sequence, head.head))
    message = listener.hear("directives", lambda _: True)
    assert message.directives[0].data["status"] == "lost"
