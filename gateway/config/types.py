"""The shape of gateway.toml and central.toml."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from gateway.core.dosing import SLOW_ML
from gateway.core.fields import HostName, Name, Port, PublicKey
from hardware.wiring import DisplayBus, Pin, PrinterPort, PumpPins, ReaderBus
from mqtt.topics import ENROLMENT_PORT

Path = Annotated[str, Meta(min_length=1, max_length=1000)]
"""Relative paths are taken from the configuration file's folder."""

PrivatePath = Annotated[str, Meta(min_length=1, max_length=1000, description="or credential:NAME")]
"""The same, of what nobody else may read; or `credential:NAME` (mqtt/credentials.py)."""


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Identity(Section, frozen=True, kw_only=True):
    name: Name
    city_timezone: str = "Asia/Makassar"
    state_dir: Path = "gateway"
    """Ledger, anchor and allocation cache."""
    status_socket: Path = "gateway.sock"
    """Local readers see what each pump is doing here."""
    unwitnessed_offline_boot: Literal["allow", "refuse"] = "allow"
    """Whether to sell after a start that nothing outside the storage vouches for, before central
    has acknowledged it. `refuse` keeps a copied card from selling, and a station without network
    from selling after a power cut."""


class HardwareSettings(Section, frozen=True, kw_only=True):
    kind: Literal["raspberry-pi", "simulated"]
    forecourt_socket: Path = "forecourt.sock"
    emergency_stop_pin: Pin = 4
    ups_pin: Pin | None = None
    """A contact of the UPS's to ground, pulled up: low = mains power, high = on battery, or the
    contact's wire broken. None: no UPS tells."""
    accept_single_channel: bool = False
    """Start without a retriggerable timer. Quotas are then not safe after a crash."""


class PumpSettings(Section, frozen=True, kw_only=True):
    number: Annotated[int, Meta(ge=1, le=4)]
    mode: Literal["valve", "authorise_only"] = "valve"
    """`authorise_only`: a third party's pump, where nothing of ours is fitted but the reader. The
    tap reserves, and an attendant declares afterwards what was given."""
    product: Name
    station: Name | None = None
    """Of an `authorise_only` pump: the station, as its invoices are matched by."""
    serve_within_s: Annotated[int, Meta(ge=60, le=86_400)] = 1800
    """So long after the tap an `authorise_only` pump may serve on it. What was reserved stays
    reserved beyond it, until it is declared or cancelled."""
    calibration_pulses: Annotated[int, Meta(ge=1, le=250_000)] = 100
    calibration_litres: Annotated[int, Meta(ge=1, le=1000)] = 1
    max_flow_ml_per_min: Annotated[int, Meta(ge=2000, le=240_000)] = 65_000
    valve_lag_ms: Annotated[int, Meta(ge=50, le=1000)] = 300
    """Longest time from the command until the valve is shut."""
    limiter: Literal["timer", "pico"] = "timer"
    """Whose is the second contact in series: a retriggerable timer's, or a co-processor's, which
    then counts and stops too."""
    slow_flow_ml_per_min: Annotated[int, Meta(ge=500, le=60_000)] | None = None
    """Highest flow of a two-stage valve's slow stage; None: a single-stage valve."""
    slow_ml: Annotated[int, Meta(ge=100, le=5000)] = SLOW_ML
    """How much a two-stage valve lets flow slowly before the end."""
    timer_hold_ms: Annotated[int, Meta(ge=100, le=1000)] = 300
    """How long the retriggerable timer holds its contact without being fed."""
    pulser_channels: Literal["a", "ab"] = "a"
    """What the pulser is wired to a co-processor with; the Pi reads channel A alone."""
    reader_poll_ms: Annotated[int, Meta(ge=50, le=1000)] = 100
    reader: ReaderBus
    pins: PumpPins | None = None
    """None at an `authorise_only` pump."""
    display: DisplayBus | None = None
    """A character display of two lines of 20, if there is one."""
    display_language: Literal["id", "en"] = "id"


