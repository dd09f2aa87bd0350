"""`takar setup`: this machine becomes a station."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gateway.setup.enrolling import Enrolled, Places
    from gateway.setup.station.places import Installed
    from gateway.setup.station.steps import Steps

FAILED = 1


@click.command("setup")
@click.option("--central", metavar="HOST[:PORT]", help="Central, as this station reaches it.")
@click.option("--code", help="Of `takar central invite`. Better typed when it is asked for.")
@click.option("--pumps", type=click.IntRange(1, 2), help="How many.  [default: readers found]")
@click.option(
    "--product", "products", multiple=True, metavar="NAME", help="Of each pump, in their order."
)
@click.option(
    "--pulses",
    multiple=True,
    type=click.IntRange(1, 250),
    help="Of each pump's pulser, a litre.",
)
@click.option("--pico", metavar="SERIAL", help="Co-processor in place of timers; `none`: timers.")
@click.option(
    "--simulated/--no-simulated",
    default=None,
    help="With a simulated forecourt in place of pins.  [default: as configured, else with pins]",
)
@click.option(
    "--replace",
    is_flag=True,
    help="Give a station that there is already other pumps; what is configured is then the "
    "default of all that is asked.",
)
@click.option(
    "--yes",
    is_flag=True,
    help="Ask nothing: what has no option has its default. The pumps' motors ARE OFF.",
)
@click.option("--no-start", is_flag=True, help="Start no service.")
@click.option(
    "--start-anyway", is_flag=True, help="Start them also where the doctor found a failure."
)
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
@click.pass_context
def command(
    ctx: click.Context,
    *,
    central: str | None,
    code: str | None,
    pumps: int | None,
    products: tuple[str, ...],
    pulses: tuple[int, ...],
    pico: str | None,
    simulated: bool | None,
    replace: bool,
    yes: bool,
    no_start: bool,
    start_anyway: bool,
    trial: bool,
    prefix: Path,
    dry_run: bool,
) -> None:
    """Make this machine a station.

    Finds readers and co-processors, asks what only a person can know, makes this device's keys and
    enrols it at central by the code that `takar central invite NAME` printed there, writes
    /etc/takar/gateway.toml, prints the wiring to check, runs `takar doctor` and starts the
    services. Its pins are those of the standard wiring; the file can be changed afterwards.

    Run again, it changes of the pumps what is answered otherwise than it is configured: name, keys,
    broker and ledger stay, and the configuration before is kept beside the new one. Cut off
    anywhere, run it again.
    """
    from gateway.cli.doctor import tell_verdicts
    from gateway.cli.setup_asking import Asking
    from gateway.cli.telling import tell
    from gateway.setup.station.making import (
        existing,
        make_station,
        start_station,
        stop_station,
    )
    from gateway.setup.station.places import Installed
    from gateway.setup.station.steps import Steps
    from gateway.setup.station.wiring_table import table

    places, steps = Installed(prefix.absolute()), Steps(tell, dry=dry_run)
    if trial:
        _trial(places, steps)
        return
    before = existing(places)
    asking = Asking(asks=not yes, tell=tell)
    asking.may_replace(places.gateway_toml, before, allowed=replace)
    if simulated is None:
        simulated = before is not None and before.hardware.kind == "simulated"
    if before is not None:
        stop_station(places, steps)
    answers = asking.answers(
        asking.found(places, simulated=simulated),
        pumps=pumps,
        products=products,
        pulses=pulses,
        pico=pico,
        simulated=simulated,
        before=before,
    )

    def enrolled(where: "Places") -> "Enrolled":
        return asking.enrol(central, code, where)

    make_station(places, answers, before, enrolled, steps)
    if dry_run:
        return
    from gateway.config.load import load_gateway

    tell("", "With the power off, compare each wire with this table:", "")
    tell(*table(load_gateway(places.gateway_toml)), "")
    asking.wait_for_wiring()
    well = tell_verdicts(places.gateway_toml, yes=yes, asks=not yes)
    if not well and not start_anyway:
        tell("No service was started. Mend what failed, then `sudo takar setup --replace`.")
        ctx.exit(FAILED)
    if not no_start:
        start_station(places, steps)


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
