"""`takar central revoke` and `release`: what a person decides about a gateway."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Connection

from gateway.cli.options import central_config
from gateway.cli.restore import user
from gateway.config.load import load_central
from mqtt.central import written_off
from mqtt.central.database import open_database

reason_option = click.option("--reason", required=True, help="Why, for the auditor.")
by_option = click.option("--by", help="Who decides it.  [default: the user's name]")


@click.command()
@central_config
@click.argument("gateway")
@reason_option
@by_option
def revoke(config: Path, gateway: str, reason: str, by: str | None) -> None:
    """Give up GATEWAY: stolen, or lost for good.

    Nothing more is taken from it. Its open grants are closed at full volume: what it may still
    sell is charged to the quotas. For a dead card of a gateway that you still have, use `takar
    restore` there instead.
    """
    closed = _decide(
        config,
        lambda connection, now: written_off.revoke(
            connection, gateway, by=by or user(), reason=reason, now=now
        ),
    )
    click.echo(f"{gateway} is revoked: {closed} grants closed at full volume")


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
    closed = _decide(
        config,
        lambda connection, now: written_off.release(
            connection, gateway, by=by or user(), reason=reason, now=now
        ),
    )
    click.echo(f"{gateway} is waited for no longer: {closed} grants closed at full volume")


def _decide(config: Path, decide: Callable[[Connection, datetime], int]) -> int:
    engine = open_database(Path(load_central(config).central.database))
    try:
        with engine.begin() as connection:
            return decide(connection, datetime.now(UTC))
    finally:
        engine.dispose()