class PicoSettings(Section, frozen=True, kw_only=True):
    """One co-processor: either key says which."""

    serial_number: Annotated[str, Meta(pattern="^[0-9A-Za-z]{4,64}$")] | None = None
    """Of its USB; found whatever its port is called."""
    port: Annotated[str, Meta(pattern="^/", max_length=1000)] | None = None
    pumps: Annotated[list[Annotated[int, Meta(ge=1, le=4)]], Meta(min_length=1, max_length=2)] = (
        field(default_factory=lambda: [1, 2])
    )
    """Which are at its first and second channel."""
    lease_ms: Annotated[int, Meta(ge=100, le=1000)] = 300
    """Without a renewal for so long it breaks its contact."""


class Timeouts(Section, frozen=True, kw_only=True):
    start_s: Annotated[int, Meta(ge=5, le=120)] = 30
    """Nozzle not lifted, or no flow after lifting."""
    no_flow_s: Annotated[int, Meta(ge=10, le=300)] = 60
    fill_s: Annotated[int, Meta(ge=60, le=3600)] = 900
    settle_ms: Annotated[int, Meta(ge=500, le=10_000)] = 2000
    """A fill has settled when no pulse came for this long."""
    bypass_minutes: Annotated[int, Meta(ge=1, le=1440)] = 60
    """A bypass key that is on for so long was forgotten: an alarm."""


class MqttSettings(Section, frozen=True, kw_only=True):
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65_535)] = 1883
    username: str | None = None
    password_file: PrivatePath | None = None
    ca_file: Path | None = None
    """Turns TLS on."""
    certificate_file: Path | None = None
    key_file: PrivatePath | None = None
    key_password_file: PrivatePath | None = None
    """Where the key in `key_file` is encrypted."""
    protocol: Literal["5", "3.1.1"] = "5"


class KeySettings(Section, frozen=True, kw_only=True):
    private_file: PrivatePath
    """This party's own Ed25519 key, PEM, mode 0600, or a credential."""
    root_key: PublicKey
    """The city's root key: the one thing that is trusted without a certificate."""


class CentralAddress(Section, frozen=True, kw_only=True):
    """Where a gateway asks for its certificate anew."""

    host: HostName
    port: Port = ENROLMENT_PORT


class AuthoritySettings(Section, frozen=True, kw_only=True):
    """Central's: who may speak to the broker, and where gateways ask for it."""

    broker_host: HostName
    """As gateways reach it; its certificate names it."""
    broker_port: Port = 8883
    address: Annotated[str, Meta(min_length=2, max_length=45)] = "0.0.0.0"  # noqa: S104 - gateways call from elsewhere
    port: Port = ENROLMENT_PORT
    authority_file: Path
    authority_key_file: PrivatePath
    revoked_file: Path
    """Where the broker reads whose certificates are revoked."""
    broker_reload: Annotated[str, Meta(max_length=200)] = "systemctl reload mosquitto"
    """Run without a shell after a revocation; empty: a person sees to it."""


class GatewayKeySettings(KeySettings, frozen=True, kw_only=True):
    statements_dir: Path
    """What the root has said of central's keys, one JSON file each."""


class Storage(Section, frozen=True, kw_only=True):
    free_floor_mb: Annotated[int, Meta(ge=1, le=100_000)] = 64
    """Below this much free disk the pumps refuse to sell."""
    retention_days: Annotated[int, Meta(ge=1, le=3660)] = 90
    """Entries stay in the ledger at least so long, whatever central has acknowledged."""
    central_backup_days: Annotated[int, Meta(ge=1, le=3660)] = 90
    """The oldest backup from which central may be restored: what came after it is asked for."""
    export: Literal["file", "central"] = "file"
    """Where pruned entries are kept besides central: in files, or nowhere else."""
    export_dir: Path | None = None
    """Of those files; None: the folder `export` in the state folder."""
    export_keep_mb: Annotated[int, Meta(ge=1, le=100_000)] = 64
    """The oldest files beyond that are deleted."""


