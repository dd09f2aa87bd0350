"""`takar init`: make a city and its gateways."""

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from gateway.cli.options import month
from gateway.config.types import MqttSettings
from gateway.setup.configurations import ZONE
from gateway.setup.folder import FolderRefused, Made, Wanted, make_folder
from gateway.words import rupiah
from hardware.wiring import DEMO_WIRING
from mqtt.central.periods import period_of


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another city.")
@click.option("--gateways", type=click.IntRange(1, 20), default=1, show_default=True)
@click.option(
    "--pumps",
    type=click.IntRange(1, len(DEMO_WIRING)),
    default=len(DEMO_WIRING),
    show_default=True,
    help="Pumps of each gateway, wired as in the README.",
)
@click.option(
    "--period",
    metavar="YYYY-MM",
    callback=month,
    help="Month to mint the first grants for.  [default: this month in the city's zone]",
)
@click.option(
    "--simulated/--raspberry-pi",
    default=True,
    show_default=True,
    help="The simulated forecourt, or real pins.",
)
@click.option("--mqtt-host", default="127.0.0.1", show_default=True, help="Where the broker is.")
@click.option(
    "--mqtt-port", type=click.IntRange(1, 65_535), default=1883, show_default=True, help="Its port."
)
def command(
    folder: Path,
    *,
    seed: int,
    gateways: int,
    pumps: int,
    period: str | None,
    simulated: bool,
    mqtt_host: str,
    mqtt_port: int,
) -> None:
    """Make DIR with a model city: 43 departments, 1,008 vehicles, their cards and grants.

    Writes commented configurations, fresh keys, central's database, and for each gateway a
    ledger and an allocation cache. DIR must be new or empty. The prices are illustrative.
    """
    wanted = Wanted(
        seed=seed,
        gateways=gateways,
        pumps=pumps,
        period=period or period_of(datetime.now(UTC), ZoneInfo(ZONE)),
        kind="simulated" if simulated else "raspberry-pi",
        # The embedded broker, which the simulation is mostly run with, speaks 3.1.1 only.
        mqtt=MqttSettings(host=mqtt_host, port=mqtt_port, protocol="3.1.1" if simulated else "5"),
        by=_user(),
    )
    try:
        made = make_folder(folder, wanted)
    except FolderRefused as error:
        raise click.BadParameter(str(error), param_hint="DIR") from error
    _tell(folder, made, wanted)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user id {os.getuid()}"


def _tell(folder: Path, made: Made, wanted: Wanted) -> None:
    city = made.city
    budget_idr = sum(department.budget_idr for department in city.departments)
    click.echo(
        f"Made {folder}: {len(city.departments)} departments with {rupiah(budget_idr)} for "
        f"{city.year}, {len(city.subjects)} vehicles, {len(city.cards)} cards, "
        f"{made.minted.grants} grants for {city.period}."
    )
    for unminted in made.minted.unminted:
        click.echo(f"No grant for {unminted.subject}: {unminted.why}.", err=True)
    click.echo("Next, each in a terminal of its own:")
    steps = []
    if wanted.kind == "simulated":
        steps.append(f"./takar broker --port {wanted.mqtt.port}")
    steps.append(f"./takar central --config '{folder}/central.toml'")
    for name in made.gateways:
        if wanted.kind == "simulated":
            socket = f"forecourt{name.removeprefix('gateway')}.sock"
            steps.append(f"./takar forecourt run --socket '{folder}/{socket}'")
        steps.append(f"./takar gateway --config '{folder}/{name}.toml'")
    for step in steps:
        click.echo(f"  {step}")
