"""`takar receipt`: a sale's receipt, on the terminal, into a file, or on the printer."""

import asyncio
import sqlite3
from pathlib import Path

import click

from gateway.cli.options import gateway_config
from gateway.cli.telling import tell

PRINTER = "printer"


@click.command()
@gateway_config
@click.argument("sale")
@click.option(
    "--to",
    metavar="FILE|printer",
    help="A file to make, with the receipt as text; or the word printer: what [receipt_printer] "
    "of the configuration names.  [default: the terminal]",
)
@click.option("--language", type=click.Choice(["id", "en"]), help="[default: as configured]")
def command(config: Path, sale: str, to: str | None, language: str | None) -> None:
    """Print the receipt of SALE: the number of its entry, its id, or a receipt's code.

    From the ledger, whose gateway may be running. A second one of the same sale says that it is
    a copy; one on the terminal does not count.
    """
    from zoneinfo import ZoneInfo

    from gateway.config.load import load_gateway
    from gateway.console.names import NamesOf
    from gateway.console.words import Words
    from gateway.paper.printed import Printed, receipts_folder
    from gateway.paper.receipt import Mark, make_receipt
    from gateway.paper.sold import sold
    from gateway.paper.work import NotMade, Print, Workshop
    from hardware.ports import HardwareError
    from hardware.receipt_printer.slip import laid_out

    settings = load_gateway(config)
    printer = settings.receipt_printer
    if to == PRINTER and printer is None:
        raise click.BadParameter(f"{config} has no section [receipt_printer]", param_hint="--to")
    if to not in (None, PRINTER) and Path(str(to)).exists():
        raise FileExistsError(17, "it is there already", to)
    state = Path(settings.gateway.state_dir)
    found = sold(state / "ledger.sqlite3", _entry_of(sale))
    if found is None:
        raise click.BadParameter(
            f"this ledger holds no sale {sale!r}: expected the number of a sale's entry, its id, "
            "or the code on a receipt",
            param_hint="SALE",
        )
    own = printer.language if printer is not None else settings.console.language
    words = Words(language or own, ZoneInfo(settings.gateway.city_timezone))
    printed, id_ = Printed(receipts_folder(settings)), found.sale.sale
    try:
        copy = printed.has(id_) if to is None else printed.begin(id_)
    except sqlite3.Error as error:
        tell(f"takar: receipts are not counted: {error}", err=True)
        copy = True
    heading = printer.heading if printer is not None else None
    names = asyncio.run(NamesOf(state / "allocation.json").now())
    mark: Mark | None = "receipt_copy" if copy else None
    slip = make_receipt(found, words, names=names, mark=mark, heading=heading)
    if to == PRINTER and printer is not None:
        try:
            asyncio.run(Workshop().do(Print(slip, printer)))
        except NotMade as error:
            if not error.begun:
                printed.take_back(id_)
            raise HardwareError(str(error)) from error
        return
    columns = printer.columns if printer is not None else 42
    lines = [line.text for line in laid_out([*slip.lines, *slip.foot], columns)]
    if to is None:
        tell(*lines)
        return
    with Path(to).open("x") as file:
        file.write("\n".join(lines) + "\n")


def _entry_of(sale: str) -> str:
    """A receipt's code stands for its entry's number."""
    from gateway.core.finding import read_code

    try:
        return str(read_code(sale).sequence)
    except ValueError:
        return sale