class Totalisers(Section, frozen=True, kw_only=True):
    tolerance_ml: Annotated[int, Meta(ge=100, le=5000)] = 200
    """Between what a co-processor counted and what was recorded since it was last compared."""
    dispenser_tolerance_permille: Annotated[int, Meta(ge=1, le=50)] = 5
    """Of the dispenser's own totaliser; the law allows it 0.5 %."""


OWN_MACHINE = "self"


class ConsoleSettings(Section, frozen=True, kw_only=True):
    """The attendant's console and the drivers' displays: a process of its own."""

    address: Annotated[str, Meta(min_length=2, max_length=45)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1024, le=65_535)] = 8080
    every_address: bool = False
    """Listen on all networks of this machine, or on a public one: said, not slipped into."""
    host_name: Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9.-]{0,98}[a-z0-9])?$")] | None = None
    """A name by which browsers may call it besides its address."""
    framed_by: (
        Annotated[str, Meta(pattern=r"^https?://[a-z0-9.-]{1,100}(:[0-9]{1,5})?$")] | None
    ) = None
    """A site whose pages may show drivers' displays in a frame. The attendant's pages, on which
    there are buttons, are never shown in one."""
    displays: tuple[Annotated[str, Meta(min_length=2, max_length=45)], ...] = (OWN_MACHINE,)
    """Addresses of browsers that stand at the pumps: on their `/layar` alone are the digits that
    who taps a card types to sign in. `self`: one on this machine itself; leave that out where a
    proxy on this machine stands in front of the console."""
    language: Literal["id", "en"] = "id"
    receipts_dir: Path | None = None
    """Where it is kept which sales have had a receipt; None: the gateway's state folder. As a
    service the console runs in an account that may only read that one."""


class ConsoleCode(Section, frozen=True, kw_only=True):
    """A person who may sign in at the console by a code."""

    name: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^\S(.*\S)?$")]
    scrypt: Annotated[
        str,
        Meta(pattern=r"^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}$"),
    ]
    """What `takar console code` printed; the code itself is nowhere."""


class MetricsSettings(Section, frozen=True, kw_only=True):
    """Figures for Prometheus, which the console's process serves on 127.0.0.1 alone."""

    port: Annotated[int, Meta(ge=1024, le=65_535)] = 9464


class ReceiptSettings(PrinterPort, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The receipt printer at the attendant's desk, which the console's process prints on."""

    heading: Annotated[str, Meta(min_length=1, max_length=96)] | None = None
    """Above each receipt; None: the gateway's name alone."""
    shows_remaining: bool = True
    """Also what is left of the quota, where the sale is the pump's last."""
    language: Literal["id", "en"] = "id"


class GatewayConfig(Section, frozen=True, kw_only=True):
    gateway: Identity
    hardware: HardwareSettings
    pumps: Annotated[list[PumpSettings], Meta(min_length=1, max_length=4)]
    keys: GatewayKeySettings
    picos: Annotated[list[PicoSettings], Meta(max_length=2)] = []
    mqtt: MqttSettings = field(default_factory=MqttSettings)
    enrolment: CentralAddress | None = None
    """None: whoever runs it sees to its certificates."""
    timeouts: Timeouts = field(default_factory=Timeouts)
    storage: Storage = field(default_factory=Storage)
    totalisers: Totalisers = field(default_factory=Totalisers)
    console: ConsoleSettings = field(default_factory=ConsoleSettings)
    console_codes: Annotated[list[ConsoleCode], Meta(max_length=50)] = []
    metrics: MetricsSettings | None = None
    """None: nothing is served to Prometheus."""
    receipt_printer: ReceiptSettings | None = None
    """None: receipts are pages that a browser prints."""


class CentralIdentity(Section, frozen=True, kw_only=True):
    city: Name
    city_timezone: str = "Asia/Makassar"
    database: Path = "central/central.sqlite3"
    acknowledge_every_ms: Annotated[int, Meta(ge=10, le=10_000)] = 100


class CentralConfig(Section, frozen=True, kw_only=True):
    central: CentralIdentity
    keys: KeySettings
    mqtt: MqttSettings = field(default_factory=MqttSettings)
    enrolment: AuthoritySettings | None = None
    """None: no gateway can enrol itself."""
