"""`takar central release`, `lift`, `forgive`: what a person decides, on record."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Connection

from gateway.cli.options import central_config, person_name, reason_text
from gateway.cli.restore import user
from gateway.cli.telling import tell
from gateway.config.load import load_central
from gateway.words import litres
from mqtt.central import forgiving, lifting, written_off
from mqtt.central.database import open_database

T = TypeVar("T")
reason_option = click.option(
    "--reason", required=True, callback=reason_text, help="Why, for the auditor."
)
by_option = click.option(
    "--by", callback=person_name, help="Who decides it.  [default: the user's name]"
)


@click.command()
@central_config
@click.argument("gateway")
@reason_option
@by_option
def release(config: Path, gateway: str, reason: str, by: str | None) -> None:
    """Wait no longer for GATEWAY after a restore.

    Central was restored, and GATEWAY will never report. Its open grants are closed at full
    volume, and nothing more is minted for this month (and the next, if that may have been
    minted before the loss): nobody knows what it held of it.
    """
    closed = decide(
        config,
        lambda connection, now: written_off.release(
            connection, gateway, by=by or user(), reason=reason, now=now
        ),
    )
    tell(f"{gateway} is waited for no longer: {closed} grants closed at full volume")


@click.command()
@central_config
@click.argument("gateway")
@click.argument("incarnation")
@reason_option
@by_option
def lift(config: Path, gateway: str, incarnation: str, reason: str, by: str | None) -> None:
    """Mint again what is withheld because of INCARNATION of GATEWAY: its card was found.

    Import that card's whole ledger first (`takar central import`). No file proves that nothing
    came after its last entry: you say that this card was the one in use. What its grants are
    charged stays so; `takar grants return` is for what was not sold. `takar report` says what is
    withheld.
    """
    done = decide(
        config,
        lambda connection, now: lifting.lift(
            connection, gateway, incarnation, by=by or user(), reason=reason, now=now
        ),
    )
    tell(f"{', '.join(done.periods)}: no longer withheld because of {gateway}")
    tell(f"{done.grants} grants of that incarnation stay charged {litres(done.charged_ml, 1)}")
    if not done.head_known:
        tell(f"That its ledger ends at entry {done.through} is the file's word alone, and yours")


@click.command()
@central_config
@click.argument("vehicle")
@click.option(
    "--keep-ml",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="What did flow, and is held against it on.",
)
@reason_option
@by_option
def forgive(config: Path, vehicle: str, keep_ml: int, reason: str, by: str | None) -> None:
    """Lift the overrun that is held against VEHICLE, given by name or plate.

    An overrun is what a gateway recorded beyond a reservation, as when a valve fails. It is taken
    off the vehicle's next grants, however much it is; where a meter was damaged or a gateway told
    nonsense, you decide. `takar report` says what is held against whom.
    """
    zone = ZoneInfo(load_central(config).central.city_timezone)
    done = decide(
        config,
        lambda connection, now: forgiving.forgive(
            connection, vehicle, keep_ml, by=by or user(), reason=reason, zone=zone, now=now
        ),
    )
    tell(f"{litres(done.forgiven_ml, 3)} are held against {done.subject} no longer")
    for period, back_ml in done.back_ml.items():
        tell(f"{litres(back_ml, 3)} of it are back in its quota of {period}")
    tell(
        "The gateway that recorded it holds it against the vehicle until its first grant of next "
        "month; every other one sells from now on"
    )


def decide(config: Path, decision: Callable[[Connection, datetime], T]) -> T:
    """What a decision comes to, in a transaction of its own on central's database."""
    engine = open_database(Path(load_central(config).central.database))
    try:
        with engine.begin() as connection:
            return decision(connection, datetime.now(UTC))
    finally:
        engine.dispose()
