"""What is read from files and sockets: each fault is made for real, and gets its verdict."""

import errno
import json
import os
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from gateway.config.load import load_gateway
from gateway.config.types import GatewayConfig, MqttSettings
from gateway.core.facts import GatewayBooted
from gateway.core.units import NS_PER_S
from gateway.demo.parts import Part
from gateway.doctor import health
from gateway.doctor.judging.books import (
    judge_allocation,
    judge_broker,
    judge_ledger,
)
from gateway.doctor.judging.clocks import judge_clock, judge_rtc
from gateway.doctor.judging.disk import judge_disk, judge_space, judge_wear
from gateway.doctor.judging.keys import (
    judge_certificate,
    judge_key,
    judge_trust,
)
from gateway.doctor.probes import disk, network
from gateway.doctor.probes.books import Books
from gateway.doctor.probes.certificates import read_own_certificate
from gateway.doctor.probes.clocks import look_at_clock, look_at_rtc, now_ns
from gateway.doctor.probes.network import ask_central
from gateway.doctor.probes.running import look_for_gateway
from gateway.runtime.wall import utc_text
from gateway.setup.certificate_files import TlsFiles
from gateway.setup.folder import Wanted, make_folder
from gateway.store.ledger import Ledger
from mqtt.authority import PEM, Authority, new_authority, new_key
from mqtt.keys import load_private, make_private
from tests.gateway.runtime.snapshots import snapshot
from tests.mqtt.brokers import mosquitto

