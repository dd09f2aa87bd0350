"""`takar keys` on a city as `takar init` makes it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import takar
from gateway.config.load import load_gateway
from gateway.runtime.trust import Trust
from mqtt.keys import KeyRefused, key_id, load_private


def run(*arguments: object) -> Result:
    return CliRunner().invoke(takar, list(map(str, arguments)))


def done(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def city(tmp_path: Path) -> Path:
    done("init", tmp_path / "city", "--period", "2026-07")
    return tmp_path / "city"


def test_the_root_is_apart_and_its_owners_alone(city: Path) -> None:
    assert (city / "root").stat().st_mode & 0o777 == 0o700
    assert (city / "root" / "root.pem").stat().st_mode & 0o777 == 0o600
    assert "safe" in (city / "root" / "README").read_text()


def test_central_changes_its_key_and_a_gateway_is_told_by_hand(city: Path) -> None:
    config, root = city / "central.toml", city / "root" / "root.pem"
    before = load_private(city / "keys" / "central" / "central.pem").public_key()
    assert "statement 2" in done("keys", "rotate-central", "--config", config, "--root", root)
    old = key_id(before)
    revoke = ["keys", "revoke-central", "--config", config, "--root", root]
    said = done(*revoke, old, "--reason", "stolen")
    file = Path(said.strip().rpartition(": ")[2])
    accept = ["keys", "accept", "--config", city / "gateway.toml"]
    done(*accept, file, *(city / "root").glob("000002-*.json"))
    keys = load_gateway(city / "gateway.toml").keys
    trust = Trust(keys.root_key, Path(keys.statements_dir))
    assert [fact.statement.serial for fact in trust.unsaid(1, 0)] == [1, 2, 3]
    done("keys", "export", "--config", config, city / "for the auditor")


def test_a_stranger_to_the_root_is_refused(city: Path) -> None:
    other = city / "keys" / "central" / "central.pem"
    refused = run("keys", "rotate-central", "--config", city / "central.toml", "--root", other)
    assert refused.exit_code == 2
    assert "the root that this city trusts" in refused.output
    done("init", city / "other", "--period", "2026-07")
    (foreign,) = (city / "other" / "root").glob("*.json")
    refused = run("keys", "accept", "--config", city / "gateway.toml", foreign)
    assert refused.exit_code == 2
    assert "trusted here" in refused.output


def test_a_gateway_changes_its_key_and_its_ledger_still_verifies(city: Path) -> None:
    done("keys", "rotate-gateway", "--config", city / "gateway.toml")
    done("keys", "rotate-gateway", "--config", city / "gateway.toml")
    for keys in ("public", "gateway"):
        found = done("ledger", "verify", city / "gateway", "--keys", city / "keys" / keys)
        assert "nothing wrong" in found
    refused = run("ledger", "verify", city / "gateway", "--keys", city / "keys" / "central")
    assert refused.exit_code == 2


def test_a_revoked_gateway(city: Path) -> None:
    config = city / "central.toml"
    revoke = ["keys", "revoke-gateway", "--config", config, "gateway", "--reason", "stolen"]
    assert "closed at full volume" in done(*revoke)
    assert "revoked already" in run(*revoke).output


def test_a_gateway_without_a_certificate_or_under_another_root_does_not_start(city: Path) -> None:
    keys = load_gateway(city / "gateway.toml").keys
    with pytest.raises(KeyRefused, match="expected a certificate of central's key"):
        Trust(keys.root_key, city / "keys" / "public")
    done("init", city / "other", "--period", "2026-07")
    foreign = load_gateway(city / "other" / "gateway.toml").keys
    with pytest.raises(KeyRefused, match="trusted here"):
        Trust(foreign.root_key, Path(keys.statements_dir))
