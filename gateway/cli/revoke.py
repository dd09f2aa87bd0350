"""`takar revoke`: a stolen gateway is cut off."""

import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.cli.central_decisions import by_option, reason_option
from gateway.cli.options import central_config
from gateway.cli.restore import user
from gateway.cli.telling import tell
from gateway.config.load import load_central
from gateway.config.types import AuthoritySettings
from mqtt.central import written_off
from mqtt.central.database import open_database

RELOAD_S = 30
PATIENCE_S = 10.0
"""Until the broker has read the list."""


@click.command("revoke")
@central_config
@click.argument("gateway")
@reason_option
@by_option
def command(config: Path, gateway: str, reason: str, by: str | None) -> None:
    """Give up GATEWAY: stolen, or lost for good.

    Nothing more is taken from it, nor from its card by `takar central import`, if that is found:
    import first. Its open grants are closed at full volume: what it may still sell is charged to
    the quotas. The broker lets it in no more, and its session there is ended. Run it again if
    the broker could not be reached.

    For a dead card of a gateway that you still have, use `takar restore` there instead.

    If central was restored and waits for GATEWAY whose card you have, the order is: release,
    import, revoke, lift.
    """
    settings = load_central(config)
    engine = open_database(Path(settings.central.database))
    try:
        with engine.begin() as connection:
            before = written_off.revoked(connection, gateway)
            if before is None:
                closed = written_off.revoke(
                    connection, gateway, by=by or user(), reason=reason, now=datetime.now(UTC)
                )
                tell(f"{gateway} is revoked: {closed} grants closed at full volume")
            elif settings.enrolment is not None:
                tell(f"{gateway} is revoked already: {before}")
            else:
                written_off.refuse_again(gateway, before)
        if settings.enrolment is None:
            return
        from gateway.setup.broker_files import load_authority, write_revoked
        from mqtt.central.cutting_off import cut_off

        authority = load_authority(settings.enrolment)
        write_revoked(Path(settings.enrolment.revoked_file), authority, engine)
        tell(f"{settings.enrolment.revoked_file}: its certificates are listed as revoked")
    finally:
        engine.dispose()
    _reload(settings.enrolment)
    cut_off(settings.mqtt, authority, gateway, within_s=PATIENCE_S)
    tell(f"the broker lets {gateway} in no more")


def _reload(settings: AuthoritySettings) -> None:
    """Have the broker read the list. Whether it did is seen at the broker, not here."""
    arguments = shlex.split(settings.broker_reload)
    if not arguments:
        return
    try:
        done = subprocess.run(  # noqa: S603 - the configuration's own, without a shell
            arguments, capture_output=True, text=True, timeout=RELOAD_S, check=False
        )
        why = done.stderr.strip() if done.returncode else ""
    except (OSError, subprocess.TimeoutExpired) as error:
        why = str(error)
    if why:
        tell(f"{settings.broker_reload}: {why}", err=True)