DAY_NS = 86_400 * NS_PER_S


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gateway that never ran, only copied."""
    folder = tmp_path_factory.mktemp("doctor") / "city"
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        mqtt = MqttSettings(port=nobody.getsockname()[1])
    month = datetime.now(UTC).strftime("%Y-%m")
    wanted = Wanted(
        seed=1, gateways=1, pumps=1, period=month, kind="raspberry-pi", mqtt=mqtt, by="a test"
    )
    make_folder(folder, wanted)
    return folder


@pytest.fixture
def config(made: Path, tmp_path: Path) -> GatewayConfig:
    for part in ("gateway", "keys"):
        shutil.copytree(made / part, tmp_path / part)
    text = (made / "gateway.toml").read_text().replace("gateway.sock", "/run/g.sock")
    (tmp_path / "gateway.toml").write_text(text)
    return load_gateway(tmp_path / "gateway.toml")


def codes(config: GatewayConfig, at_ns: int | None = None) -> dict[str, str]:
    books = Books(config)
    found = [
        judge_ledger(books.ledger()),
        judge_key(books.key()),
        judge_trust(books.trust()),
        judge_allocation(books.allocation(at_ns or now_ns())),
    ]
    return {one.check: one.code for one in found}


def read(books: Books) -> None:
    """Each needs the one before."""
    books.ledger()
    books.key()
    books.allocation(now_ns())


WELL = {
    "ledger": "ledger_whole",
    "key": "key_fits",
    "trust": "trust_proved",
    "allocation": "allocation_new",
}


def state(config: GatewayConfig, name: str) -> Path:
    return Path(config.gateway.state_dir) / name


def test_books_that_are_well_and_old(config: GatewayConfig) -> None:
    assert codes(config) == WELL
    assert codes(config, now_ns() + 8 * DAY_NS) == WELL | {"allocation": "allocation_old"}


def missing_key(config: GatewayConfig) -> None:
    Path(config.keys.private_file).unlink()


def open_key(config: GatewayConfig) -> None:
    Path(config.keys.private_file).chmod(0o644)


def foreign_key(config: GatewayConfig) -> None:
    missing_key(config)
    make_private(Path(config.keys.private_file))


def broken_key(config: GatewayConfig) -> None:
    Path(config.keys.private_file).write_text("no key")


def no_statements(config: GatewayConfig) -> None:
    shutil.rmtree(config.keys.statements_dir)


def foreign_statements(config: GatewayConfig) -> None:
    (file,) = Path(config.keys.statements_dir).iterdir()
    said = json.loads(file.read_text())
    file.write_text(json.dumps(said | {"serial": 2}))


def no_ledger(config: GatewayConfig) -> None:
    state(config, "ledger.sqlite3").unlink()


def shortened_ledger(config: GatewayConfig) -> None:
    _change(config, "DELETE FROM entries WHERE sequence = (SELECT max(sequence) FROM entries)")


def changed_head(config: GatewayConfig) -> None:
    _change(config, "UPDATE entries SET hash = printf('%064d', 1) WHERE sequence = "
            "(SELECT max(sequence) FROM entries)")  # fmt: skip


def _change(config: GatewayConfig, statement: str) -> None:
    connection = sqlite3.connect(state(config, "ledger.sqlite3"))
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(statement)
    connection.commit()
    connection.close()


def damaged_allocation(config: GatewayConfig) -> None:
    file = state(config, "allocation.json")
    file.write_text(file.read_text().replace("pertamax", "pertalite", 1))


def no_allocation(config: GatewayConfig) -> None:
    state(config, "allocation.json").unlink()


UNREAD = {"allocation": "allocation_unread"}


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (missing_key, {"key": "key_missing"} | UNREAD),
        (open_key, {"key": "key_open"} | UNREAD),
        (foreign_key, {"key": "key_foreign"} | UNREAD),
        (broken_key, {"key": "key_unusable"} | UNREAD),
        (no_statements, {"trust": "trust_missing"}),
        (foreign_statements, {"trust": "trust_foreign"}),
        (no_ledger, {"ledger": "ledger_damaged"} | UNREAD),
        (shortened_ledger, {"ledger": "ledger_behind"}),
        (changed_head, {"ledger": "ledger_changed"}),
        (damaged_allocation, {"allocation": "allocation_damaged"}),
        (no_allocation, {"allocation": "allocation_damaged"}),
    ],
)
def test_each_damage_of_the_books_is_named(
    config: GatewayConfig, damage: Callable[[GatewayConfig], None], found: dict[str, str]
) -> None:
    damage(config)
    assert codes(config) == WELL | found


def test_nothing_is_changed_by_looking(config: GatewayConfig) -> None:
    folder = Path(config.gateway.state_dir)
    before = {one.name: one.stat().st_mtime_ns for one in folder.iterdir()}
    codes(config)
    judge_disk(disk.try_disk(folder))
    assert {one.name: one.stat().st_mtime_ns for one in folder.iterdir()} == before


def test_a_broker_that_is_down(config: GatewayConfig) -> None:
    books = Books(config)
    assert judge_broker(ask_central(config.mqtt, books)).code == "broker_not_tried"
    read(books)
    found = judge_broker(ask_central(config.mqtt, books))
    assert found.code == "broker_refused"
    assert "cannot be reached" in str(found.values["error"])


def test_central_answers_or_is_silent(made: Path, config: GatewayConfig, tmp_path: Path) -> None:
    """A real broker and a real central; nothing is changed at either end."""
    with ExitStack() as started:
        broker = mosquitto(tmp_path)
        started.callback(broker.kill)
        mqtt = replace(config.mqtt, port=broker.settings.port)
        books = Books(config)
        read(books)
        started.enter_context(monkeypatched(network, "RETAINED_S", 0.1))
        with monkeypatched(network, "ANSWER_S", 0.1):
            assert judge_broker(ask_central(mqtt, books)).code == "broker_central_silent"
        shutil.copytree(made / "central", tmp_path / "central")
        text = (made / "central.toml").read_text()
        port = f"port = {config.mqtt.port}"
        assert port in text
        (tmp_path / "central.toml").write_text(text.replace(port, f"port = {mqtt.port}"))
        central = Part("central", ["central", "--config", str(tmp_path / "central.toml")], tmp_path)
        started.callback(central.stop)
        central.wait_until_ready()
        for _ in range(2):
            assert judge_broker(ask_central(mqtt, books)).code == "broker_answers"


@contextmanager
def monkeypatched(module: object, name: str, value: object) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, value)
        yield


def full(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def read_only(*_: object) -> int:
    raise OSError(errno.EROFS, "Read-only file system")


def held(*_: object) -> int:
    raise PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize(
    ("fails", "code"),
    [(full, "disk_failed"), (read_only, "disk_read_only"), (held, "disk_held")],
)
def test_a_disk_that_does_not_take_what_is_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fails: Callable[..., int],
    code: str,
) -> None:
    assert judge_disk(disk.try_disk(tmp_path)).code in ("disk_keeps", "disk_slow", "disk_volatile")
    monkeypatch.setattr(os, "fsync", fails)
    assert judge_disk(disk.try_disk(tmp_path)).code in (code, "disk_volatile")
    assert not list(tmp_path.iterdir())


def test_room_and_a_folder_that_is_not_there(tmp_path: Path) -> None:
    free_mb = disk.look_at_space(tmp_path, 1).free_mb
    assert judge_space(disk.look_at_space(tmp_path, free_mb * 2)).code == "space_none"
    assert judge_space(disk.look_at_space(tmp_path / "none", 64)).code == "space_failed"
    assert judge_disk(disk.try_disk(tmp_path / "none")).code == "disk_failed"
    assert judge_wear(disk.look_at_wear(tmp_path / "none")).code == "wear_unknown"


@pytest.mark.parametrize(
    ("life", "spare", "code"),
    [
        ("0x01 0x02", "0x01", "wear_little"),
        ("0x01 0x09", "0x01", "wear_much"),
        ("0x0b 0x01", "0x01", "wear_worn"),
        ("0x01 0x01", "0x03", "wear_worn"),
        ("0x00 0x00", "0x01", "wear_unknown"),
        (None, None, "wear_unknown"),
    ],
)
def test_wear_as_an_emmc_tells_it(
    tmp_path: Path, life: str | None, spare: str | None, code: str
) -> None:
    partition = tmp_path / "mmcblk0/mmcblk0p2"
    (tmp_path / "mmcblk0/device").mkdir(parents=True)
    partition.mkdir()
    if life is not None and spare is not None:
        (tmp_path / "mmcblk0/device/life_time").write_text(life + "\n")
        (tmp_path / "mmcblk0/device/pre_eol_info").write_text(spare + "\n")
    assert judge_wear(disk.wear_of(partition)).code == code


@pytest.mark.parametrize(
    ("apart_s", "code"), [(0, "rtc_agrees"), (3600, "rtc_differs"), (None, "rtc_failed")]
)
def test_a_battery_backed_clock(tmp_path: Path, apart_s: int | None, code: str) -> None:
    assert judge_rtc(look_at_rtc(tmp_path)).code == "rtc_missing"
    clock = tmp_path / "class/rtc/rtc0"
    clock.mkdir(parents=True)
    (clock / "name").write_text("rtc-ds1307 1-0068\n")
    if apart_s is not None:
        (clock / "since_epoch").write_text(f"{int(time.time()) + apart_s}\n")
    found = look_at_rtc(tmp_path)
    assert judge_rtc(found).code == code
    assert found.name == "rtc-ds1307 1-0068"


def boot_at(config: GatewayConfig, at_ns: int) -> None:
    """A start that says its clock was good."""
    private = load_private(Path(config.keys.private_file))
    ledger = Ledger.open(state(config, "ledger.sqlite3"), private, gateway="gateway")
    booted = GatewayBooted(
        boot=1,
        version="0.1.0",
        uptime_ms=0,
        clock="good",
        configuration_hash="0" * 64,
        unwitnessed=False,
        single_channel=False,
    )
    ledger.commit([(booted, utc_text(at_ns))], seal=True)
    ledger.close()


def test_a_clock_behind_what_is_written(config: GatewayConfig, tmp_path: Path) -> None:
    rtc, ledger = look_at_rtc(tmp_path), state(config, "ledger.sqlite3")
    books = Books(config)
    read(books)
    assert books.told_ns is not None

    def code(days: int, told_ns: int | None = books.told_ns) -> str:
        at_ns = now_ns() + days * DAY_NS
        return judge_clock(look_at_clock(at_ns, ledger, told_ns, rtc)).code

    assert code(0) in ("clock_free", "clock_synchronised")
    assert (code(-1), code(500)) == ("clock_behind", "clock_wrong")
    assert code(-1, None) == code(0), "nothing was written yet by a clock that says it is good"
    boot_at(config, books.told_ns)
    assert code(-1, None) == "clock_behind"


def test_certificates_as_enrolment_leaves_them(tmp_path: Path) -> None:
    begun = datetime.now(UTC)
    root, own = new_key(), new_key()
    authority = Authority(root, new_authority("kupang", root, begun))
    certificate = authority.client("kupang-04", own.public_key(), 1, begun + timedelta(days=90))
    issued = certificate.public_bytes(PEM).decode()
    files = TlsFiles(tmp_path)
    files.put(own, issued, authority.pem)
    mqtt = MqttSettings(
        ca_file=str(files.authority),
        certificate_file=str(files.own),
        key_file=str(files.own),
        key_password_file=str(files.password),
    )

    def code(name: str = "kupang-04", days: int = 0) -> str:
        at_ns = now_ns() + days * DAY_NS
        return judge_certificate(read_own_certificate(mqtt, name, at_ns)).code

    assert code() == "certificate_valid"
    assert code(days=80) == "certificate_soon"
    assert code(days=100) == "certificate_expired"
    assert code("kupang-05") == "certificate_name"
    stranger = TlsFiles(tmp_path / "other")
    stranger.folder.mkdir()
    stranger.put(new_key(), issued, authority.pem)
    mqtt = replace(mqtt, key_file=str(stranger.own), key_password_file=str(stranger.password))
    assert code() == "certificate_key"
    mqtt = replace(mqtt, certificate_file=str(tmp_path / "none.pem"))
    assert code() == "certificate_unread"
    files.own.write_text("no certificate")
    mqtt = replace(mqtt, certificate_file=str(files.own))
    assert code() == "certificate_unread"


@pytest.fixture
def speaking(tmp_path: Path) -> Iterator[Callable[[bytes], Path]]:
    """A socket at which one line is said to who asks."""
    servers: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def say(line: bytes) -> Path:
        path = Path(os.path.relpath(tmp_path / "g.sock"))
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(path))
        server.listen()
        servers.append(server)

        def serve() -> None:
            asked, _ = server.accept()
            with asked:
                asked.sendall(line)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return path

    yield say
    for thread in threads:
        thread.join()
    for server in servers:
        server.close()


def test_a_gateway_that_runs_says_how_it_is(speaking: Callable[[bytes], Path]) -> None:
    running = look_for_gateway(speaking(msgspec.json.encode(snapshot()) + b"\n"))
    assert running.there
    assert running.said == snapshot()


def test_one_of_another_version_and_none(speaking: Callable[[bytes], Path], tmp_path: Path) -> None:
    assert look_for_gateway(speaking(b'{"gateway": 7}\n')) == (True, None)
    assert look_for_gateway(tmp_path / "none.sock") == (False, None)


def test_health_while_it_runs_has_a_verdict_for_everything(config: GatewayConfig) -> None:
    found = {one.check: one.code for one in health.health(config, snapshot())}
    assert found["pins"] == "pins_held"
    assert found["relay"] == "relay_not_tried"
    assert found["key"] == "key_fits"
    assert {"clock", "space", "disk", "broker", "stop", "allocation"} <= found.keys()


def test_what_is_another_accounts_to_write_says_nothing_of_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the console sees the ledger's folder: read-only, and the disk is well."""
    monkeypatch.setattr(disk, "_sync_us", read_only)
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    assert judge_disk(disk.try_disk(tmp_path)).code == "disk_held"


def test_a_service_that_does_not_see_the_kernels_command_line_has_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ProcSubset=pid."""
    numbers = f"{os.major(tmp_path.stat().st_dev)}:{os.minor(tmp_path.stat().st_dev)}"
    (tmp_path / "self").mkdir()
    (tmp_path / "self/mountinfo").write_text(f"1 1 {numbers} / / rw - overlay overlay rw\n")
    monkeypatch.setattr(disk, "PROC", tmp_path)
    found = disk.try_disk(tmp_path)
    assert (found.error, found.filesystem) == ("", "overlay")
