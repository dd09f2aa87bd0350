"""`takar demo`: the whole system at work on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gateway.demo.stage import Broker


@click.command("demo")
@click.option("--headless", is_flag=True, help="No picture: N taps in simulated time, then totals.")
@click.option(
    "--fills",
    type=click.IntRange(1, 1_000_000),
    help="With --headless: how many taps.  [default: 100]",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another day.")
@click.option(
    "--broker",
    metavar="HOST:PORT",
    help="Use this broker, which runs already, in place of the embedded one.",
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Work in this new folder and leave it: ledger, cache, central's database, logs.",
)
@click.option("--tour-only", is_flag=True, help="End after the guided run; no keys.")
@click.option(
    "--no-tour", is_flag=True, help="No guided run: all is yours at once. Ends at q or Ctrl-C."
)
def command(
    *,
    headless: bool,
    fills: int | None,
    seed: int,
    broker: str | None,
    keep: Path | None,
    tour_only: bool,
    no_tour: bool,
) -> None:
    """Show broker, central, forecourt, gateway and console at work, with simulated pumps.

    Without options: a guided run of about half a minute (an accepted fill, one stopped at its
    limit, a refusal, an offline fill delivered later), then two pumps to play with, by keys or
    in the browser: the first lines say where. All is served on this machine alone.

    With --headless the last line is a JSON object with the totals, and the exit status is 0
    only if all is acknowledged, ledger and central agree to the millilitre, and both agree
    with what the simulated pumps dispensed to one pulse a pump.
    """
    from gateway.demo.stage import Broker

    try:
        wanted = Broker.parse(broker) if broker is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--broker") from error
    if fills is not None and not headless:
        raise click.UsageError("--fills goes with --headless")
    if tour_only and headless:
        raise click.UsageError("--tour-only is for the picture, not for --headless")
    if no_tour and (headless or tour_only):
        raise click.UsageError("--no-tour goes with neither --headless nor --tour-only")
    if headless:
        _headless(fills or 100, seed, wanted, keep)
    else:
        from gateway.demo.show import show

        show(seed, broker=wanted, keep=keep, tour_only=tour_only, tour=not no_tour)


def _headless(fills: int, seed: int, broker: "Broker | None", keep: Path | None) -> None:
    import json
    import sys

    from gateway.demo.headless import run

    totals = run(fills, seed, broker=broker, keep=keep, say=lambda line: click.echo(line, err=True))
    click.echo(json.dumps(totals.as_json()))
    sys.exit(0 if totals.all_well else 1)
