"""A file becomes a configuration, or an error that says all that is wrong in it."""

import re
from pathlib import Path
from typing import Any

import pytest

from gateway.config.load import (
    ConfigError,
    central_config,
    configuration_hash,
    gateway_config,
    load_central,
    load_gateway,
)

SMALL = """
[gateway]
name = "gateway-01"
status_socket = "/run/takar/gateway.sock"
[hardware]
kind = "raspberry-pi"
accept_single_channel = true
[keys]
private_file = "keys/own.pem"
root_key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
statements_dir = "keys/central"
[[pumps]]
number = 1
product = "pertalite"
reader = {}
[pumps.pins]
enable_relay = 17
enable_readback = 22
nozzle = 24
pulser = 25
lamp_green = 5
lamp_amber = 6
lamp_red = 12
buzzer = 13
"""


def test_a_file_in_order_is_read_with_defaults_and_absolute_paths(file: Path) -> None:
    file.write_text(SMALL)
    config = load_gateway(file)
    assert config.gateway.name == "gateway-01"
    assert config.timeouts.fill_s == 900
    assert config.gateway.state_dir == str(file.parent / "gateway")
    assert config.gateway.status_socket == "/run/takar/gateway.sock"
    assert config.keys.private_file == str(file.parent / "keys/own.pem")
    assert config.mqtt.ca_file is None


def test_central_is_read(tmp_path: Path) -> None:
    file = tmp_path / "central.toml"
    keys = f'private_file = "k"\nroot_key = "{"A" * 43}"'
    file.write_text(f'[central]\ncity = "kupang"\n[keys]\n{keys}\n')
    assert load_central(file).central.database == str(tmp_path / "central/central.sqlite3")


def test_a_relative_file_name_still_gives_absolute_paths(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(SMALL)
    monkeypatch.chdir(file.parent)
    assert load_gateway(Path("gateway.toml")) == load_gateway(file)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[gateway\n", "expected TOML in UTF-8"),
        (b"\xff\xfe", "expected TOML in UTF-8"),
        (b"a = " + b"[" * 100_000, "expected TOML in UTF-8"),
        (b"a = " + b"9" * 10_000, "expected TOML in UTF-8"),
        (b"#" * 1_000_001, "at most 1 MB"),
    ],
    ids=["syntax", "not-utf8", "nested", "huge-number", "large"],
)
def test_what_is_not_toml_is_refused(file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=said) as refused:
        load_gateway(file)
    assert str(refused.value).startswith(f"{file}: file: ")


def test_an_absent_file_says_how_to_make_one(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"No such file .* `takar init DIR`"):
        load_gateway(file)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Is a directory"):
        load_gateway(tmp_path)


def test_an_unknown_key_names_the_nearest_and_its_section(
    document: dict[str, Any], file: Path
) -> None:
    document["pumps"][1]["pins"]["pulsr"] = 4
    with pytest.raises(ConfigError) as refused:
        gateway_config(document, file)
    assert str(refused.value) == (
        f"{file}: pumps[no. 2].pins.pulsr: expected one of the keys of section "
        "pumps[no. 2].pins, found an unknown key. Did you mean pulser?"
    )


def test_an_unknown_key_like_no_other_gets_the_list(document: dict[str, Any], file: Path) -> None:
    document["storage"] = {"xyz": 1}
    with pytest.raises(
        ConfigError, match=r"storage\.xyz: .*Known here: free_floor_mb, retention_days, "
    ):
        gateway_config(document, file)


@pytest.mark.parametrize(
    ("section", "key", "value", "said"),
    [
        ("timeouts", "fill_s", 59, "expected a whole number from 60 to 3600 s, found 59"),
        ("timeouts", "fill_s", 3601, "expected a whole number from 60 to 3600 s, found 3601"),
        ("timeouts", "fill_s", 60.0, "expected a whole number from 60 to 3600 s, found 60.0"),
        ("timeouts", "settle_ms", "2s", "from 500 to 10000 ms, found '2s'"),
        ("timeouts", "settle_ms", True, "from 500 to 10000 ms, found true"),
        ("storage", "free_floor_mb", 0, "from 1 to 100000 MB, found 0"),
        ("hardware", "kind", "pi", 'expected "raspberry-pi" or "simulated", found \'pi\''),
        ("hardware", "accept_single_channel", 1, "expected true or false, found 1"),
        ("gateway", "name", "Gateway 1", "text of 1 to 64 characters that fits"),
        ("gateway", "state_dir", "", "text of 1 to 1000 characters"),
        ("mqtt", "host", [], "expected text in quotes, found a list"),
        ("mqtt", "ca_file", 5, "text of 1 to 1000 characters"),
        ("mqtt", "protocol", 5, 'expected "3.1.1" or "5", found 5'),
    ],
)
def test_a_wrong_value_says_what_is_allowed_and_what_was_found(
    document: dict[str, Any], file: Path, section: str, key: str, value: Any, said: str
) -> None:
    document.setdefault(section, {})[key] = value
    with pytest.raises(ConfigError, match=re.escape(said)) as refused:
        gateway_config(document, file)
    assert [problem.key for problem in refused.value.problems] == [f"{section}.{key}"]


@pytest.mark.parametrize(
    ("pumps", "said"),
    [
        ([], r"pumps: expected 1 to 4 sections \[\[pumps\]\], found 0"),
        ({}, r"pumps: expected 1 to 4 sections \[\[pumps\]\], found a section"),
        ([5], r"pumps\[no. 1\]: expected a section with number, .*, found 5"),
    ],
)
def test_pumps_that_are_no_pumps(
    document: dict[str, Any], file: Path, pumps: Any, said: str
) -> None:
    document["pumps"] = pumps
    with pytest.raises(ConfigError, match=said):
        gateway_config(document, file)


def test_a_missing_section_and_a_missing_key_are_named(
    document: dict[str, Any], file: Path
) -> None:
    del document["keys"]
    del document["pumps"][0]["pins"]["nozzle"]
    with pytest.raises(ConfigError) as refused:
        gateway_config(document, file)
    assert str(refused.value).splitlines() == [
        f"{file}: 2 things to correct:",
        "  - pumps[no. 1].pins.nozzle: expected a whole number from 0 to 27, found nothing. "
        "Add this key.",
        "  - keys: expected a section [keys], found nothing. Add this key.",
    ]


def test_the_hash_covers_every_value_and_nothing_else(
    document: dict[str, Any], central_document: dict[str, Any], file: Path
) -> None:
    first = configuration_hash(gateway_config(document, file))
    assert re.fullmatch("[0-9a-f]{64}", first)
    document["timeouts"] = {"fill_s": 900}
    assert configuration_hash(gateway_config(document, file)) == first, "a default, spelled out"
    document["timeouts"] = {"fill_s": 899}
    assert configuration_hash(gateway_config(document, file)) != first
    assert configuration_hash(central_config(central_document, file)) != first
