"""`takar meter`: what a vehicle's odometer or hour meter shows."""

import re
from pathlib import Path

import click

from gateway.cli.options import (
    central_config,
    gateway_config,
    person_name,
    pump_option,
    reason_text,
)
from gateway.cli.telling import tell

_READING = re.compile(r"([0-9]{1,7})(?:[.,]([0-9]))?")


def _reading(_ctx: click.Context, _parameter: click.Parameter, text: str) -> tuple[str, str]:
    match = _READING.fullmatch(text.strip())
    if match is None:
        raise click.BadParameter(
            f"{text!r}, expected kilometres such as 120500, or hours with one decimal such as 812.5"
        )
    return match[1], match[2] or ""


def _in_unit(reading: tuple[str, str], *, hours: bool) -> int:
    """Kilometres, or tenths of an hour."""
    whole, tenth = reading
    if tenth and not hours:
        raise click.BadParameter("an odometer is read in whole kilometres; for hours say --hours")
    return int(whole) * 10 + int(tenth or 0) if hours else int(whole)


reading_argument = click.argument("reading", callback=_reading)
hours_option = click.option("--hours", is_flag=True, help="An hour meter, not an odometer.")


@click.group()
def command() -> None:
    """Enter what a vehicle's own meter shows."""


@command.command()
@gateway_config
@pump_option
@reading_argument
@hours_option
@click.option("--by", callback=person_name, help="Who read it: a person's name, for the ledger.")
@click.pass_context
def enter(
    ctx: click.Context,
    *,
    config: Path,
    pump: int,
    reading: tuple[str, str],
    hours: bool,
    by: str | None,
) -> None:
    """Answer a pump that asks for the READING of the vehicle whose card was tapped.

    Exit status 1 if it is not plausible.
    """
    from gateway.config.load import load_gateway
    from gateway.runtime.control import ask, control_path
    from gateway.runtime.requests import EnterMeter

    path = control_path(load_gateway(config).gateway.status_socket)
    done = ask(path, EnterMeter(pump, _in_unit(reading, hours=hours), by))
    if done["accepted"]:
        tell(f"pump {pump}: entered")
        return
    left = int(done["tries_left"])
    then = f"{left} more may be entered" if left else "the card is refused"
    tell(f"pump {pump}: not plausible; {then}")
    ctx.exit(1)


@command.command("put-right")
@central_config
@click.argument("subject")
@reading_argument
@hours_option
@click.option("--reason", required=True, callback=reason_text, help="Why, for the auditor.")
@click.option("--by", callback=person_name, help="Who decides it.  [default: the user's name]")
def put_right(
    *,
    config: Path,
    subject: str,
    reading: tuple[str, str],
    hours: bool,
    reason: str,
    by: str | None,
) -> None:
    """Say at central what the meter of SUBJECT shows now: replaced, or entered wrongly before.

    Gateways compare the next reading with this one.
    """
    from datetime import UTC, datetime

    from gateway.cli.restore import user
    from gateway.config.load import load_central
    from mqtt.central.database import open_database
    from mqtt.central.vehicle_meters import put_right as put

    engine = open_database(Path(load_central(config).central.database))
    now, value = datetime.now(UTC), _in_unit(reading, hours=hours)
    try:
        with engine.begin() as connection:
            put(connection, subject, value, by=by or user(), reason=reason, now=now)
    finally:
        engine.dispose()
    tell(f"{subject}: the next reading is compared with this one")
