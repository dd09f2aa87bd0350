"""`takar register card` and `card-status`."""

from pathlib import Path
from typing import get_args

import click

from gateway.cli.central_decisions import by_option, decide, reason_option
from gateway.cli.options import central_config
from gateway.cli.restore import user
from gateway.cli.telling import tell
from gateway.core.allocation import CardKind, CardStatus, PutCard
from mqtt.central.registering.cards import add_card as add
from mqtt.central.registering.cards import change_cards, uid_of
from mqtt.central.registering.noted import Note


@click.command("card-status")
@central_config
@click.argument("whose")
@click.argument("status", type=click.Choice(get_args(CardStatus)))
@reason_option
@by_option
def set_status(config: Path, whose: str, status: CardStatus, reason: str, by: str | None) -> None:
    """Say that a card is lost, blocked, replaced, or active again.

    WHOSE is the card's UID; or a vehicle (plate or name) or person, for all their cards in use.
    """
    done = decide(
        config,
        lambda connection, now: change_cards(
            connection, whose, status, Note(by or user(), reason, now)
        ),
    )
    tell(*(f"card {card.uid} of {card.holder} is {status}" for card in done))


@click.command("card")
@central_config
@click.argument("uid")
@click.option("--vehicle", help="Its card, by plate or name.")
@click.option("--person", help="Their card, by name such as ama-nalle; say --kind too.")
@click.option(
    "--kind", type=click.Choice([kind for kind in get_args(CardKind) if kind != "vehicle"])
)
@click.option("--replaces", is_flag=True, help="All their other cards are `replaced`.")
@reason_option
@by_option
def add_card(
    config: Path,
    uid: str,
    vehicle: str | None,
    person: str | None,
    kind: CardKind | None,
    reason: str,
    by: str | None,
    *,
    replaces: bool,
) -> None:
    """Take in the card with this UID, of a vehicle or a person."""
    plain = uid_of(uid)
    if plain is None:
        raise click.BadParameter(f"{uid!r}, expected 8, 14 or 20 hexadecimal digits: a card's UID")
    if (vehicle is None) == (person is None) or (person is None) != (kind is None):
        raise click.UsageError("expected either --vehicle PLATE, or --person NAME with --kind")
    holder = vehicle or person or ""
    put = PutCard(uid=plain, card=kind or "vehicle", holder=holder, status="active")
    ended = decide(
        config,
        lambda connection, now: add(
            connection, put, Note(by or user(), reason, now), replaces=replaces
        ),
    )
    tell(f"card {plain} is in use for {holder}")
    tell(*(f"card {card.uid} is replaced" for card in ended))
