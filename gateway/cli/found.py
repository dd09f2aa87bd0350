"""Entries that were found by a receipt's code, as `takar ledger find` and `central find` say."""

from collections.abc import Iterator, Sequence
from typing import Any

import click
import msgspec

from gateway.cli.telling import tell
from gateway.core.finding import FindingCode, read_code
from gateway.core.log import Entry
from gateway.words import litres, rupiah


def code_of(_ctx: click.Context, _parameter: click.Parameter, text: str) -> FindingCode:
    """Callback of an argument that is a receipt's code."""
    try:
        return read_code(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


code_argument = click.argument("code", callback=code_of)


def tell_found(code: FindingCode, entries: Sequence[Entry], where: str, *, as_json: bool) -> bool:
    """Print what a code is of; whether it fits. `entries`: those with its number, of each of the
    gateway's ledgers that there are."""
    fitting = [entry for entry in entries if code.fits(entry.hash)]
    for entry in fitting:
        if as_json:
            click.echo(msgspec.json.encode(entry))
            continue
        tell(*_lines(entry))
    if fitting:
        return True
    if entries:
        tell(
            f"entry {code.sequence} of {code.gateway} is there, but {code.check} does not fit it: "
            "a character is mistyped, or the receipt is not of this ledger. The entry is:",
            err=True,
        )
        for entry in entries:
            tell(next(_lines(entry)), err=True)
    else:
        tell(f"{where} has no entry {code.sequence} of {code.gateway}", err=True)
    return False


def _lines(entry: Entry) -> Iterator[str]:
    """In a line or two for a person, then all it says."""
    data = entry.data
    gateway = entry.source.removeprefix("takar/")
    yield f"{gateway} {entry.id}, {entry.time}: {entry.type}{_sum(data)}"
    yield f"hash {entry.hash}"
    yield from msgspec.json.format(msgspec.json.encode(data), indent=2).decode().splitlines()


def _sum(data: dict[str, Any]) -> str:
    """Of a sale, what it was; of anything else nothing."""
    if not {"subject", "product", "volume_ml", "amount_idr"} <= data.keys():
        return ""
    return (
        f", {data['subject']}, {data['product']}, {litres(data['volume_ml'], 3)}, "
        f"{rupiah(data['amount_idr'])}"
    )
