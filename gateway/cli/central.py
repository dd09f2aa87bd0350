"""`takar central`: run central."""

import logging
import signal
from pathlib import Path
from typing import Any

import click

from gateway.config.load import load_central
from mqtt.central.database import open_database, read_identity
from mqtt.central.service import Central
from mqtt.keys import Keyring, load_private


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("central.toml"),
    show_default=True,
    help="Central's configuration.",
)
@click.option(
    "--period",
    metavar="YYYY-MM",
    help="Mint this month's grants whatever the calendar says; for demos and tests.",
)
def command(config: Path, period: str | None) -> None:
    """Run central: take in every sale exactly once, send out cards, prices and grants.

    Each month's grants are minted when it begins and sent out five days before. Stops cleanly
    at Ctrl-C or SIGTERM; killed, it loses nothing that it has acknowledged.
    """
    logging.basicConfig(format="central: %(message)s", level=logging.INFO)
    settings = load_central(config)
    engine = open_database(Path(settings.central.database))
    own = read_identity(engine)
    configured = (settings.central.city, settings.central.city_timezone)
    if (own.city, own.zone.key) != configured:
        raise click.UsageError(
            f"{config} is for {' in '.join(configured)}, but {settings.central.database} is for "
            f"{own.city} in {own.zone.key}; point `database` at the right file"
        )
    where = f"{settings.mqtt.host}:{settings.mqtt.port}"
    central = Central(
        engine,
        load_private(Path(settings.keys.private_file)),
        Keyring.from_dir(Path(settings.keys.peers_dir)),
        settings.mqtt,
        acknowledge_every_ms=settings.central.acknowledge_every_ms,
        only_period=period,
        on_ready=lambda: click.echo(f"central of {own.city}: ready, connected to {where}"),
    )

    def stop(_signal: int, _frame: Any) -> None:
        central.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    central.run()
