"""`takar central invoice`: a third party's bill against what was declared at its station."""

from pathlib import Path
from types import MappingProxyType

import click
import msgspec

from gateway.cli.options import central_config, month
from gateway.cli.telling import tell
from gateway.config.load import load_central
from gateway.words import litres
from mqtt.central.database import READS_ONLY, open_database, read_identity
from mqtt.central.declared_report import declared_at, undeclared_at
from mqtt.central.invoices import MOST_BYTES, Unfit, compare, read_invoice

UNFIT = 1
WORDS = MappingProxyType(
    {
        "missing_here": "billed, and declared by nobody",
        "missing_there": "declared, and not billed",
        "litres": "billed and declared with different litres",
        "twice_there": "billed twice",
        "twice_here": "declared twice",
        "other_month": "declared in another month",
        "undeclared": "tapped for, and neither declared nor cancelled yet",
    }
)


@click.group()
def invoice() -> None:
    """Third parties' bills."""


@invoice.command()
@central_config
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--station", required=True, help="As the declared sales name it.")
@click.option("--month", "of_month", metavar="YYYY-MM", callback=month, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, in ml.")
@click.pass_context
def match(
    ctx: click.Context, config: Path, file: Path, *, station: str, of_month: str, as_json: bool
) -> None:
    """List what does not fit between FILE and what was declared at a station, and taps of that
    month of which nobody has said yet what was given.

    FILE is the month's bill as CSV; its first line names the columns, of which `receipt` and
    `litres` are read. Exit status 1 if anything does not fit. Central may be running meanwhile.
    """
    with file.open("rb") as opened:
        billed = read_invoice(opened.read(MOST_BYTES + 1))
    engine = open_database(Path(load_central(config).central.database))
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        zone = read_identity(engine).zone
        declared = declared_at(connection, station, zone)
        undeclared = undeclared_at(connection, station, zone)
    engine.dispose()
    unfit = compare(billed, declared, of_month, undeclared)
    if as_json:
        click.echo(msgspec.json.encode([one._asdict() for one in unfit]))
    else:
        for one in unfit:
            tell(_line(one))
        of_it = f"{len(billed)} lines billed, {litres(sum(one.volume_ml for one in billed), 3)}"
        ours = [one for one in declared if one.month == of_month]
        volume = litres(sum(one.volume_ml for one in ours), 3)
        found = f"{len(unfit)} do not fit" if unfit else "all fits"
        tell(f"{of_it}; {len(ours)} sales declared, {volume}; {found}")
    if unfit:
        ctx.exit(UNFIT)


def _line(one: Unfit) -> str:
    volumes = [
        f"{said} {litres(ml, 3)}"
        for said, ml in (("billed", one.billed_ml), ("declared", one.declared_ml))
        if ml is not None
    ]
    words = "; ".join(filter(None, [WORDS[one.why], ", ".join(volumes)]))
    return f"{one.receipt_no or 'no receipt'}: {words} ({one.where})"
