"""`takar register`: cards, vehicles, prices and rules, as the office keeps them."""

from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy import Connection

from gateway.cli.options import central_config
from gateway.cli.register_cards import add_card, set_status
from gateway.cli.register_rules import department, price, rules
from gateway.cli.register_vehicles import vehicle
from gateway.cli.telling import tell
from gateway.config.load import load_central
from gateway.core.allocation import PutCard
from gateway.words import litres
from mqtt.central.database import READS_ONLY, open_database
from mqtt.central.decisions import DecisionRefused
from mqtt.central.registering.cards import cards_of
from mqtt.central.registering.vehicles import named, vehicle_of


@click.group()
def command() -> None:
    """Change what gateways go by: cards, vehicles, prices, rules.

    Each change is on record with who and why (`takar report --decisions`), and reaches every
    gateway with its next directives, within a second where it is online. Central may be running.
    """


@command.command()
@central_config
@click.argument("whose")
def show(config: Path, whose: str) -> None:
    """A vehicle by plate or name with its cards, a person's cards, or the card with a UID."""
    engine = open_database(Path(load_central(config).central.database))
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        lines = list(_lines(connection, whose))
    engine.dispose()
    tell(*lines)


def _lines(connection: Connection, whose: str) -> Iterator[str]:
    try:
        subject = named(connection, whose)
    except DecisionRefused:
        held = cards_of(connection, whose)
    else:
        yield from _vehicle(connection, subject)
        try:
            held = cards_of(connection, subject)
        except DecisionRefused:
            yield "no card"
            return
    yield from map(_card, held)


def _vehicle(connection: Connection, subject: str) -> Iterator[str]:
    put, quota_ml = vehicle_of(connection, subject)
    state = "BLOCKED" if put.blocked else "may fill"
    yield f"{put.plate}  {put.subject}, {put.vehicle} of {put.department}: {state}"
    yield (
        f"{litres(quota_ml, 0)} a month of {', '.join(put.products)}; tank {litres(put.tank_ml, 0)}"
    )
    most = f", at most {put.meter_step_max} further" if put.meter_step_max else ""
    yield f"{put.meter}: {put.meter_policy}{most}; driver's card: {put.driver_card}"


def _card(card: PutCard) -> str:
    return f"card {card.uid}  {card.card} card of {card.holder}: {card.status}"


command.add_command(set_status)
command.add_command(add_card)
command.add_command(vehicle)
command.add_command(price)
command.add_command(rules)
command.add_command(department)
