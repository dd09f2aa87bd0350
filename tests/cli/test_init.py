"""`takar init`: a whole city that every other part accepts, or nothing."""

import json
import stat
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from msgspec import Struct
from sqlalchemy import func, select

from gateway.cli import takar
from gateway.config.load import configuration_hash, load_central, load_gateway
from gateway.config.types import CentralConfig, GatewayConfig, MqttSettings
from gateway.core.facts import AllocationApplied, GatewayInitialised, GrantActivated, KeyLearned
from gateway.setup.about import ABOUT
from gateway.setup.configurations import gateway_settings
from gateway.setup.toml_text import toml_text
from gateway.store.allocation import Allocation
from gateway.store.ledger import Ledger
from mqtt.central.database import open_database
from mqtt.central.known import Gateways
from mqtt.central.tables import gateways, grants
from mqtt.certificates import check, public_text, read_statements
from mqtt.keys import load_private
from mqtt.payloads import read_fact
from mqtt.seals import verify


def run(*arguments: object) -> Result:
    return CliRunner().invoke(takar, ["init", *map(str, arguments)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "kota kupang"
    options = ["--seed", "7", "--gateways", "2", "--period", "2026-07", "--mqtt-port", "18830"]
    result = run(folder, *options)
    assert result.exit_code == 0, result.output
    return folder


def opened(folder: Path, name: str = "gateway") -> tuple[Ledger, Allocation]:
    config = load_gateway(folder / f"{name}.toml")
    private = load_private(Path(config.keys.private_file))
    state = Path(config.gateway.state_dir)
    ledger = Ledger.open(state / "ledger.sqlite3", private, gateway=name)
    return ledger, Allocation.open(state / "allocation.json", ledger.seals)


def test_it_says_what_to_run_next(tmp_path: Path) -> None:
    folder = tmp_path / "with a space"
    result = run(folder, "--period", "2026-07")
    assert result.exit_code == 0
    for command in ("takar broker --port 1883", "takar central", "takar forecourt run"):
        assert command in result.output
    assert f"takar gateway --config '{folder}/gateway.toml'" in result.output


def test_configurations_are_accepted_and_name_the_port(folder: Path) -> None:
    assert load_central(folder / "central.toml").mqtt.port == 18830
    for name in ("gateway", "gateway-02"):
        config = load_gateway(folder / f"{name}.toml")
        assert (config.gateway.name, config.mqtt.port, len(config.pumps)) == (name, 18830, 2)


def test_private_keys_are_their_owners_alone(folder: Path) -> None:
    private = [path for path in folder.rglob("*.pem") if "public" not in path.parts]
    names = {"root.pem", "central.pem", "gateway.pem", "gateway-02.pem"}
    assert {path.name for path in private} == names
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in private)


def test_each_side_trusts_the_other(folder: Path) -> None:
    ledger, _ = opened(folder)
    seal = ledger.seals.signer.seal("ledger", *ledger.head)
    ledger.close()
    engine = open_database(folder / "central" / "central.sqlite3")
    with engine.connect() as connection:
        verify(seal, Gateways(connection).ring("gateway"), type="ledger", gateway="gateway")
    engine.dispose()
    settings = load_gateway(folder / "gateway.toml").keys
    root = load_private(folder / "root" / "root.pem").public_key()
    assert settings.root_key == public_text(root)
    (certificate,) = read_statements(Path(settings.statements_dir))
    check(certificate, root, "central")
    central = load_private(folder / "keys" / "central" / "central.pem")
    assert certificate.key == public_text(central.public_key())


@pytest.mark.parametrize("name", ["gateway", "gateway-02"])
def test_the_ledger_begins_with_who_made_it_then_the_allocation(folder: Path, name: str) -> None:
    ledger, allocation = opened(folder, name)
    facts = [read_fact(entry) for entry in ledger.every_entry()]
    incarnation = ledger.meta().incarnation
    ledger.close()
    first, learned, applied, *activated = facts
    assert isinstance(learned, KeyLearned)
    assert isinstance(first, GatewayInitialised)
    assert first.configuration_hash == configuration_hash(load_gateway(folder / f"{name}.toml"))
    assert isinstance(applied, AllocationApplied)
    allocation.check_against(applied)
    assert all(isinstance(fact, GrantActivated) for fact in activated)
    engine = open_database(folder / "central" / "central.sqlite3")
    with engine.connect() as connection:
        row = connection.execute(select(gateways).where(gateways.c.name == name)).one()
        volume_ml = connection.scalar(
            select(func.sum(grants.c.volume_ml)).where(grants.c.gateway == name)
        )
    engine.dispose()
    assert row.incarnation == incarnation
    assert (row.directives_through, row.directives_head) == (applied.through, allocation.head)
    assert sum(fact.volume_ml for fact in activated if isinstance(fact, GrantActivated)) == (
        volume_ml
    )


def test_the_card_book_is_what_the_allocation_says(folder: Path) -> None:
    ledger, allocation = opened(folder)
    ledger.close()
    book = json.loads((folder / "cards.json").read_text())
    for card in book:
        known = allocation.card(card["uid"])
        assert (known is None) == (card["status"] == "unregistered")
        if known is not None and known.card == "vehicle":
            subject = allocation.subject(known.holder)
            assert subject is not None
            assert subject.plate == card["plate"]
            blocked = subject.blocked and known.status == "active"
            assert card["status"] == ("blocked" if blocked else known.status)


def test_an_existing_city_is_never_overwritten(folder: Path) -> None:
    before = sorted(path.name for path in folder.iterdir())
    result = run(folder)
    assert result.exit_code == 2
    assert "not empty; name a new folder" in result.output
    assert sorted(path.name for path in folder.iterdir()) == before


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", "--pumps", 1, "--raspberry-pi").exit_code == 0
    config = load_gateway(tmp_path / "empty" / "gateway.toml")
    assert (config.hardware.kind, len(config.pumps)) == ("raspberry-pi", 1)
    assert config.pumps[0].pins is not None
    assert config.pumps[0].pins.bypass is None, "one that nobody has fitted would read as turned"


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 30)
    result = run(deep)
    assert result.exit_code == 2
    assert "a path of at most 107 bytes" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_period_that_is_none_is_refused(tmp_path: Path) -> None:
    result = run(tmp_path / "new", "--period", "2026-13")
    assert result.exit_code == 2
    assert "expected a month such as 2026-07" in result.output


@pytest.mark.parametrize("config", [GatewayConfig, CentralConfig])
def test_every_key_has_its_words(config: type[Struct]) -> None:
    sections = [config]
    while sections:
        section = sections.pop()
        names = {field.name for field in msgspec.structs.fields(section)}
        assert names == set(ABOUT[section]) - {""}
        for field in msgspec.structs.fields(section):
            inner = [*getattr(field.type, "__args__", ()), field.type]
            for one in (part for outer in inner for part in (outer, *_of_list(outer))):
                if isinstance(one, type) and issubclass(one, Struct):
                    sections.append(one)


def _of_list(annotation: Any) -> tuple[Any, ...]:
    return tuple(getattr(annotation, "__args__", ()))


def test_the_toml_reads_back_as_the_configuration() -> None:
    settings = gateway_settings(
        "gateway",
        pumps=2,
        kind="simulated",
        mqtt=MqttSettings(host='a "b" \\ c', username="é", password_file="p w"),
        reader_poll_ms=250,
        root_key="A" * 43,
    )
    text = toml_text(settings)
    assert msgspec.convert(tomllib.loads(text), GatewayConfig) == settings
    assert "# ca_file = ..." in text
    assert "(2000 to 240000)" in text
