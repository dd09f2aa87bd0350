"""`takar setup`: this machine becomes a station."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gateway.setup.station.places import Installed
    from gateway.setup.station.steps import Steps


@click.command("setup")
@click.option(
    "--trial",
    is_flag=True,
    help="Make no station but a whole model city on this machine, with a simulated forecourt.",
)
@click.option(
    "--prefix",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("/"),
    show_default=True,
    help="Put everything below DIR, also in the paths that are written, and start nothing.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def command(*, trial: bool, prefix: Path, dry_run: bool) -> None:
    """Make this machine a station."""
    from gateway.cli.telling import tell
    from gateway.setup.station.places import Installed
    from gateway.setup.station.steps import Steps

    places, steps = Installed(prefix.absolute()), Steps(tell, dry=dry_run)
    if trial:
        _trial(places, steps)


def _trial(places: "Installed", steps: "Steps") -> None:
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from gateway.cli.restore import user
    from gateway.cli.telling import tell
    from gateway.setup.configurations import ZONE
    from gateway.setup.station.trial import make_trial, trial_settings
    from mqtt.central.periods import period_of

    period = period_of(datetime.now(UTC), ZoneInfo(ZONE))
    make_trial(places, trial_settings(1883, period, user()), steps)
    if steps.dry:
        return
    tell(
        f"Next: TAKAR_FORECOURT={places.forecourt_socket} takar forecourt status; "
        "http://127.0.0.1:8080/layar; `takar doctor`"
    )
