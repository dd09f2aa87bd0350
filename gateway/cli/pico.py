"""`takar pico`: look at co-processors, prepare new ones, and bring their firmware up to date."""

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.options import gateway_config
from gateway.cli.telling import tell

if TYPE_CHECKING:
    from gateway.cli.pico_words import LedgerHere
    from gateway.config.types import GatewayConfig
    from gateway.core.witness import Witnessed
    from hardware.pump.pico_link import PicoLink


@click.group("pico")
def command() -> None:
    """Show what is plugged in and how it is, prepare or flash it. The gateway must be stopped."""


@command.command()
@gateway_config
def status(config: Path) -> None:
    """Print what is plugged in; of each co-processor its firmware, its pumps' totalisers and
    wires, and which ledger it is the witness of."""
    from gateway.cli import pico_words
    from gateway.cli.co_processors import simulated_folder
    from gateway.config.load import load_gateway
    from hardware.pump.pico_port import plugged_in
    from hardware.pump.pico_witness import PicoWitness

    settings = load_gateway(config)
    for serial, path in plugged_in(simulated_folder(settings)).items():
        tell(f"plugged in: {serial} at {path}")
    pump_settings = {pump.number: pump for pump in settings.pumps}
    for link, pumps in _links(config, settings):
        birth = link.birth
        tell(pico_words.chip(birth))
        for place, number in enumerate(pumps, start=1):
            for line in pico_words.pump(pump_settings[number], link.state(place)):
                tell(f"  {line}")
        seen = PicoWitness(link, birth["id"]).read()
        kept = bool((link.heard("witness") or {}).get("kept"))
        ledger = _ledger_here(Path(settings.gateway.state_dir), seen)
        tell(f"  {pico_words.witness(seen, ledger, kept=kept)}")


@command.command()
@gateway_config
def flash(config: Path) -> None:
    """Send this clone's firmware. Each file's hash is checked on the chip; totalisers are kept."""
    from gateway.config.load import load_gateway
    from hardware.pump.pico_flash import firmware_files
    from hardware.pump.pico_flash import flash as send

    files = firmware_files()
    for link, _ in _links(config, load_gateway(config), to_flash=True):
        before = link.birth
        after = send(link, files, lambda name, at, of: tell(f"  {at}/{of} {name}"))
        tell(
            f"co-processor {after['id']}: firmware {before['fw']} in folder {before['slot']} "
            f"before, {after['fw']} in {after['slot']} now; totalisers kept"
        )


@command.command()
@click.option("--port", help="Where it is, such as /dev/ttyACM0; else the only one plugged in.")
@click.option(
    "--forget-fram", is_flag=True, help="It had FRAM and has none any more: it counts from 0."
)
def prepare(port: str | None, *, forget_fram: bool) -> None:
    """Put this clone's firmware onto a Pico that has MicroPython 1.25 or later and no firmware of
    Takar's yet. What such a Pico keeps of counts stays."""
    from hardware.pump.pico_port import plugged_in
    from hardware.pump.pico_prepare import prepare as send
    from hardware.pump.pico_repl import only_port

    path = port or only_port()
    send(path, lambda name, at, of: tell(f"  {at}/{of} {name}"), forget_fram=forget_fram)
    serial = next((serial for serial, at in plugged_in().items() if at == path), "its own")
    tell(f"{path}: prepared and started; in [[picos]] it is serial_number {serial}")


def _links(
    file: Path, config: "GatewayConfig", *, to_flash: bool = False
) -> Iterator[tuple["PicoLink", list[int]]]:
    from gateway.cli.co_processors import opened
    from hardware.ports import HardwareError

    if not config.picos:
        raise HardwareError(f"{file}: expected a section [[picos]], found none")
    for pico in config.picos:
        with closing(opened(config, pico, to_flash=to_flash)) as link:
            yield link, pico.pumps


def _ledger_here(state_dir: Path, seen: "Witnessed | None") -> "LedgerHere | None":
    from gateway.cli.pico_words import LedgerHere
    from gateway.setup.gateway_state import LEDGER
    from gateway.store.errors import LedgerDamaged
    from gateway.store.reader import LedgerReader

    with suppress(LedgerDamaged), LedgerReader(state_dir / LEDGER) as ledger:
        hash_at = ledger.hash_at(seen.sequence) if seen is not None else None
        return LedgerHere(ledger.meta().incarnation, ledger.last().sequence, hash_at)
    return None
