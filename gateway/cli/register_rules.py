"""`takar register price`, `rules` and `department`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from gateway.cli.central_decisions import by_option, decide, reason_option
from gateway.cli.options import central_config
from gateway.cli.restore import user
from gateway.cli.telling import tell
from gateway.cli.volumes import volume_ml
from gateway.core.allocation import PutPolicy, SubjectKind
from gateway.words import rupiah
from mqtt.central.registering.noted import Note
from mqtt.central.registering.rules import change_department, change_price, change_rules

_OF_COUNTS = {
    "visits_per_day": "Most fills of a vehicle in a day.",
    "open_hour": "Filling hours begin, in the city's zone.",
    "close_hour": "Filling hours end; 0 and 24 are the whole day.",
    "offline_days": "Sales end when central was last heard so long ago; 0 sets no limit.",
    "overrides_per_day": "At one gateway; 0 sets no limit.",
    "meter_tries": "Readings that may be entered for one fill.",
    "meter_wait_s": "So long a reading is waited for.",
    "second_card_wait_s": "So long a second card is waited for.",
}
_OF_LITRES = {
    "uid_only_fill": "Most of one fill on a card that proves nothing but its UID.",
    "fill": "Most of one fill.",
    "day": "Most of a vehicle in a day.",
    "override_fill": "Most that one override takes from the station's grant.",
    "override_day": "Most that all overrides at one gateway take in a day.",
}


def _options(function: Any) -> Any:
    for name, words in reversed(_OF_COUNTS.items()):
        function = click.option(f"--{name.replace('_', '-')}", type=int, help=words)(function)
    for name in reversed(_OF_LITRES):
        option = f"--{name.replace('_', '-')}-litres"
        function = click.option(option, f"{name}_ml", callback=volume_ml, help=_OF_LITRES[name])(
            function
        )
    return function


@click.command()
@central_config
@click.argument("product")
@click.argument("price_idr_per_l", type=click.IntRange(min=0))
@click.option("--subsidised/--not-subsidised", default=None, help="Say it of a new product.")
@reason_option
@by_option
def price(
    config: Path,
    product: str,
    price_idr_per_l: int,
    reason: str,
    by: str | None,
    *,
    subsidised: bool | None,
) -> None:
    """A litre of PRODUCT costs so many whole rupiah from now on.

    A fill that has begun keeps its price. This month's grants stay as they are minted.
    """
    done = decide(
        config,
        lambda connection, now: change_price(
            connection,
            product,
            price_idr_per_l,
            Note(by or user(), reason, now),
            subsidised=subsidised,
        ),
    )
    tell(f"{done.product}: {rupiah(done.price_idr_per_l)} a litre (version {done.version})")


@click.command()
@central_config
@_options
@click.option("--override-reason", type=click.Choice(["asked", "required"]))
@click.option(
    "--always-open",
    multiple=True,
    type=click.Choice([*get_args(SubjectKind), "none"]),
    help="No filling hours for these: all of them, once for each, or none.",
)
@reason_option
@by_option
def rules(config: Path, reason: str, by: str | None, **said: Any) -> None:
    """Change the city's rules: most of a fill and a day, hours, overrides, readings.

    Only what is given changes.
    """
    changes = {name: value for name, value in said.items() if value not in (None, ())}
    if "always_open" in changes:
        changes["always_open"] = [kind for kind in changes["always_open"] if kind != "none"]
    done = decide(
        config,
        lambda connection, now: change_rules(connection, changes, Note(by or user(), reason, now)),
    )
    tell(*_said(done))


def _said(policy: PutPolicy) -> list[str]:
    return [f"{name}: {value}" for name, value in msgspec.structs.asdict(policy).items()]


@click.command()
@central_config
@click.argument("name")
@click.option("--title", help="As reports print it.")
@click.option("--year", type=click.IntRange(2000, 2999), help="Of the budget.  [default: this one]")
@click.option("--budget-idr", type=click.IntRange(min=0), help="The year's, in whole rupiah.")
@click.option(
    "--emergency-litres",
    "emergency_ml",
    callback=volume_ml,
    help="Each month's, of all its emergencies.",
)
@reason_option
@by_option
def department(
    config: Path, name: str, year: int | None, reason: str, by: str | None, **said: Any
) -> None:
    """Change a department's title, a year's budget or emergency litres, or add a department."""

    def change(connection: Any, now: datetime) -> None:
        note = Note(by or user(), reason, now)
        change_department(connection, name, note, year=year or datetime.now(UTC).year, **said)

    decide(config, change)
    tell(f"{name} is changed")
