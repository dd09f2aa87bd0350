"""`takar grants`: where litres are, and a person's decision that returns some."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from gateway.cli.options import central_config, month, person_name, reason_text
from gateway.cli.telling import tell
from gateway.config.load import load_central
from gateway.words import litres
from mqtt.central.database import open_database, read_identity
from mqtt.central.grant_report import GrantState, QuotaState, report_grants
from mqtt.central.returning import return_litres, return_unsold


def _open_fills(
    _ctx: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> dict[int, int]:
    """Millilitres by grant; two fills may have drawn on one."""
    reserved: dict[int, int] = {}
    for text in given:
        match = re.fullmatch(r"([1-9][0-9]{0,15})=([0-9]{1,12})", text)
        if match is None:
            raise click.BadParameter(f"{text!r}, expected GRANT_NO=ML such as 17=22000")
        number = int(match[1])
        reserved[number] = reserved.get(number, 0) + int(match[2])
    return reserved


@click.group()
def command() -> None:
    """Show the grants of a month, or return litres of one that was closed at too much."""


@command.command()
@central_config
@click.argument("subject", required=False)
@click.option("--period", metavar="YYYY-MM", callback=month, help="[default: the newest]")
@click.option("--json", "as_json", is_flag=True, help="JSON, in ml.")
def show(config: Path, subject: str | None, period: str | None, *, as_json: bool) -> None:
    """Where each quota is, or SUBJECT's.

    SUBJECT is a vehicle, by name or plate; a department, for its emergency litres; or a gateway,
    for what its supervisors may give. Central may be running meanwhile.
    """
    engine = open_database(Path(load_central(config).central.database))
    found = report_grants(engine, period, subject)
    engine.dispose()
    if as_json:
        click.echo(msgspec.json.encode(found))
    elif found:
        tell(*(line for state in found for line in _lines(state)))
    else:
        tell(f"no quota of {subject or 'anybody'} in {period or 'any month'}")


@command.command("return")
@central_config
@click.argument("gateway")
@click.argument("grant_no", type=click.IntRange(min=1))
@click.option("--spent-ml", type=click.IntRange(min=0), required=True, help="What it is charged.")
@click.option("--by", required=True, callback=person_name, help="Who decides.")
@click.option("--reason", required=True, callback=reason_text, help="Why, and on what evidence.")
@click.option("--incarnation", help="Of the gateway, where two had a grant of this number.")
def return_command(
    config: Path,
    gateway: str,
    grant_no: int,
    spent_ml: int,
    by: str,
    reason: str,
    incarnation: str | None,
) -> None:
    """Charge a closed grant less than its full volume. The decision stays on record."""
    engine = open_database(Path(load_central(config).central.database))
    zone = read_identity(engine).zone
    with engine.begin() as connection:
        returned_ml = return_litres(
            connection,
            gateway,
            grant_no,
            spent_ml,
            by=by,
            reason=reason,
            incarnation=incarnation,
            zone=zone,
            now=datetime.now(UTC),
        )
    engine.dispose()
    tell(f"{litres(returned_ml, 3)} are back from grant {grant_no} of {gateway}")


@command.command("return-all")
@central_config
@click.argument("gateway")
@click.argument("incarnation")
@click.option(
    "--open-fill",
    "open_fills",
    metavar="GRANT_NO=ML",
    multiple=True,
    callback=_open_fills,
    help="What a fill that the card left open had reserved, as its export says; once for each.",
)
@click.option("--nothing-open", is_flag=True, help="Its export named no open fill.")
@click.option("--by", required=True, callback=person_name, help="Who decides.")
@click.option("--reason", required=True, callback=reason_text, help="Why, and on what evidence.")
def return_all(
    config: Path,
    gateway: str,
    incarnation: str,
    *,
    open_fills: dict[int, int],
    nothing_open: bool,
    by: str,
    reason: str,
) -> None:
    """Return what was not sold of all grants of INCARNATION of GATEWAY, whose card was found.

    After a restore all that the old card held is charged in full. Export that card's ledger and
    import it first (`takar ledger export`, `takar central import`): each grant is then charged
    what it sold, and what an open fill had reserved. No file proves that nothing came after its
    last entry: you say that this card was the one in use. Each grant's decision is on record.
    """
    if bool(open_fills) == nothing_open:
        raise click.UsageError(
            "expected either --open-fill for each fill that `takar ledger export` says the card "
            "left open, or --nothing-open where it named none: what such a fill took is in no entry"
        )
    engine = open_database(Path(load_central(config).central.database))
    zone = read_identity(engine).zone
    with engine.begin() as connection:
        done = return_unsold(
            connection,
            gateway,
            incarnation,
            open_fills,
            by=by,
            reason=reason,
            zone=zone,
            now=datetime.now(UTC),
        )
    engine.dispose()
    tell(f"{litres(done.returned_ml, 3)} are back from {done.grants} grants of {gateway}")
    if not done.head_known:
        tell(f"That its ledger ends at entry {done.through} is the file's word alone, and yours")


def _lines(state: QuotaState) -> Iterator[str]:
    awaited = f", {litres(state.awaited_ml, 3)} asked for" if state.awaited_ml else ""
    yield (
        f"{state.subject} ({state.kind}): quota {litres(state.quota_ml, 3)}, "
        f"reserve {litres(state.reserve_ml, 3)}{awaited}"
    )
    for grant in state.grants:
        yield f"  {grant.gateway} {grant.grant_no}: {_words(grant)}"


def _words(grant: GrantState) -> str:
    sold = f"{litres(grant.volume_ml, 3)}, sold {litres(grant.spent_ml, 3)}"
    if grant.closed_ml is not None:
        return f"{sold}, closed at {litres(grant.closed_ml, 3)}"
    reserved = f", {litres(grant.reserved_ml, 3)} reserved" if grant.reserved_ml else ""
    return f"{sold}, {'recalled' if grant.recalled else 'open'}{reserved}"
