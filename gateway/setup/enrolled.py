"""What follows an enrolment: the gateway's configuration, and the ledger that it begins with."""

import shutil
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from gateway import VERSION
from gateway.config.load import configuration_hash, load_gateway
from gateway.config.types import CentralAddress, GatewayConfig, GatewayKeySettings, MqttSettings
from gateway.core.facts import GatewayInitialised
from gateway.setup.enrolling import Enrolled, EnrolmentRefused, Places
from gateway.setup.gateway_state import LEDGER, begin_state
from gateway.setup.rewriting import written
from gateway.store.durable import sync_folder
from gateway.store.fresh import FRESH
from gateway.store.reader import LedgerReader
from mqtt.central.periods import utc_text
from mqtt.keys import load_private


def configured(
    config: GatewayConfig, enrolled: Enrolled, places: Places, file: Path
) -> GatewayConfig:
    """The settings of pumps and pins with those of the enrolment, for a file at `file`."""
    tls = places.tls
    return replace(
        config,
        gateway=replace(
            config.gateway, name=enrolled.gateway, city_timezone=enrolled.city_timezone
        ),
        keys=GatewayKeySettings(
            private_file=written(places.private_file, file),
            root_key=enrolled.root_key,
            statements_dir=written(places.statements_dir, file),
        ),
        mqtt=MqttSettings(
            host=enrolled.broker_host,
            port=enrolled.broker_port,
            ca_file=written(tls.authority, file),
            certificate_file=written(tls.own, file),
            key_file=written(tls.own, file),
            key_password_file=written(tls.password, file),
        ),
        enrolment=CentralAddress(host=enrolled.central.host, port=enrolled.central.port),
    )


def refuse_another_ledger(config: GatewayConfig, incarnation: str | None) -> None:
    """EnrolmentRefused if the state folder holds a ledger of another incarnation: nothing that
    it sold may be lost, and no gateway becomes another."""
    ledger = Path(config.gateway.state_dir) / LEDGER
    if not ledger.exists():
        return
    with LedgerReader(ledger) as reader:
        found = reader.meta().incarnation
    if found != incarnation:
        raise EnrolmentRefused(
            f"{ledger}: holds the ledger of incarnation {found}, expected "
            f"{incarnation or 'none, as nothing was enrolled here'}. Move it away if it is of "
            "another gateway; its sales may not be at central yet"
        )


def begin(file: Path, enrolled: Enrolled, *, by: str, now: datetime) -> bool:
    """Begin the ledger of a gateway that was enrolled, by its configuration; False if it has begun.

    It sells nothing until central's first directives are there. May be repeated after a power
    cut. EnrolmentRefused if the state folder holds another ledger.
    """
    config = load_gateway(file)
    refuse_another_ledger(config, enrolled.incarnation)
    state = Path(config.gateway.state_dir)
    if (state / LEDGER).exists():
        shutil.rmtree(state / FRESH, ignore_errors=True)  # empty, as the ledger left it last
        return False
    state.mkdir(parents=True, exist_ok=True)
    fresh = state / FRESH
    shutil.rmtree(fresh, ignore_errors=True)
    begin_state(
        fresh,
        load_private(Path(config.keys.private_file)),
        GatewayInitialised(
            by=by[:200], version=VERSION, configuration_hash=configuration_hash(config)
        ),
        gateway=enrolled.gateway,
        incarnation=enrolled.incarnation,
        epoch=enrolled.epoch,
        time=utc_text(now),
    )
    # The ledger last: where it is, the rest is.
    for made in sorted(fresh.iterdir(), key=lambda path: path.name == LEDGER):
        made.rename(state / made.name)
    sync_folder(state)
    fresh.rmdir()
    return True
