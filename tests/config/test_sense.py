"""Checks between keys."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.config.load import ConfigError, central_config, gateway_config

EVERY = "which is every network that this machine is on"
PUBLIC = "which the whole internet may reach"
Change = Callable[[dict[str, Any]], object]


def pump(nth: int, **values: Any) -> Change:
    return lambda document: document["pumps"][nth - 1].update(values)


def pin(number: int, **pins: int) -> Change:
    return lambda document: document["pumps"][number - 1]["pins"].update(pins)


def no_pin(number: int, *names: str) -> Change:
    return lambda document: [document["pumps"][number - 1]["pins"].pop(name) for name in names]


def no_pins(number: int) -> Change:
    return lambda document: document["pumps"][number - 1].pop("pins")


def third_party(number: int, **values: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        no_pins(number)(document)
        pump(number, mode="authorise_only", **values)(document)

    return change


def codes(*names: str) -> Change:
    scrypt = f"13.8.10.{'A' * 22}.{'A' * 43}"
    entries = [{"name": name, "scrypt": scrypt} for name in names]
    return lambda document: document.update(console_codes=entries)


def section(name: str, **values: Any) -> Change:
    return lambda document: document.setdefault(name, {}).update(values)


@pytest.mark.parametrize(
    ("change", "key", "found"),
    [
        (
            section("receipt_printer", connection="usb", usb_vendor_id=0x04B8),
            "receipt_printer.usb_product_id",
            "nothing",
        ),
        (section("receipt_printer", connection="network"), "receipt_printer.host", "nothing"),
        (section("receipt_printer", connection="serial"), "receipt_printer.device", "nothing"),
        (
            section("receipt_printer", connection="file", device="/dev/usb/lp0", host="10.0.0.9"),
            "receipt_printer.host",
            "'10.0.0.9'",
        ),
        (pump(2, number=1), "pumps[no. 2].number", "1, which is pumps[no. 1].number"),
        (pin(2, pulser=25), "pumps[no. 2].pins.pulser", "25, which is pumps[no. 1].pins.pulser"),
        (pin(1, buzzer=5), "pumps[no. 1].pins.buzzer", "5, which is pumps[no. 1].pins.lamp_green"),
        (pin(1, nozzle=4), "pumps[no. 1].pins.nozzle", "4, which is hardware.emergency_stop_pin"),
        (
            section("hardware", ups_pin=4),
            "hardware.ups_pin",
            "4, which is hardware.emergency_stop_pin",
        ),
        (pin(1, nozzle=7), "pumps[no. 1].pins.nozzle", "7, which is CE1 of SPI 0"),
        (pin(1, nozzle=11), "pumps[no. 1].pins.nozzle", "11, which is SCLK of SPI 0"),
        (
            section("hardware", emergency_stop_pin=9),
            "hardware.emergency_stop_pin",
            "9, which is MISO of SPI 0",
        ),
        (
            pump(2, reader={}),
            "pumps[no. 2].reader",
            "/dev/spidev0.0, which is pumps[no. 1].reader",
        ),
        (pump(2, reader={"spi_device": 2}), "pumps[no. 2].reader.spi_device", "2"),
        (no_pin(1, "timer_feed"), "pumps[no. 1].pins.timer_feed", "nothing"),
        (no_pin(1, "timer_readback"), "pumps[no. 1].pins.timer_readback", "nothing"),
        (no_pin(2, "timer_feed", "timer_readback"), "pumps[no. 2].pins.timer_feed", "nothing"),
        (no_pins(1), "pumps[no. 1].pins", "nothing"),
        (pump(1, station="spbu-54"), "pumps[no. 1].station", 'mode = "valve"'),
        (pump(2, mode="authorise_only", station="spbu-54"), "pumps[no. 2].pins", "a section"),
        (third_party(2), "pumps[no. 2].station", "nothing"),
        (
            third_party(2, station="spbu-54", limiter="pico"),
            "pumps[no. 2].limiter",
            'mode = "authorise_only"',
        ),
        (
            pump(1, calibration_pulses=251),
            "pumps[no. 1].calibration_pulses",
            "251 pulses for 1 L",
        ),
        (
            pump(1, calibration_pulses=999, calibration_litres=1000),
            "pumps[no. 1].calibration_pulses",
            "999 pulses for 1000 L",
        ),
        (section("gateway", city_timezone="Asia/Kupang"), "gateway.city_timezone", "'Asia/Kupang'"),
        (section("gateway", city_timezone="Asia"), "gateway.city_timezone", "'Asia'"),
        (section("gateway", city_timezone="../x"), "gateway.city_timezone", "'../x'"),
        (section("mqtt", password_file="p"), "mqtt.username", "nothing"),
        (section("mqtt", ca_file="a", key_file="k"), "mqtt.certificate_file", "one of them"),
        (section("mqtt", certificate_file="c", key_file="k"), "mqtt.ca_file", "nothing"),
        (section("console", address="0.0.0.0"), "console.address", f"0.0.0.0, {EVERY}"),
        (section("console", address="::"), "console.address", f"::, {EVERY}"),
        (section("console", address="8.8.8.8"), "console.address", f"8.8.8.8, {PUBLIC}"),
        (section("console", address="pump.local"), "console.address", "'pump.local'"),
        (codes("Ama", "Rote", "AMA"), "console_codes[no. 3].name", "'AMA'"),
    ],
)
def test_what_does_not_go_together_is_named(
    document: dict[str, Any], file: Path, change: Change, key: str, found: str
) -> None:
    change(document)
    with pytest.raises(ConfigError) as refused:
        gateway_config(document, file)
    assert (refused.value.problems[0].key, refused.value.problems[0].found) == (key, found)


@pytest.mark.parametrize(
    "change",
    [
        pump(1, calibration_pulses=250),
        pump(1, calibration_pulses=1000, calibration_litres=1000),
        pump(2, number=4),
        section("mqtt", ca_file="a", certificate_file="c", key_file="k"),
        section("mqtt", username="u", password_file="p"),
        section("console", address="192.168.1.10", host_name="pompa.local"),
        section("console", address="0.0.0.0", every_address=True),
        section("console", framed_by="http://127.0.0.1:8081"),
        codes("Ama", "Rote"),
        third_party(2, station="spbu-54.851.01", serve_within_s=600),
    ],
)
def test_what_goes_together_passes(document: dict[str, Any], file: Path, change: Change) -> None:
    change(document)
    gateway_config(document, file)


def test_spi_1_takes_its_pins(document: dict[str, Any], file: Path) -> None:
    document["pumps"][0]["reader"] = {"spi_bus": 1, "spi_device": 0}
    del document["pumps"][1]
    with pytest.raises(ConfigError, match="17, which is CE1 of SPI 1"):
        gateway_config(document, file)
    pin(1, enable_relay=26)(document)
    gateway_config(document, file)


def test_a_display_takes_its_buss_pins_and_an_address_of_its_own(
    document: dict[str, Any], file: Path
) -> None:
    first, second = document["pumps"]
    first["display"] = {"i2c_bus": 1}
    with pytest.raises(ConfigError, match="3, which is SCL of I2C 1"):
        gateway_config(document, file)
    first["display"], second["display"] = {"i2c_bus": 8}, {"i2c_bus": 8}
    with pytest.raises(ConfigError, match="/dev/i2c-8, 0x27"):
        gateway_config(document, file)
    second["display"] = {"i2c_bus": 8, "i2c_address": 0x26}
    gateway_config(document, file)


def test_one_contact_alone_must_be_accepted(document: dict[str, Any], file: Path) -> None:
    no_pin(1, "timer_feed", "timer_readback")(document)
    with pytest.raises(ConfigError, match="Fit the timer, or set"):
        gateway_config(document, file)
    document["hardware"]["accept_single_channel"] = True
    gateway_config(document, file)


@pytest.mark.parametrize(("length", "fits"), [(107, True), (108, False)])
def test_a_socket_path_must_fit_the_system(
    document: dict[str, Any], file: Path, length: int, *, fits: bool
) -> None:
    document["gateway"]["status_socket"] = "/" + "s" * (length - 1)
    document["hardware"]["forecourt_socket"] = "/" + "f" * (length - 1)
    if fits:
        gateway_config(document, file)
        return
    with pytest.raises(ConfigError) as refused:
        gateway_config(document, file)
    keys = [problem.key for problem in refused.value.problems]
    assert keys == ["gateway.status_socket", "hardware.forecourt_socket"]


def test_all_is_said_at_once(document: dict[str, Any], file: Path) -> None:
    pump(2, number=1)(document)
    pin(1, nozzle=7)(document)
    section("gateway", city_timezone="Mars/Base")(document)
    with pytest.raises(ConfigError, match="3 things to correct"):
        gateway_config(document, file)


def test_central_is_checked_too(central_document: dict[str, Any], file: Path) -> None:
    central_document["central"]["city_timezone"] = "Mars/Base"
    with pytest.raises(ConfigError, match=r"central\.city_timezone: expected a time zone"):
        central_config(central_document, file)
