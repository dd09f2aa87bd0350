"""`takar calibrate`: a pump's ratio from three draws into a 20 L test can."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from gateway.cli.options import gateway_config, pump_option
from gateway.cli.telling import tell

POLL_S = 0.5
BOOK = "calibrate"
"""The catalogue of gateway/words."""


@click.command()
@gateway_config
@pump_option
@click.option("--lang", type=click.Choice(["en", "id"]), default="en", show_default=True)
def command(*, config: Path, pump: int, lang: str) -> None:
    """Draw three times 20 L into a test can, and correct the pump's ratio.

    A technician's card at the pump's reader opens each draw, and accepts the new ratio at the
    end. Until then, and if anything is wrong, nothing changes. What was drawn goes back into the
    tank; nobody is charged.
    """
    from gateway.config.load import load_gateway
    from gateway.core.facts.calibration import DRAWS
    from gateway.runtime.control import ControlRefused, ask, control_path
    from gateway.runtime.requests import (
        BeginCalibration,
        EndCalibration,
        LookAtCalibration,
        ReadCan,
    )
    from gateway.words import catalogue

    words = catalogue(lang, BOOK)

    def say(code: str, **values: object) -> None:
        tell(words[code].format(**values))

    path = control_path(load_gateway(config).gateway.status_socket)
    begun = ask(path, BeginCalibration(pump))
    token = str(begun["token"])

    def wait_for(step: str) -> dict[str, Any]:
        while True:
            found = ask(path, LookAtCalibration(pump, token))
            if found["step"] == step:
                return found
            time.sleep(POLL_S)

    def course() -> None:
        found: dict[str, Any] = begun
        while found["step"] == "draw":
            say("draw", number=found["draws"] + 1, draws=DRAWS)
            say("drawn", pump=pump, shown=wait_for("read")["shown_ml"])
            while True:
                can_ml = click.prompt(words["read"], type=int)
                try:
                    found = ask(path, ReadCan(pump, token, can_ml))
                    break
                except ControlRefused as error:
                    if ask(path, LookAtCalibration(pump, token))["step"] != "read":
                        raise
                    tell(f"  {error}")
        say("proposal", spread=found["spread_ppm"])
        after = {"pulses": found["after_pulses"], "litres": found["after_litres"]}
        before = {"pulses": found["before_pulses"], "litres": found["before_litres"]}
        say("now", **before, error=f"{found['error_before_ppm']:+d}")
        say("proposed", **after, error=f"{found['error_after_ppm']:+d}")
        say("accept")
        say_done(wait_for("done"))

    def say_done(found: dict[str, Any]) -> None:
        say("done", pump=pump, pulses=found["after_pulses"], litres=found["after_litres"])

    try:
        course()
    except (click.Abort, KeyboardInterrupt):
        with suppress(ControlRefused):
            found = ask(path, EndCalibration(pump, token))
            if found["step"] == "done":  # the card was quicker
                say_done(found)
                return
        say("given_up", pump=pump)
        raise
