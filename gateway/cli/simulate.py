"""`takar simulate`: a city of real gateways and central on simulated time, from one seed."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from simulation.run import Outcome


@click.command()
@click.option("--gateways", default=5, show_default=True, type=click.IntRange(1, 20))
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 400))
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Drawn, and printed, without one.")
@click.option("--seeds", metavar="FIRST-LAST", help="One run after the other; then their sums.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the timeline here; a violation writes one in any case.",
)
@click.pass_context
def command(
    ctx: click.Context,
    *,
    gateways: int,
    days: int,
    seed: int | None,
    seeds: str | None,
    html: Path | None,
) -> None:
    """Run gateways and central under faults, and check the invariants.

    All in this process, on simulated time, network, disks and pumps. The same seed gives the same
    run. Exit status 1 if an invariant was violated.
    """
    from simulation.run import simulate

    if seeds is not None and (seed is not None or html is not None):
        raise click.UsageError("--seeds goes with neither --seed nor --html")
    drawn = secrets.randbelow(10**9) if seed is None else seed
    chosen = range(drawn, drawn + 1) if seeds is None else _range(seeds)
    fills = faults = violated = 0
    for one in chosen:
        outcome = simulate(one, gateways=gateways, days=days)
        _tell(outcome, html)
        fills += outcome.fills
        faults += sum(outcome.faults.values())
        violated += outcome.violation is not None
    if seeds is not None:
        click.echo(
            f"seeds {seeds}: {fills:,} fills, {faults:,} faults, {violated} of {len(chosen)} runs "
            "with a violation"
        )
    if violated:
        ctx.exit(1)


def _range(seeds: str) -> range:
    try:
        first, last = map(int, seeds.split("-"))
    except ValueError:
        first, last = 1, 0
    if not 0 <= first <= last < 2**63:
        raise click.UsageError(f"--seeds {seeds}: expected the first and the last, as 1-20")
    return range(first, last + 1)


def _tell(outcome: "Outcome", html: Path | None) -> None:
    from simulation.timeline import write_timeline

    click.echo(
        f"seed {outcome.seed}: {outcome.fills:,} fills at {outcome.gateways} gateways in "
        f"{outcome.days} days, "
        f"{outcome.volume_ml / 1000:,.0f} L; {outcome.entries:,} ledger entries, "
        f"{outcome.messages:,} messages"
    )
    click.echo("refused:  " + _list(outcome.refusals))
    click.echo("injected: " + _list(outcome.faults))
    flowed = ", ".join(f"{kind} {ml / 1000:,.0f} L" for kind, ml in outcome.kinds_ml.most_common())
    click.echo(f"grants:   {flowed}; pruned {outcome.checks['pruned']} times")
    for name, (what, unit) in COMPARED.items():
        times, much = outcome.checks[name], outcome.compared[name]
        click.echo(f"{name}  {what}: {times:,} checks, {much:,} {unit}")
    click.echo(f"ledgers' digest {outcome.digest}")
    if html is None and outcome.violation is not None:
        html = Path(f"simulation-{outcome.seed}.html")
    if html is not None:
        write_timeline(html, outcome)
        click.echo(f"timeline: {html}")
    if outcome.violation is not None:
        click.echo(f"VIOLATION {outcome.violation}")
    else:
        click.echo("no violation")


COMPARED = {
    "S": ("spend: what flowed, against reservations and quotas", "ml"),
    "D": ("durable first: the limit of an opening valve, against the disk", "ml"),
    "L": ("ledger: unchanged, gapless, chained, sealed, anchored", "entries"),
    "X": ("exactly once: central's entries and sales, against the ledgers", "entries"),
    "C": ("conservation: sales, against what flowed for each", "ml"),
    "F": ("fail closed: who stands there, at each opening valve", "openings"),
}


def _list(counted: dict[str, int]) -> str:
    most_first = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{kind} {times:,}" for kind, times in most_first) or "nothing"
