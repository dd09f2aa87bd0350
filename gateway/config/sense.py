"""Checks between keys of a configuration: what each key alone cannot show."""

import os
from collections.abc import Iterator
from ipaddress import ip_address
from types import MappingProxyType
from zoneinfo import ZoneInfo

from gateway.config.problems import Problem, shown
from gateway.config.pumps import pump_problems
from gateway.config.types import (
    CentralConfig,
    ConsoleCode,
    ConsoleSettings,
    GatewayConfig,
    MqttSettings,
    ReceiptSettings,
    Storage,
)

LONGEST_SOCKET_PATH = 107
"""Bytes of a Unix socket's path on Linux (unix(7), sun_path less its closing zero)."""


def gateway_problems(config: GatewayConfig) -> Iterator[Problem]:
    """What does not go together in a gateway's configuration whose paths are absolute."""
    yield from pump_problems(config)
    if config.gateway.name == "central":
        yield Problem(
            "gateway.name",
            "the name of a station",
            "central, which is the other side's",
            "Name it as central knows it, such as gateway.",
        )
    yield from _zone("gateway.city_timezone", config.gateway.city_timezone)
    yield from _mqtt(config.mqtt)
    yield from _storage(config.storage)
    yield from _socket("gateway.status_socket", config.gateway.status_socket)
    yield from _console(config.console)
    yield from _codes(config.console_codes)
    if config.receipt_printer is not None:
        yield from _printer(config.receipt_printer)
    if config.hardware.kind == "simulated":
        yield from _socket("hardware.forecourt_socket", config.hardware.forecourt_socket)


def central_problems(config: CentralConfig) -> Iterator[Problem]:
    """What does not go together in central's configuration."""
    yield from _zone("central.city_timezone", config.central.city_timezone)
    yield from _mqtt(config.mqtt)


def _zone(key: str, zone: str) -> Iterator[Problem]:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        yield Problem(key, 'a time zone such as "Asia/Makassar"', shown(zone))


def _mqtt(mqtt: MqttSettings) -> Iterator[Problem]:
    if (mqtt.certificate_file is None) != (mqtt.key_file is None):
        yield Problem(
            "mqtt.certificate_file", "certificate_file and key_file, or neither", "one of them"
        )
    if mqtt.certificate_file is not None and mqtt.ca_file is None:
        yield Problem("mqtt.ca_file", "the authority of the broker's certificate", "nothing")
    if mqtt.password_file is not None and mqtt.username is None:
        yield Problem("mqtt.username", "the name that goes with password_file", "nothing")


def _storage(storage: Storage) -> Iterator[Problem]:
    if storage.retention_days < storage.central_backup_days:
        yield Problem(
            "storage.retention_days",
            f"at least central_backup_days, {storage.central_backup_days}",
            str(storage.retention_days),
            "A central restored from its oldest backup asks for everything since.",
        )


def _console(console: ConsoleSettings) -> Iterator[Problem]:
    """Only the station itself is to reach it: signing in is all that protects it."""
    expected = "this machine's address on the station's own network, such as 192.168.1.10"
    try:
        address = ip_address(console.address)
    except ValueError:
        yield Problem("console.address", expected, shown(console.address))
        return
    reach = None
    if address.is_unspecified:
        reach = "which is every network that this machine is on"
    elif not (address.is_private or address.is_link_local):
        reach = "which the whole internet may reach"
    if reach is not None and not console.every_address:
        yield Problem(
            "console.address",
            expected,
            f"{address}, {reach}",
            "If that is meant, say every_address = true.",
        )


def _codes(codes: list[ConsoleCode]) -> Iterator[Problem]:
    names = [code.name.casefold() for code in codes]
    for nth, name in enumerate(names):
        if name in names[:nth]:
            yield Problem(
                f"console_codes[no. {nth + 1}].name", "a name of its own", shown(codes[nth].name)
            )


NEEDED = MappingProxyType(
    {
        "usb": ("usb_vendor_id", "usb_product_id"),
        "network": ("host",),
        "serial": ("device",),
        "file": ("device",),
    }
)
"""By how a receipt printer is plugged in: which keys say where."""


def _printer(printer: ReceiptSettings) -> Iterator[Problem]:
    needed = NEEDED[printer.connection]
    for name in sorted({name for names in NEEDED.values() for name in names}):
        value = getattr(printer, name)
        if (value is None) == (name in needed):
            yield Problem(
                f"receipt_printer.{name}",
                f'{" and ".join(needed)} for connection = "{printer.connection}"',
                "nothing" if value is None else shown(value),
            )


def _socket(key: str, path: str) -> Iterator[Problem]:
    length = len(os.fsencode(path))
    if length > LONGEST_SOCKET_PATH:
        yield Problem(
            key,
            f"a path of at most {LONGEST_SOCKET_PATH} bytes",
            f"{length}: {path}",
            "Give an absolute path to a folder nearer the root, such as /run/takar.",
        )
