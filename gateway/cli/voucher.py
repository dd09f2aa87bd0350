"""`takar voucher`: paper vouchers for fuel that was given while all failed."""

import re
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.cli.options import gateway_config, person_name, plate_text, pump_option
from gateway.cli.telling import tell
from gateway.cli.volumes import volume
from gateway.core.fields import MOST_SERIAL_CHARACTERS, SERIAL_PATTERN
from gateway.words.visible import visible

_SERIAL = re.compile(SERIAL_PATTERN)


def _volume_ml(_ctx: click.Context, _parameter: click.Parameter, text: str) -> int:
    """Litres as the paper says them."""
    return volume(text)[0]


def _serial(_ctx: click.Context, _parameter: click.Parameter, text: str) -> str:
    serial = text.strip().upper()
    if len(serial) > MOST_SERIAL_CHARACTERS or not _SERIAL.fullmatch(serial):
        raise click.BadParameter(
            f'"{visible(text[:40])}", expected the number printed on the paper: up to '
            f"{MOST_SERIAL_CHARACTERS} letters and digits, with - between groups"
        )
    return serial


@click.group()
def command() -> None:
    """Enter numbered paper vouchers afterwards, each once."""


@command.command()
@gateway_config
@click.option("--serial", required=True, callback=_serial, help="The number printed on the paper.")
@click.option("--plate", required=True, callback=plate_text, help="Plate or asset number.")
@click.option("--litres", required=True, callback=_volume_ml, help="Litres, such as 20 or 12,5.")
@pump_option
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]),
    required=True,
    help="When, in the city's time: YYYY-MM-DD HH:MM.",
)
@click.option("--by", required=True, callback=person_name, help="Who enters it: a person's name.")
def enter(
    *,
    config: Path,
    serial: str,
    plate: str,
    litres: int,
    pump: int,
    at: datetime,
    by: str,
) -> None:
    """Charge a voucher to its vehicle, at today's price.

    What its grants do not hold is held against the vehicle and taken off its next ones. Central
    looks for the same number at all other gateways.
    """
    from zoneinfo import ZoneInfo

    from gateway.config.load import load_gateway
    from gateway.runtime.control import ask, control_path
    from gateway.runtime.requests import EnterVoucher
    from gateway.words import litres as in_words
    from gateway.words import rupiah

    settings = load_gateway(config).gateway
    sold = at.replace(tzinfo=ZoneInfo(settings.city_timezone)).astimezone(UTC)
    done = ask(
        control_path(settings.status_socket),
        EnterVoucher(
            serial=serial,
            plate=plate,
            volume_ml=litres,
            sold=f"{sold:%Y-%m-%dT%H:%M:%S}.000Z",
            pump=pump,
            by=by,
        ),
    )
    beyond = done["overrun_ml"]
    more = f"; {in_words(beyond, 3)} beyond its grants, held against the next" if beyond else ""
    tell(
        f"voucher {serial}: {done['plate']}, {in_words(done['volume_ml'], 3)}, "
        f"{rupiah(done['amount_idr'])}, sale {done['sale']}{more}"
    )
