"""The board, the disk and the certificate, as a folder made like sysfs shows them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from gateway.config.types import GatewayConfig
from gateway.runtime.surroundings import Lookout, Surroundings
from hardware.board import Board
from tests.power.place import config_of

NOW_S = 1_795_320_000
HOT, COOL = "80000\n", "61234\n"


class Sys:
    """A Raspberry Pi's sysfs, as far as it is looked at."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("class/hwmon/hwmon0/name", "cpu_thermal\n")
        self.write("class/hwmon/hwmon1/name", "rpi_volt\n")
        self.set(COOL, "0\n")

    def set(self, temperature: str, alarm: str) -> None:
        self.write("class/thermal/thermal_zone0/temp", temperature)
        self.write("class/hwmon/hwmon1/in0_lcrit_alarm", alarm)

    def write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.fixture
def sys(tmp_path: Path) -> Sys:
    return Sys(tmp_path / "sys")


@pytest.fixture
def config(tmp_path: Path) -> GatewayConfig:
    return config_of(tmp_path, tmp_path / "state")


def look(config: GatewayConfig, sys: Sys) -> Surroundings:
    lookout = Lookout(config, Board(sys.folder, sys.folder / "none"))
    lookout.look()
    return lookout.newest


def test_a_raspberry_pi(sys: Sys, config: GatewayConfig) -> None:
    Path(config.gateway.state_dir).mkdir(parents=True, exist_ok=True)
    seen = look(config, sys)
    assert (seen.temperature_milli_c, seen.under_voltage) == (61_234, False)
    assert (seen.free_bytes or 0) > 0
    sys.set(HOT, "1\n")
    assert look(config, sys).under_voltage


@pytest.mark.parametrize(
    ("synchronised", "kept", "source"),
    [
        (True, None, "ntp"),
        (True, NOW_S, "ntp"),
        (False, NOW_S, "rtc"),
        (False, NOW_S + 61, "none"),
        (False, None, "none"),
    ],
)
def test_where_the_time_is_from(
    sys: Sys, tmp_path: Path, synchronised: bool, kept: int | None, source: str
) -> None:
    marker = tmp_path / "synchronized"
    if synchronised:
        marker.touch()
    sys.write("class/rtc/rtc0/name", "rtc-ds1307 1-0068")
    if kept is not None:
        sys.write("class/rtc/rtc1/since_epoch", f"{kept}\n")
    board = Board(sys.folder, marker)
    assert board.time_source(NOW_S) == source
    assert board.battery_clock_s() == kept


def test_what_is_not_there_or_does_not_read_is_not_known(sys: Sys, config: GatewayConfig) -> None:
    sys.set("no number", "no number")
    config = replace(config, gateway=replace(config.gateway, state_dir="/nowhere/at/all"))
    assert look(config, sys) == Surroundings(time_source="none")
    Lookout(config, Board(sys.folder / "none", sys.folder / "none")).look()


def test_the_log_says_when_it_begins_and_when_it_is_over(
    sys: Sys, config: GatewayConfig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    lookout = Lookout(config, Board(sys.folder, sys.folder / "none"))
    for temperature, alarm in ((COOL, "0"), (COOL, "1"), (HOT, "1"), (COOL, "0"), (COOL, "0")):
        sys.set(temperature, alarm)
        lookout.look()
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING", "INFO", "INFO"]


def test_when_the_certificate_ends(sys: Sys, config: GatewayConfig, tmp_path: Path) -> None:
    file, key = tmp_path / "gateway.crt", Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kupang-01")])
    ends = datetime(2027, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(ends - timedelta(days=90))
        .not_valid_after(ends)
        .sign(key, None)
    )
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    config = replace(config, mqtt=replace(config.mqtt, certificate_file=str(file)))
    assert look(config, sys).certificate_until == "2027-01-01T00:00:00.000Z"
    file.write_text("no certificate")
    assert look(config, sys).certificate_until is None
