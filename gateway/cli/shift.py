"""`takar shift`: open and close an attendant's shift, see what it has come to, print its sheet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from gateway.cli.options import gateway_config, person_name
from gateway.cli.telling import tell

_by = click.option(
    "--by", required=True, callback=person_name, help="Whose hands it is in: a person's name."
)
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object, in ml and rupiah.")


@click.group()
def command() -> None:
    """Open and close shifts; each closing is in the ledger, with what it came to.

    Every entry of the ledger is in one shift, or in what the next opening says of the time
    between; sheet and list of that next shift say both. A fill still open at the closing is the
    next shift's, and so is its fuel.
    """


@command.command("open")
@gateway_config
@_by
def open_shift(config: Path, by: str) -> None:
    """Take a shift over."""
    from gateway.runtime.requests import OpenShift

    done = _asked(config, OpenShift(by=by))
    tell(f"shift {done['number']} is open, entry {done['sequence']}")
    for line in _totals(done["since"], done["readings"], "since the shift before"):
        tell(line)


@command.command("close")
@gateway_config
@_by
@_json
def close_shift(config: Path, by: str, *, as_json: bool) -> None:
    """End the shift and print what it came to."""
    from gateway.runtime.requests import CloseShift

    done = _asked(config, CloseShift(by=by))
    if as_json:
        click.echo(msgspec.json.encode(done))
        return
    tell(f"shift {done['number']} is closed, entry {done['sequence']}")
    title = f"{done['opened_by']}, since {done['opened']}"
    for line in _totals(done["totals"], done["readings"], title):
        tell(line)


@command.command()
@gateway_config
@_json
def show(config: Path, *, as_json: bool) -> None:
    """Print what has come since the newest opening or closing."""
    from gateway.runtime.requests import ShowShift

    done = _asked(config, ShowShift())
    if as_json:
        click.echo(msgspec.json.encode(done))
        return
    title = "no shift is open; since the last one"
    if done["open"]:
        title = f"shift {done['number']}, {done['opened_by']}, since {done['opened']}"
    for line in _totals(done["totals"], done["readings"], title):
        tell(line)
    if done["undeclared"]:
        tell(f"{done['undeclared']} to be declared: takar declare list")


@command.command()
@gateway_config
@click.argument("number", type=click.IntRange(1))
@click.option(
    "--pdf",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file to make; an existing one is left as it is.",
)
@click.option("--language", type=click.Choice(["id", "en"]), default="id", show_default=True)
def sheet(config: Path, number: int, pdf: Path, language: str) -> None:
    """Write the sheet of a closed shift, to be printed and signed.

    From the ledger, whose gateway may be running. The console has the same at /giliran/NUMBER.
    """
    from zoneinfo import ZoneInfo

    from gateway.config.load import load_gateway
    from gateway.console.words import Words
    from gateway.paper.closings import closing_of
    from gateway.paper.sheet import make_sheet
    from gateway.paper.sheet_pdf import sheet_pdf

    own = load_gateway(config).gateway
    closing = closing_of(Path(own.state_dir) / "ledger.sqlite3", number)
    if closing is None:
        raise click.BadParameter(
            f"shift {number} is not closed, or its closing is no longer in this ledger: "
            "`takar shift show` tells of the open one, `takar central shifts` of former ones",
            param_hint="NUMBER",
        )
    words = Words(language, ZoneInfo(own.city_timezone))
    made = make_sheet(closing, words)
    with pdf.open("xb") as file:
        file.write(sheet_pdf(made))
    tell(f"{pdf}: {made.title}, {made.proof[-1][1]}")


def _asked(config: Path, request: Any) -> dict[str, Any]:
    from gateway.config.load import load_gateway
    from gateway.runtime.control import ask, control_path

    return ask(control_path(load_gateway(config).gateway.status_socket), request)


def _totals(said: Any, readings: Any, title: str) -> Iterator[str]:
    from gateway.core.facts import PumpLine, PumpReading, ShiftTotals
    from gateway.core.shift import unexplained_ml
    from gateway.words import litres, rupiah

    totals = msgspec.convert(said, ShiftTotals)
    yield title
    for line in totals.sold:
        what = "other"
        if line.product is not None and line.price_idr_per_l is not None:
            what = f"{line.product} at {rupiah(line.price_idr_per_l)}, {line.department}"
        back = f", {litres(line.returned_ml, 3)} came back" if line.returned_ml else ""
        amount = rupiah(line.amount_idr - line.returned_idr)
        yield f"  {what}: {line.fills} fills, {litres(line.volume_ml, 3)}{back}, {amount}"
    fills = sum(line.fills for line in totals.sold)
    yield f"  all: {fills} fills, {litres(totals.volume_ml, 3)}, {rupiah(totals.amount_idr)}"
    lines = {line.pump: line for line in totals.pumps}
    for reading in msgspec.convert(readings, list[PumpReading]):
        line_of = lines.get(reading.pump) or PumpLine(pump=reading.pump)
        left_ml = unexplained_ml(reading, line_of)
        left = "" if left_ml is None else f", in no entry {litres(left_ml, 3)}"
        start = "-" if reading.start_ml is None else litres(reading.start_ml, 3)
        yield (
            f"  pump {reading.pump}: totaliser {start} to {litres(reading.end_ml, 3)}; sold "
            f"{litres(line_of.sold_ml, 3)}, into a can {litres(line_of.drawn_ml, 3)}, unauthorised "
            f"{litres(line_of.unauthorised_ml, 3)}, by the bypass key "
            f"{litres(line_of.bypassed_ml, 3)}{left}; unseen at most "
            f"{litres(line_of.uncounted_ml, 3)}"
        )
    for name, part in (
        ("estimated", totals.estimated),
        ("overrides", totals.overridden),
        ("vouchers", totals.vouchers),
        ("declared", totals.declared),
    ):
        if part.count:
            yield f"  {name}: {part.count}, {litres(part.volume_ml, 3)}"
    for refused in totals.refusals:
        yield f"  refused, {refused.code}: {refused.count}"
