"""`takar setup --trial`: each part of a model city where its service looks for it."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.config.load import load_central, load_gateway
from gateway.doctor.health import of_machine
from gateway.doctor.probes.books import Books
from gateway.setup.station import making, trial
from gateway.setup.station.places import Installed
from gateway.setup.station.steps import SetupRefused, Steps
from gateway.setup.station.trial import make_trial, trial_settings

ROOT = Path(__file__).resolve().parents[3]
WANTED = trial_settings(1883, datetime.now(UTC).strftime("%Y-%m"), "a test")


@pytest.fixture
def root() -> Iterator[Path]:
    """Not tmp_path: a Unix socket's path may have 107 bytes only."""
    with tempfile.TemporaryDirectory(prefix="takar-") as folder:
        yield Path(folder) / "root"


@pytest.fixture
def units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    for name in (trial.FORECOURT_UNIT, trial.DROP_IN):
        (sources / name).write_text(name)
    monkeypatch.setattr(trial, "SOURCES", sources)


@pytest.mark.usefixtures("units")
def test_a_trial_is_what_gateway_and_central_can_start_from(root: Path) -> None:
    told: list[str] = []
    places = Installed(root)
    make_trial(places, WANTED, Steps(told.append))
    config, central = load_gateway(places.gateway_toml), load_central(places.central_toml)
    verdicts = {one.check: one.code for one in of_machine(config, Books(config))}
    assert verdicts["key"] == "key_fits"
    assert verdicts["trust"] == "trust_proved"
    assert verdicts["allocation"] == "allocation_new"
    assert verdicts["ledger"] == "ledger_whole"
    assert Path(central.central.database).is_file()
    assert Path(central.keys.private_file).stat().st_mode & 0o777 == 0o600
    assert config.hardware.kind == "simulated"
    assert (places.units / trial.FORECOURT_UNIT).is_file()
    assert (places.units / "takar-gateway.service.d" / trial.DROP_IN).is_file()
    assert not [one for one in places.data.iterdir() if one.name.startswith(".")]
    with pytest.raises(SetupRefused, match=r"is there: expected a machine that is no station"):
        make_trial(places, WANTED, Steps(told.append))


def test_what_is_started_is_backed_up_each_night() -> None:
    """A station's timer is enabled with it; central's begins with central."""
    assert "takar-backup.timer" in trial.UNITS
    assert "takar-backup.timer" in making.UNITS
    central = (ROOT / "systemd" / "takar-central.service").read_text()
    (wanted,) = (line for line in central.splitlines() if line.startswith("Wants="))
    assert "takar-central-backup.timer" in wanted.split()


@pytest.mark.usefixtures("units")
def test_a_dry_run_writes_nothing(root: Path) -> None:
    told: list[str] = []
    make_trial(Installed(root), WANTED, Steps(told.append, dry=True))
    assert told
    assert all(line.startswith("would ") for line in told)
    assert not root.exists()


def test_without_the_units_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "SOURCES", tmp_path / "none")
    with pytest.raises(SetupRefused, match="install the package again"):
        make_trial(Installed(tmp_path / "root"), WANTED, Steps(print))
    assert not (tmp_path / "root").exists()
