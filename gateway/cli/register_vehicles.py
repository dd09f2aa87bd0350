"""`takar register vehicle`."""

from pathlib import Path
from typing import Any, get_args

import click

from gateway.cli.central_decisions import by_option, decide, reason_option
from gateway.cli.options import central_config, plate_text
from gateway.cli.restore import user
from gateway.cli.telling import tell
from gateway.cli.volumes import volume_ml
from gateway.core.allocation import MeterPolicy, SubjectKind
from mqtt.central.registering.noted import Note
from mqtt.central.registering.vehicles import add_vehicle, change_vehicle

_NEEDED = ("vehicle", "department", "products", "tank_ml", "meter")


@click.command("vehicle")
@central_config
@click.argument("plate", callback=plate_text)
@click.option("--new", is_flag=True, help="It is not in the register yet.")
@click.option("--kind", "vehicle", type=click.Choice(get_args(SubjectKind)))
@click.option("--department", help="As the register names it, such as dinas-kesehatan.")
@click.option("--product", "products", multiple=True, help="What it may take; once for each.")
@click.option("--tank-litres", "tank_ml", callback=volume_ml, help="What its tank holds.")
@click.option("--quota-litres", "quota_ml", callback=volume_ml, help="A month's, from the next.")
@click.option("--meter", type=click.Choice(["odometer", "hours", "none"]))
@click.option(
    "--meter-policy",
    type=click.Choice(get_args(MeterPolicy)),
    help="Whether a reading is asked for before each fill; required: no fill without.",
)
@click.option(
    "--meter-step-max",
    type=click.IntRange(min=0),
    help="Most between two readings, in km or tenths of an hour; 0 sets no limit.",
)
@click.option(
    "--driver-card",
    type=click.Choice(["off", "required"]),
    help="required: a driver's card must be laid down too.",
)
@click.option("--blocked/--not-blocked", default=None)
@click.option(
    "--subsidy-allowed/--no-subsidy", default=None, help="Central lists its class, as ambulances."
)
@click.option(
    "--emergency/--no-emergency", default=None, help="It may draw on its department's emergencies."
)
@reason_option
@by_option
def vehicle(
    config: Path,
    plate: str,
    quota_ml: int | None,
    reason: str,
    by: str | None,
    *,
    new: bool,
    **said: Any,
) -> None:
    """Change what holds for the vehicle with PLATE, or take in a new one.

    Only what is given changes. A quota counts from the next month that is minted; the quota of a
    new vehicle is minted for this month too.
    """
    changes = {name: value for name, value in said.items() if value not in (None, ())}
    if "products" in changes:
        changes["products"] = list(changes["products"])
    if not new:
        done = decide(
            config,
            lambda connection, now: change_vehicle(
                connection, plate, changes, quota_ml, Note(by or user(), reason, now)
            ),
        )
        tell(f"{done.plate} is changed")
        return
    lacking = [name for name in _NEEDED if name not in changes]
    if lacking or quota_ml is None:
        raise click.UsageError(
            "a new vehicle needs --kind, --department, --product, --tank-litres, --meter and "
            "--quota-litres"
        )
    named = plate.upper()
    values = {
        "subject": named.lower().replace(" ", "-"),
        "plate": named,
        "blocked": False,
        "subsidy_allowed": False,
    } | changes
    done = decide(
        config,
        lambda connection, now: add_vehicle(
            connection, values, quota_ml, Note(by or user(), reason, now)
        ),
    )
    tell(f"{done.plate} is in the register; give it a card: takar register card UID --vehicle")
