"""`takar central invite`: a code for a gateway that does not exist yet."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from gateway.cli.central_decisions import by_option
from gateway.cli.options import central_config
from gateway.cli.restore import user
from gateway.cli.telling import tell
from gateway.config.load import load_central
from mqtt.central.database import open_database
from mqtt.central.inviting import invite
from mqtt.certificates import public_key
from mqtt.enrolment.code import code_text
from mqtt.topics import ENROLMENT_PORT


@click.command("invite")
@central_config
@click.argument("gateway")
@click.option(
    "--days", type=click.IntRange(1, 30), default=7, show_default=True, help="How long it is good."
)
@click.option("--qr", is_flag=True, help="Also as a QR code, for a scanner at the station.")
@click.option(
    "--forgotten",
    is_flag=True,
    help="It is there, and central was restored from a backup that does not know it.",
)
@by_option
def command(
    config: Path, gateway: str, days: int, by: str | None, *, qr: bool, forgotten: bool
) -> None:
    """Show a code by which a new device becomes GATEWAY.

    It is shown once and is good for one device. Whoever types it at `takar enrol` first is
    GATEWAY: give it to nobody but the technician, and not by the station's own network.

    With --forgotten nothing is minted until GATEWAY has enrolled and its ledger is here, for it
    may hold litres that this central does not know of.
    """
    settings = load_central(config)
    if settings.enrolment is None:
        raise click.UsageError(
            f"{config} has no [enrolment], so this central certifies nobody. First: takar central "
            "broker-files HOST"
        )
    engine = open_database(Path(settings.central.database))
    now = datetime.now(UTC)
    root = public_key(settings.keys.root_key)
    try:
        with engine.begin() as connection:
            code = invite(
                connection, gateway, root, days, by=by or user(), now=now, forgotten=forgotten
            )
    finally:
        engine.dispose()
    until = f"{now + timedelta(days=days):%Y-%m-%d %H:%M} UTC"
    tell(f"Code for {gateway}, for one device, good until {until}:")
    text = code_text(code)
    tell("", f"    {text}", "")
    if qr:
        import segno

        segno.make(text).terminal(compact=True)
    port = settings.enrolment.port
    where = "" if port == ENROLMENT_PORT else f":{port}"
    tell(
        f"On the device: takar enrol --central HOST{where}",
        "where HOST is this central as the station reaches it. When it is done, compare the seal "
        "key's id there with `takar report --decisions` here, and make a backup of central: one "
        "restored from an older backup would not know this gateway",
    )
