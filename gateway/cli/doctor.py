"""`takar doctor`: tries what is fitted and set up, and says what to do about what is wrong."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.options import gateway_config

if TYPE_CHECKING:
    from gateway.config.types import GatewayConfig
    from gateway.doctor.hands import Hands
    from gateway.doctor.verdict import Verdict

BEFORE = """\
Each relay is now made for a moment, one contact of a pump at a time, and a process that holds
one is killed. Nothing can flow unless a contact is welded AND the other read-back is wrong. So:
  - switch the pumps' motors off at their breaker,
  - hang every nozzle, and let nobody fill.
"""
FAILED = 1
AWAY = ("broker", "certificate", "authority", "allocation", "delivery")
"""Checks of what a station does without for a while."""


@click.command("doctor")
@gateway_config
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for a program.")
@click.option(
    "--yes",
    is_flag=True,
    help="The motors are off: move contacts without asking. Nobody is then asked to tap, lift or "
    "press; a simulated forecourt does it by itself.",
)
@click.option(
    "--language", type=click.Choice(["en", "id"]), default="en", show_default=True, help="Of words."
)
@click.pass_context
def command(ctx: click.Context, config: Path, *, as_json: bool, yes: bool, language: str) -> None:
    """Try reader, relays, timer, switches, co-processor, clock, disk, keys, broker and ledger.

    Stop the gateway first (sudo systemctl stop takar-gateway): while it runs the pins are its own,
    and what it does not say itself is "not checked". Run it as root, in a terminal beside the
    pumps: it asks for a card, for each nozzle, and for the emergency stop. It also kills a process
    that holds a relay, to see that the relay falls.

    Exit status 0: nothing failed; 1: something did, and must be mended before anything is sold.
    """
    asks = sys.stdin.isatty() and not yes and not as_json
    verdicts = _examine(config, yes=yes, asks=asks)
    (_print_json if as_json else _print)(verdicts, language)
    if any(one.status == "failed" for one in verdicts):
        ctx.exit(FAILED)


def tell_verdicts(config: Path, *, yes: bool, asks: bool) -> bool:
    """Examine and print, for another command; False where something at the pumps, or of ledger,
    key or disk, failed. The way to central is mended while sales go on."""
    verdicts = _examine(config, yes=yes, asks=asks)
    _print(verdicts, "en")
    return not any(one.status == "failed" and one.check not in AWAY for one in verdicts)


def _examine(config: Path, *, yes: bool, asks: bool) -> "list[Verdict]":
    import logging

    from gateway.doctor.ending import orderly
    from gateway.doctor.examination import examine

    # What the link would log is in its verdict.
    logging.getLogger().addHandler(logging.NullHandler())

    def hands(settings: "GatewayConfig") -> "Hands":
        from gateway.doctor.hands import NoHands, PersonsHands, SimulatedHands

        if settings.hardware.kind == "simulated":
            return SimulatedHands(Path(settings.hardware.forecourt_socket))
        return PersonsHands(click.echo) if asks else NoHands()

    def allowed() -> bool:
        from gateway.cli.telling import tell

        if yes or not asks:
            return yes
        tell(*BEFORE.splitlines())
        return click.confirm("Are all motors off, and does nobody fill?", default=False)

    with orderly():
        return examine(config, hands, allowed)


def _print(verdicts: "list[Verdict]", language: str) -> None:
    from gateway.cli.telling import tell
    from gateway.doctor.codes import Status
    from gateway.doctor.said import said
    from gateway.words import catalogue

    words = catalogue(language, "doctor")
    for one in verdicts:
        sentence = said(one, language)
        name = f"{sentence.check}, {sentence.of}" if sentence.of else sentence.check
        tell(f"{sentence.status:<12} {name}: {sentence.found}")
        if one.status in (Status.WARNING, Status.FAILED):
            tell(f"{'':<12} {words['expected']}: {sentence.expected}")
        if sentence.do:
            tell(f"{'':<12} {words['do']}: {sentence.do}")
    counts = [
        f"{sum(one.status is status for one in verdicts)} {words[f'status_{status}']}"
        for status in Status
    ]
    tell(", ".join(counts))


def _print_json(verdicts: "list[Verdict]", language: str) -> None:
    import msgspec

    from gateway.doctor.said import said
    from gateway.doctor.verdict import worst

    shown = {
        "result": worst(verdicts),
        "verdicts": [
            msgspec.to_builtins(one)
            | {name: getattr(said(one, language), name) for name in ("expected", "found", "do")}
            for one in verdicts
        ],
    }
    click.echo(msgspec.json.encode(shown).decode())
