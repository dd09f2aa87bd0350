"""`takar grants`: where litres are, and a person's decision that returns some."""

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
from mqtt.central.returning import return_litres


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
