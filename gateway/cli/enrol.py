"""`takar enrol`: this device becomes a gateway."""

from datetime import UTC, datetime
from pathlib import Path

import click

CONFIGURATION = "gateway.toml"


@click.command("enrol")
@click.argument("code", required=False)
@click.option(
    "--central", required=True, metavar="HOST[:PORT]", help="Central, as this station reaches it."
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="For configuration, keys and ledger.  [default: this folder]",
)
@click.option("--pumps", type=click.IntRange(1, 2), default=2, show_default=True)
@click.option("--simulated/--raspberry-pi", default=False, show_default=True)
def command(code: str | None, central: str, folder: Path, pumps: int, *, simulated: bool) -> None:
    """Make this device the gateway that CODE invites, from `takar central invite`.

    Its keys are made here and stay here; central certifies them, and proves by the code that it
    is the city's own. Without CODE it is asked for, which keeps it out of the shell's history. A
    gateway.toml that is in the folder already keeps its pumps and pins. Cut off anywhere, run it
    again. A gateway that central has forgotten, restored from an older backup, keeps keys and
    ledger: invite it there under its own name.
    """
    from gateway.cli.restore import user
    from gateway.cli.telling import tell
    from gateway.config.load import load_gateway
    from gateway.config.types import GatewayConfig, MqttSettings
    from gateway.setup.configurations import gateway_settings
    from gateway.setup.enrolled import begin, configured, refuse_another_ledger
    from gateway.setup.enrolling import begun, enrol, places_in, places_of
    from gateway.setup.rewriting import as_written, rewrite
    from mqtt.enrolment.http import read_address

    try:
        address = read_address(central)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--central") from error
    if code is None:
        code = str(click.prompt("Code"))
    folder = folder.absolute()
    file = folder / CONFIGURATION
    settings = as_written(file, GatewayConfig) if file.exists() else None
    places = places_in(folder)
    if settings is not None:
        places = places_of(load_gateway(file), folder)
        refuse_another_ledger(load_gateway(file), begun(places))
    enrolled = enrol(code, address, places)
    if settings is None:
        settings = gateway_settings(
            "gateway",  # its files' names; its own is central's to give
            pumps=pumps,
            kind="simulated" if simulated else "raspberry-pi",
            mqtt=MqttSettings(),
            reader_poll_ms=100,
            root_key=enrolled.root_key,
        )
    before = rewrite(file, configured(settings, enrolled, places, file))
    begin(file, enrolled, by=user(), now=datetime.now(UTC))
    tell(f"This is {enrolled.gateway} of {enrolled.city} now, with seal key {enrolled.seal_key_id}")
    tell(f"{file}" + (f"; as it was: {before}" if before else ""))
    tell(f"Next: takar gateway --config '{file}'. Its pumps sell once central has answered.")
