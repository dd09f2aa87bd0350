"""`takar forecourt`: run the simulated forecourt, and do there what hands do."""

from pathlib import Path
from typing import Any

import click

from gateway.cli.forecourt_asking import at_pump, control, do, socket_option
from gateway.cli.forecourt_cards import read_card
from gateway.cli.forecourt_status import FAULT_LIST
from hardware.simulated.forecourt.faults import FAULTS


@click.group("forecourt")
def command() -> None:
    """Run a simulated forecourt and act there: tap, lift, squeeze, hang, stop.

    \b
    A fill by hand, once forecourt, central and gateway run:
      takar forecourt tap 04A1B2C3D4E5F6   hold a card to pump 1's reader
      takar forecourt remove               take it away
      takar forecourt lift                 take the nozzle out of its holster
      takar forecourt squeeze              pull the lever; fuel flows
      takar forecourt hang                 let go and hang the nozzle up
    """


@command.command()
@socket_option
@click.option(
    "--config",
    "config_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML file of ForecourtSettings (hardware/simulated/forecourt/settings.py).",
)
@click.option(
    "--time",
    type=click.Choice(["real", "simulated"]),
    help="The machine's clock, or time that moves only when the gateway says so.  [default: real]",
)
@click.option(
    "--release",
    type=click.Choice(["low", "hold"]),
    help="What a gateway that dies leaves on its pins.  [default: low]",
)
@click.option("--seed", type=int, help="Draws valve lags and human delays.  [default: 1]")
@click.option(
    "--totalisers",
    "kept_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep what the pumps dispensed in this file, through signal 9 as well.",
)
@click.option(
    "--pico",
    is_flag=True,
    help="A co-processor limits pumps 1 and 2, in place of their timers.",
)
def run(
    socket_path: Path,
    config_path: Path | None,
    kept_path: Path | None,
    pico: bool,  # noqa: FBT001 - click passes it by name
    **overrides: Any,
) -> None:
    """Run the forecourt until Ctrl-C or SIGTERM. Prints one line once it is ready.

    Pins, fuel and totalisers outlive the gateway that uses it: start this first, and leave it
    running while gateways come and go.
    """
    import signal

    import msgspec

    from hardware.simulated.forecourt.server import ForecourtServer
    from hardware.simulated.forecourt.settings import ForecourtSettings, load_settings
    from hardware.simulated.forecourt.totalisers import Totalisers
    from hardware.simulated.forecourt.world import World
    from hardware.simulated.pico.settings import PicoSettings

    try:
        settings = load_settings(config_path) if config_path else ForecourtSettings()
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--config") from error
    given = {name: value for name, value in overrides.items() if value is not None}
    if pico and not settings.picos:
        given["picos"] = (PicoSettings(),)
    settings = msgspec.structs.replace(settings, **given)
    try:
        kept = Totalisers(kept_path) if kept_path else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--totalisers") from error
    world = World(settings, kept, socket_path.absolute().parent)
    server = ForecourtServer(world, socket_path)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    click.echo(f"forecourt ready at {socket_path}, {settings.time} time")
    server.serve()


@command.command()
@click.argument("cards", nargs=-1, required=True, metavar="CARD [CARD2]")
@at_pump
@click.option(
    "--cards",
    "cards_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where plates are looked up.  [default: cards.json next to the socket]",
)
@click.option("--torn", "fault", flag_value="torn", help="Pull the first card away too early.")
@click.option("--bad-crc", "fault", flag_value="crc", help="Its answers have a wrong CRC.")
@click.option(
    "--malformed", "fault", flag_value="malformed", help="Its UID has a wrong check byte."
)
def tap(
    cards: tuple[str, ...],
    socket_path: Path,
    pump: int,
    cards_file: Path | None,
    fault: str | None,
) -> None:
    """Hold one card, or two at once, to the reader until `remove`.

    CARD is a UID in hexadecimal (4, 7 or 10 bytes), or a plate such as "DH 1234 AB".
    """
    book = cards_file or socket_path.parent / "cards.json"
    specs: list[dict[str, Any]] = [{"uid": read_card(card, book)} for card in cards]
    if fault:
        specs[0]["fault"] = fault
    do(socket_path, "tap", pump=pump, cards=specs)


@command.command()
@at_pump
def remove(socket_path: Path, pump: int) -> None:
    """Take every card away from the reader."""
    do(socket_path, "remove", pump=pump)


@command.command()
@at_pump
def lift(socket_path: Path, pump: int) -> None:
    """Take the nozzle out of its holster."""
    do(socket_path, "lift", pump=pump)


@command.command()
@at_pump
@click.option(
    "--free-ml",
    type=click.IntRange(1, 10_000_000),
    help="The vehicle's tank is full after this; the lever then clicks off.",
)
def squeeze(socket_path: Path, pump: int, free_ml: int | None) -> None:
    """Pull the nozzle's lever and keep it pulled."""
    do(socket_path, "squeeze", pump=pump, free_ml=free_ml)


@command.command("release")
@at_pump
def release_lever(socket_path: Path, pump: int) -> None:
    """Let the nozzle's lever go."""
    do(socket_path, "release", pump=pump)


@command.command()
@at_pump
def hang(socket_path: Path, pump: int) -> None:
    """Let the lever go and hang the nozzle up."""
    do(socket_path, "hang", pump=pump)


@command.command()
@click.argument("switch", type=click.Choice(["on", "off"]), default="on")
@at_pump
def bypass(switch: str, socket_path: Path, pump: int) -> None:
    """Turn the key that lets fuel past both contacts, but not past the emergency stop."""
    do(socket_path, "bypass", pump=pump, on=switch == "on")


@command.command()
@socket_option
@click.option("--release", is_flag=True, help="Pull the button out again.")
def stop(socket_path: Path, release: bool) -> None:  # noqa: FBT001 - click passes it by name
    """Press the emergency stop. It cuts every valve and motor, without software."""
    do(socket_path, "stop", pressed=not release)


@command.command()
@click.argument("switch", type=click.Choice(["on", "off"]), default="off")
@socket_option
def mains(switch: str, socket_path: Path) -> None:
    """Switch mains power, as the UPS tells the gateway of it (`ups_pin` in both settings)."""
    do(socket_path, "mains", on=switch == "on")


@command.command(
    help="Break something, or mend it.\n\n\b\n"
    + FAULT_LIST
    + "\n\nstop_wire_broken is the whole station's, all others are one pump's."
)
@click.argument("name", type=click.Choice(list(FAULTS)), metavar="NAME")
@click.argument("switch", type=click.Choice(["on", "off"]), default="on")
@at_pump
@click.option("--value", type=int, help="How much, where the list names a unit.")
def fault(name: str, switch: str, socket_path: Path, pump: int, value: int | None) -> None:
    do(socket_path, "fault", name=name, on=switch == "on", pump=pump, value=value)


@command.command()
@socket_option
@click.option("--json", "as_json", is_flag=True, help="Everything, as one JSON object.")
def status(socket_path: Path, as_json: bool) -> None:  # noqa: FBT001 - click passes it by name
    """Show pumps, contacts, lamps and what really flowed."""
    import json

    from gateway.cli.forecourt_status import words

    with control(socket_path) as forecourt:
        answer = forecourt.ask("status")
    if as_json:
        del answer["ok"]
        click.echo(json.dumps(answer))
    else:
        click.echo("\n".join(words(answer)))
