"""`takar calibrate`: a pump's ratio from three draws into a 20 L test can."""

import time
from pathlib import Path
from typing import Any

import click

POLL_S = 0.5


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("gateway.toml"),
    show_default=True,
    help="The gateway's configuration.",
)
@click.option("--pump", type=click.IntRange(1, 4), required=True)
def command(*, config: Path, pump: int) -> None:
    """Draw three times 20 L into a test can, and correct the pump's ratio.

    A technician's card at the pump's reader opens each draw, and accepts the new ratio at the
    end. Until then, and if anything is wrong, nothing changes. What was drawn goes back into the
    tank; nobody is charged.
    """
    from gateway.config.load import load_gateway
    from gateway.runtime.control import ControlRefused, ask, control_path
    from gateway.runtime.requests import BeginCalibration, LookAtCalibration, ReadCan

    path = control_path(load_gateway(config).gateway.status_socket)
    begun = ask(path, BeginCalibration(pump))
    token = str(begun["token"])

    def wait_for(step: str) -> dict[str, Any]:
        while True:
            found = ask(path, LookAtCalibration(pump, token))
            if found["step"] == step:
                return found
            time.sleep(POLL_S)

    found: dict[str, Any] = begun
    while found["step"] == "draw":
        number = found["draws"] + 1
        click.echo(f"Draw {number} of 3: technician's card, then fill the test can to 20 L.")
        click.echo(f"  pump {pump} showed {wait_for('read')['shown_ml']} ml")
        while True:
            can_ml = click.prompt("  read from the can, in ml", type=int)
            try:
                found = ask(path, ReadCan(pump, token, can_ml))
                break
            except ControlRefused as error:
                if ask(path, LookAtCalibration(pump, token))["step"] != "read":
                    raise
                click.echo(f"  {error}")
    before = f"{found['before_pulses']} pulses / {found['before_litres']} L"
    after = f"{found['after_pulses']} pulses / {found['after_litres']} L"
    click.echo(
        f"The draws differ by {found['spread_ppm']} ppm.\n"
        f"  now:      {before}, error {found['error_before_ppm']:+d} ppm\n"
        f"  proposed: {after}, error {found['error_after_ppm']:+d} ppm\n"
        "Technician's card to accept it; Ctrl-C to leave everything as it is."
    )
    wait_for("done")
    click.echo(f"pump {pump}: {after}, from the next fill on")
