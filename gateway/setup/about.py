"""What each key of the configuration files means, as the comment above it says."""

from types import MappingProxyType

from msgspec import Struct

from gateway.config.types import (
    AuthoritySettings,
    CentralAddress,
    CentralConfig,
    CentralIdentity,
    ConsoleCode,
    ConsoleSettings,
    GatewayConfig,
    GatewayKeySettings,
    HardwareSettings,
    Identity,
    KeySettings,
    MetricsSettings,
    MqttSettings,
    PicoSettings,
    PumpSettings,
    ReceiptSettings,
    Storage,
    Timeouts,
    Totalisers,
)
from hardware.wiring import DisplayBus, PumpPins, ReaderBus

PRIVATE_FILE = "Our own key: a file of mode 0600, or credential:NAME (systemd/README.md)."
ROOT_KEY = "The city's root key, raw, in base64url: no key of central's counts without its word."
PATHS = "Relative paths are taken from this file's folder."

ABOUT: MappingProxyType[type[Struct], dict[str, str]] = MappingProxyType(
    {
        GatewayConfig: {
            "": f"A gateway of Takar: one to four pumps. {PATHS}",
            "gateway": "Which gateway this is, and where it keeps its state",
            "hardware": "What the pumps are wired to",
            "pumps": "One of these sections for each pump",
            "keys": "Ed25519 keys: our own, and the root of all trust",
            "picos": "One of these sections for each co-processor (Raspberry Pi Pico)",
            "mqtt": "The broker",
            "enrolment": "Central, where the certificate in [mqtt] is renewed: `takar enrol`",
            "timeouts": "When a fill is given up",
            "storage": "The disk",
            "totalisers": "When counts that differ raise an alarm",
            "console": "Displays and the attendant's page: `takar console`",
            "metrics": "Figures for Prometheus, which `takar console` serves on 127.0.0.1 alone",
            "receipt_printer": "A thermal printer that speaks ESC/POS, if there is one",
            "console_codes": "One of these sections for each person who signs in by a code",
        },
        CentralConfig: {
            "": f"Central of Takar: quotas out, sales in. {PATHS}",
            "central": "Which city this is, and its database",
            "keys": "Ed25519 keys: our own, and the root of all trust",
            "mqtt": "The broker",
            "enrolment": "Where gateways get their certificates: `takar central broker-files`",
        },
        Identity: {
            "name": "As central knows it, and as it is in MQTT topics; fixed once it has sold.",
            "city_timezone": "Months and filling hours are counted here.",
            "state_dir": "Folder of ledger, anchor and allocation cache. Never copy it back.",
            "status_socket": "Unix socket where local programs see what each pump is doing.",
            "unwitnessed_offline_boot": "refuse: sell nothing before central confirms each start.",
        },
        HardwareSettings: {
            "kind": "Real pins, or the forecourt that `takar forecourt` simulates.",
            "forecourt_socket": "Unix socket of the simulated forecourt; unused on a Pi.",
            "emergency_stop_pin": "BCM number; normally closed to ground, so a cut wire stops.",
            "ups_pin": "BCM number of a UPS's contact to ground: open, or its wire cut, while on "
            "battery. Fills then end, and no card is accepted.",
            "accept_single_channel": "Start without a second contact in series. A crash may then "
            "leave the valve open: quotas are not safe.",
        },
        PumpSettings: {
            "number": "Each pump has a number of its own.",
            "mode": "`valve`: a relay and a pulser; `authorise_only`: a third party's pump.",
            "product": "What comes out, as in central's price list.",
            "station": "Of an `authorise_only` pump: as its invoices name it, such as spbu-54.",
            "serve_within_s": "So long after the tap an `authorise_only` pump may serve on it.",
            "calibration_pulses": "Pulses of the meter ...",
            "calibration_litres": "... for this many litres. At most 250 pulses a litre.",
            "max_flow_ml_per_min": "Fastest flow that the pump can reach, in ml a minute.",
            "valve_lag_ms": "Longest time from the command until the valve is shut.",
            "limiter": "Whose is the second contact: a retriggerable timer's or a co-processor's.",
            "slow_flow_ml_per_min": (
                "Only for a two-stage valve on a co-processor: the slow stage's highest flow."
            ),
            "slow_ml": "How much a two-stage valve lets flow slowly before the end.",
            "timer_hold_ms": "How long the retriggerable timer holds its contact unfed.",
            "pulser_channels": "The pulser's channels at a co-processor: ab also sees direction.",
            "reader_poll_ms": "How often the reader looks for a card.",
            "reader": "The MFRC522 is /dev/spidev{spi_bus}.{spi_device}",
            "display": "A 20x2 character display, such as { i2c_bus = 8, i2c_address = 39 }.",
            "display_language": "What that display speaks.",
            "pins": "BCM numbers; outputs are active high with an external pull-down",
        },
        Totalisers: {
            "tolerance_ml": "Most that a count may differ from what was recorded, in ml.",
            "dispenser_tolerance_permille": (
                "The same for the dispenser's own totaliser, in thousandths of what flowed."
            ),
        },
        ConsoleSettings: {
            "address": "This machine's on the station's own network, which browsers call.",
            "port": "Of that address.",
            "every_address": "Also allow an address that other networks reach, such as 0.0.0.0.",
            "host_name": "A name by which browsers call it besides the address.",
            "framed_by": "A site, such as http://127.0.0.1:8081, that may show displays in frames.",
            "displays": "Browsers at the pumps, by address; self: this machine, without a proxy.",
            "language": "Of pages whose reader has not chosen.",
            "receipts_dir": "Which sales had a receipt; without one, in the state folder.",
        },
        ConsoleCode: {
            "name": "Who signs in by it, as the ledger names them.",
            "scrypt": "What `takar console code` prints; the code itself is nowhere.",
        },
        MetricsSettings: {
            "port": "Of http://127.0.0.1/metrics; see docs/OPERATION.md.",
        },
        ReceiptSettings: {
            "connection": "How it is plugged in.",
            "usb_vendor_id": "As `lsusb` shows it, such as 0x04b8.",
            "usb_product_id": "The same, behind the colon.",
            "host": "Of a network printer: its address.",
            "port": "",
            "device": "A serial line such as /dev/ttyUSB0, or a file such as /dev/usb/lp0.",
            "baud_rate": "Of a serial line.",
            "columns": "Characters on a line: 32 on paper of 58 mm, 42 or 48 on 80 mm.",
            "cuts": "It has a cutter.",
            "asks_paper": "Ask it for paper first. One that does not answer costs a second or two.",
            "heading": "Above each receipt, such as the office's name.",
            "shows_remaining": "What is left of the quota too, on the receipt of a last sale.",
            "language": "Of receipts.",
        },
        PicoSettings: {
            "serial_number": "Of its USB, as `takar pico status` lists it.",
            "port": "Instead of that: where it is, such as /dev/ttyACM0.",
            "pumps": "The pumps at its first and second channel.",
            "lease_ms": "It breaks its contact when the Pi is silent for so long.",
        },
        ReaderBus: {
            "spi_bus": "",
            "spi_device": "Chip select. SPI 0 has two.",
            "reset_pin": "The chip's RST, kept high; readers may share it.",
        },
        DisplayBus: {
            "i2c_bus": "Of /dev/i2c-N, which displays may share: on pins that nothing else has.",
            "i2c_address": "39 with a PCF8574, 63 with a PCF8574A, less by its jumpers.",
            "character_set": '"A00" (European and Japanese, as most are sold) or "A02".',
        },
        PumpPins: {
            "enable_relay": "Contact that the Pi holds in the valve's circuit.",
            "timer_feed": "Feeds the retriggerable timer, whose contact is in series.",
            "enable_readback": "What the relay's contact really does.",
            "timer_readback": "What the timer's contact really does.",
            "nozzle": "Holster switch to ground: low = hung, high = lifted.",
            "pulser": "One rising edge a pulse.",
            "bypass": (
                "The bypass key's auxiliary contact, closed to ground while it is off: a cut wire "
                "is a turned key, and no card is accepted. Leave it out where no key is fitted."
            ),
            "lamp_green": "Please fill.",
            "lamp_amber": "Working.",
            "lamp_red": "Refused, or out of order.",
            "buzzer": "",
        },
        Timeouts: {
            "start_s": "Nozzle not lifted, or no flow after lifting.",
            "no_flow_s": "The flow stood still.",
            "fill_s": "The whole fill.",
            "settle_ms": "A fill has settled when no pulse came for this long.",
            "bypass_minutes": "A bypass key left on for so long is an alarm.",
        },
        MqttSettings: {
            "host": "Name or address of the broker.",
            "port": "1883 without TLS, 8883 with it, as a rule.",
            "username": "Login, where the broker asks for one.",
            "password_file": "File that holds nothing but the password.",
            "ca_file": "The authority of the broker's certificate, PEM. Turns TLS on.",
            "certificate_file": "Our own certificate, PEM, where the broker asks for one.",
            "key_file": "The key of that certificate, PEM; it may be in the same file.",
            "key_password_file": "File that holds the password of that key, if it has one.",
            "protocol": "The embedded broker speaks 3.1.1 only.",
        },
        CentralAddress: {"host": "Its name or address.", "port": ""},
        AuthoritySettings: {
            "broker_host": "The broker's name or address, as gateways reach it.",
            "broker_port": "",
            "address": "This machine's, on which gateways ask for certificates.",
            "port": "",
            "authority_file": "The city's own X.509 authority.",
            "authority_key_file": PRIVATE_FILE,
            "revoked_file": "List of revoked certificates, which the broker reads (crlfile).",
            "broker_reload": "Command that makes the broker read it again; empty: none.",
        },
        KeySettings: {
            "private_file": PRIVATE_FILE,
            "root_key": ROOT_KEY,
        },
        GatewayKeySettings: {
            "private_file": PRIVATE_FILE,
            "root_key": ROOT_KEY,
            "statements_dir": "The root's certificates of central's keys, JSON, one file each.",
        },
        Storage: {
            "free_floor_mb": "With less free disk than this, in MB, the pumps refuse to sell.",
            "retention_days": "Entries stay in the ledger for so long, then go to the export.",
            "central_backup_days": "Oldest backup that central may be restored from.",
            "export": "Pruned entries go to files here first, or stay with central alone.",
            "export_dir": "Folder of those files; without one, export in the state folder.",
            "export_keep_mb": "The oldest of those files beyond that, in MB, are deleted.",
        },
        CentralIdentity: {
            "city": "As it was made; the database says the same.",
            "city_timezone": "Months are counted here; the database says the same.",
            "database": "SQLite file.",
            "acknowledge_every_ms": "Sales are gathered this long, then made durable together.",
        },
    }
)
"""By section; "" is the file itself. Keys whose name says it all have no words."""
