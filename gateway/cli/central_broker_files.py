"""`takar central broker-files`: the city's own authority, and what Mosquitto needs of it."""

from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.cli.options import central_config
from gateway.cli.telling import tell
from gateway.config.load import load_central
from gateway.config.types import CentralConfig
from gateway.setup.authority_files import (
    PUBLISHED_FOLDER,
    authority_files,
    installed_for,
    revoked_file,
)
from gateway.setup.broker_files import (
    give_to_central,
    hand_over,
    make_authority,
    on_disk,
    with_authority,
    write_broker_files,
)
from gateway.setup.rewriting import as_written, rewrite
from mqtt.central.database import open_database


@click.command("broker-files")
@central_config
@click.argument("hosts", metavar="HOST...", nargs=-1, required=True)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=PUBLISHED_FOLDER,
    show_default=True,
    help="Where Mosquitto reads them.",
)
@click.option("--port", type=click.IntRange(1, 65_535), default=8883, show_default=True)
@click.option(
    "--user", default="mosquitto", show_default=True, help="Whom the files are given to, as root."
)
def command(config: Path, hosts: tuple[str, ...], folder: Path, port: int, user: str) -> None:
    """Make the city's certificate authority, and the files of a Mosquitto that follows it.

    HOST is the broker's name or address as gateways reach it; more may follow. Central's
    configuration gets an [enrolment] section and its own certificate for the broker. Run it
    again to change hosts: authority, keys and gateways' certificates stay.
    """
    settings = load_central(config)
    folder = folder.absolute()
    installed = installed_for(config)
    files = authority_files(settings, config, installed)
    revoked = revoked_file(folder, installed)
    authority = make_authority(files, settings.central.city, datetime.now(UTC))
    database = Path(settings.central.database)
    engine = open_database(database)
    try:
        included = write_broker_files(folder, revoked, authority, hosts, port, engine)
    finally:
        engine.dispose()
    theirs = on_disk(files)
    if revoked.parent != folder:
        theirs += [revoked.parent, revoked]
    give_to_central(theirs, database)
    changed = with_authority(
        as_written(config, CentralConfig), config, files, revoked, hosts[0], port
    )
    before = rewrite(config, changed)
    tell(f"{config}: has [enrolment] and TLS now; as it was: {before}")
    tell(f"{files.private}: whoever has it can let anybody in at the broker; it stays here")
    try:
        hand_over(folder, user)
    except (LookupError, PermissionError) as error:
        tell(f"{folder}: give it to the broker's user yourself ({error})", err=True)
    tell(
        f"{included}: include it, and restart the broker:",
        f"    ln -s {included} /etc/mosquitto/conf.d/takar.conf",
        "    systemctl restart mosquitto",
        "Then restart central.",
    )
