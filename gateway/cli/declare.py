"""`takar declare`: what third parties' pumps gave, where there is no console."""

from pathlib import Path
from typing import Any

import click
import msgspec

from gateway.cli.options import free_text, gateway_config, person_name
from gateway.cli.telling import tell
from gateway.cli.volumes import volume

_sale = click.argument("sale", metavar="SALE")


class _Litres(click.ParamType[int]):
    """As the receipt says them; in ml."""

    name = "litres"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        del param, ctx
        # Asked for at a terminal, it comes by twice.
        return value if isinstance(value, int) else volume(value)[0]


@click.group()
def command() -> None:
    """Declare what a third party's pump gave on a tap, from its receipt.

    SALE is a sale's id as `takar declare list` shows it, or the vehicle's plate.
    """


@command.command("list")
@gateway_config
@click.option("--json", "as_json", is_flag=True, help="One JSON object, in ml and UTC.")
def list_open(config: Path, *, as_json: bool) -> None:
    """Show what was reserved by a tap and is neither declared nor cancelled, the oldest first."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from gateway.config.load import load_gateway
    from gateway.words import litres

    found = _open(config)
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    zone = ZoneInfo(load_gateway(config).gateway.city_timezone)
    for one in found:
        tapped, until = (datetime.fromisoformat(one[key]) for key in ("started", "until"))
        late = ", which is over" if one["late"] else ""
        tell(
            f"{one['sale']}: {one['plate'] or one['subject']}, up to "
            f"{litres(one['volume_ml'], 3)} of {one['product']} at {one['station']}, tapped "
            f"{tapped.astimezone(zone):%Y-%m-%d %H:%M}, to be served until "
            f"{until.astimezone(zone):%H:%M}{late}"
        )
    if not found:
        tell("nothing waits to be declared")


@command.command()
@gateway_config
@_sale
@click.option("--receipt", prompt="Receipt number", help="As the station printed it.")
@click.option("--litres", type=_Litres(), prompt="Litres", help="Such as 20 or 12,5.")
@click.option("--receipt-again", prompt="Receipt number again", help="Typed once more.")
@click.option("--litres-again", type=_Litres(), prompt="Litres again", help="Typed once more.")
@click.option(
    "--by", prompt="Your name", callback=person_name, help="Who types it: a person's name."
)
@click.option("--by-again", callback=person_name, help="Who types it again, if somebody else.")
def enter(
    *,
    config: Path,
    sale: str,
    receipt: str,
    litres: int,
    receipt_again: str,
    litres_again: int,
    by: str,
    by_again: str | None,
) -> None:
    """Charge what a receipt says. It is typed twice; where that differs, nothing is charged.

    More than was reserved is charged too: to what the vehicle's grants still hold, and what they
    do not hold is taken off its next ones.
    """
    from gateway.runtime.requests import Declare, Typed
    from gateway.words import litres as in_words
    from gateway.words import rupiah

    first = Typed(receipt[:60], litres, by)
    second = Typed(receipt_again[:60], litres_again, by_again or by)
    done = _asked(config, Declare(_id_of(config, sale), first, second))
    beyond, owed = done["beyond_ml"], done["overrun_ml"]
    more = f"; {in_words(beyond, 3)} beyond what was reserved" if beyond else ""
    more += f", of which {in_words(owed, 3)} are held against the next grants" if owed else ""
    tell(
        f"sale {done['sale']}: {done['subject']}, {in_words(done['volume_ml'], 3)}, "
        f"{rupiah(done['amount_idr'])}, entry {done['sequence']}{more}"
    )


@command.command()
@gateway_config
@_sale
@click.option("--by", required=True, callback=person_name, help="Who says so: a person's name.")
@click.option("--why", default="", callback=free_text, help="For the ledger.")
def cancel(*, config: Path, sale: str, by: str, why: str) -> None:
    """Say that nothing was given: what was reserved is free again."""
    from gateway.runtime.requests import CancelDeclaration
    from gateway.words import litres

    done = _asked(config, CancelDeclaration(_id_of(config, sale), by, why))
    tell(
        f"sale {done['sale']}: cancelled, {litres(done['reserved_ml'], 3)} of {done['subject']} "
        f"are free again, entry {done['sequence']}"
    )


def _id_of(config: Path, sale: str) -> str:
    """Of a plate: the one open sale of its vehicle."""
    from gateway.runtime.requests import SaleId

    wanted = "".join(sale.split()).casefold()
    try:
        return msgspec.convert(wanted, SaleId)
    except msgspec.ValidationError:
        pass
    found = [
        str(one["sale"])
        for one in _open(config)
        if wanted in ("".join(str(one["plate"]).split()).casefold(), one["subject"])
    ]
    if len(found) != 1:
        raise click.BadParameter(
            f"{sale!r}: expected the id of an open sale, or the plate of a vehicle that has one; "
            "`takar declare list` shows them",
            param_hint="SALE",
        )
    return found[0]


def _open(config: Path) -> list[dict[str, Any]]:
    from gateway.runtime.requests import ListDeclarations

    found: list[dict[str, Any]] = _asked(config, ListDeclarations())["declarations"]
    return found


def _asked(config: Path, request: Any) -> dict[str, Any]:
    from gateway.config.load import load_gateway
    from gateway.runtime.control import ask, control_path

    return ask(control_path(load_gateway(config).gateway.status_socket), request)
