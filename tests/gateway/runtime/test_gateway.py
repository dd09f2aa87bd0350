"""A gateway put together in this process, on a simulated forecourt and without a broker."""

import gc
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec
import pytest

from gateway.config.load import load_gateway
from gateway.config.types import GatewayConfig, MqttSettings
from gateway.core.facts import Charge, EmergencyStopChanged
from gateway.core.open_draw import OpenDraw
from gateway.core.open_session import OpenSession
from gateway.core.reasons import Reason
from gateway.core.units import Calibration
from gateway.runtime.gateway import Gateway
from gateway.runtime.made_of import MadeOf
from gateway.runtime.network import Network
from gateway.setup.folder import Wanted, make_folder
from gateway.store.ledger import Ledger
from gateway.store.reader import LedgerReader
from hardware.assemble import Hardware
from hardware.ports import HardwareError
from hardware.simulated.forecourt.server import ForecourtServer
from hardware.simulated.forecourt.settings import ForecourtSettings
from hardware.simulated.forecourt.world import World
from mqtt.keys import load_private
from tests.core.recalibrations import changed
from tests.gateway.store.samples import session

PERIOD = "2025-11"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """As `takar init` makes it; not in tmp_path: a Unix socket's path has 107 bytes at most."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="takar-") as made:
        wanted = Wanted(
            seed=1,
            gateways=1,
            pumps=2,
            period=PERIOD,
            kind="simulated",
            mqtt=MqttSettings(host="127.0.0.1", port=port, protocol="3.1.1"),
            by="a test",
        )
        make_folder(Path(made) / "s", wanted)
        yield Path(made) / "s"


@pytest.fixture
def config(folder: Path) -> Iterator[GatewayConfig]:
    """With a forecourt in simulated time that serves it."""
    with ExitStack() as running:
        server = ForecourtServer(World(ForecourtSettings(time="simulated")), folder / "f.sock")
        thread = threading.Thread(target=server.serve)
        thread.start()
        running.callback(thread.join)
        running.callback(server.stop)
        config = load_gateway(folder / "gateway.toml")
        hardware = msgspec.structs.replace(config.hardware, forecourt_socket=str(folder / "f.sock"))
        yield msgspec.structs.replace(config, hardware=hardware)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """A gateway takes the process for its own."""
    handlers = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)}
    yield
    gc.unfreeze()
    for number, handler in handlers.items():
        signal.signal(number, handler)


def entries(folder: Path) -> list[str]:
    with closing(LedgerReader(folder / "gateway" / "ledger.sqlite3")) as reader:
        return [entry.type for entry in reader.every_entry()]


def test_what_is_noted_at_the_very_end_is_heard_before_it_is_delivered(
    config: GatewayConfig, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_deliver: list[int] = []
    monkeypatch.setattr(Network, "deliver", lambda _network, head: to_deliver.append(head))
    with Gateway(config) as gateway:

        def ready() -> None:
            gateway._till.note_fact(EmergencyStopChanged(pressed=False))
            gateway.loop.stop()

        assert gateway.summary == "gateway, pumps 1 (pertamax), 2 (dexlite)"
        gateway.run(ready)
    written = entries(folder)
    assert written[-1] == "emergency_stop.changed"
    assert to_deliver == [len(written)]


def test_sigterm_ends_it_in_an_orderly_way(config: GatewayConfig, folder: Path) -> None:
    before = len(entries(folder))
    with Gateway(config) as gateway:
        gateway.run(lambda: signal.raise_signal(signal.SIGTERM))
    assert entries(folder)[before:] == ["gateway.booted"]
    assert not (folder / "gateway.sock").exists()


def test_one_that_cannot_be_put_together_gives_everything_back(
    config: GatewayConfig, folder: Path
) -> None:
    identity = msgspec.structs.replace(config.gateway, status_socket=str(folder / "no" / "s.sock"))
    with pytest.raises(OSError, match="No such file"):
        Gateway(msgspec.structs.replace(config, gateway=identity))
    with Gateway(config) as gateway:  # devices, ledger and threads are free again
        gateway.run(gateway.loop.stop)


def leave_a_fill_open(config: GatewayConfig, folder: Path) -> OpenSession:
    """As a power cut does."""
    private = load_private(Path(config.keys.private_file))
    path = folder / "gateway" / "ledger.sqlite3"
    ledger = Ledger.open(path, private, gateway=config.gateway.name)
    with closing(ledger):
        number = ledger.next_session_no()
        incarnation = ledger.seals.signer.incarnation
        row = msgspec.structs.replace(
            session(number, Charge(1, 100), metered_ml=50), sale=f"{incarnation}-{number}"
        )
        ledger.commit(put_session=row)
    return row


def test_a_start_on_a_full_disk_sells_nothing_until_it_is_recorded(
    config: GatewayConfig,
    folder: Path,
    full_disk: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = leave_a_fill_open(config, folder)
    before = len(entries(folder))
    full_disk("ledger")
    heard: list[tuple[Reason | None, int]] = []
    with Gateway(config) as gateway:
        books, keeper = gateway._books, gateway._keeper
        assert "sells nothing: storage_full" in gateway.summary
        assert gateway._network is not None

        def recorded() -> None:
            heard.append((books.stoppage.blocked, books.totaliser_ml(1, 0)))
            gateway.loop.stop()

        def ready() -> None:
            gateway._till.note_fact(EmergencyStopChanged(pressed=False))
            keeper.run(monkeypatch.undo)  # there is room again
            keeper.run(lambda: keeper.answer(recorded))

        gateway.run(ready)
    assert heard == [(None, row.totaliser_start_ml + 50)]
    assert entries(folder)[before:] == [
        "gateway.booted",
        "sale.completed",
        "flow.uncounted",
        "emergency_stop.changed",
        "storage.blocked",
    ]


def test_without_its_devices_it_still_closes_what_was_open(
    config: GatewayConfig, folder: Path
) -> None:
    leave_a_fill_open(config, folder)
    before = len(entries(folder))

    def absent(*_: object, **__: object) -> Hardware:
        raise HardwareError("pump 2: no reader answers")

    hardware = msgspec.structs.replace(config.hardware, kind="raspberry-pi")
    real = msgspec.structs.replace(config, hardware=hardware)
    for _ in range(3):  # the system tries again and again
        with pytest.raises(HardwareError, match="pump 2"):
            Gateway(real, MadeOf(hardware=absent))
    assert entries(folder)[before:] == ["gateway.booted", "sale.completed", "flow.uncounted"]


@pytest.mark.parametrize(("metered_ml", "unseen_ml"), [(0, 100), (50, 50)])
def test_a_draw_that_was_open_is_closed_and_charged_to_nobody(
    config: GatewayConfig, folder: Path, metered_ml: int, unseen_ml: int
) -> None:
    path = folder / "gateway" / "ledger.sqlite3"
    private = load_private(Path(config.keys.private_file))
    with closing(Ledger.open(path, private, gateway=config.gateway.name)) as ledger:
        ledger.commit(
            put_session=OpenDraw(
                session_no=ledger.next_session_no(),
                pump=1,
                card="04A1B2C3D4E5F6",
                bound_ml=100,
                metered_ml=metered_ml,
                totaliser_start_ml=0,
                started="2026-11-22T04:00:00.000Z",
                boot=1,
            )
        )
    before = len(entries(folder))
    for _ in range(2):  # once is enough
        with Gateway(config) as gateway:
            gateway.run(gateway.loop.stop)
    assert entries(folder)[before:] == ["gateway.booted", "calibration.drawn", "gateway.booted"]
    with LedgerReader(path) as reader:
        found = [e.data for e in reader.every_entry() if e.type == "calibration.drawn"][-1]
    assert (found["volume_ml"], found["unseen_ml"]) == (metered_ml, unseen_ml)
    assert (found["estimated"], found["ended_by"]) == (True, "power_lost")


def test_the_ledgers_ratio_is_in_force_and_not_the_configurations(
    config: GatewayConfig, folder: Path
) -> None:
    path = folder / "gateway" / "ledger.sqlite3"
    private = load_private(Path(config.keys.private_file))
    with closing(Ledger.open(path, private, gateway=config.gateway.name)) as ledger:
        ledger.commit([(changed(1, pump=2), "2026-11-22T04:00:00.000Z")])
    with Gateway(config) as gateway:
        ratios = {
            number: desk.session.rules.dosing.calibration for number, desk in gateway.desks.items()
        }
        gateway.run(gateway.loop.stop)
    configured = {
        pump.number: Calibration(pump.calibration_pulses, pump.calibration_litres)
        for pump in config.pumps
    }
    assert ratios == {**configured, 2: Calibration(506, 5)}
