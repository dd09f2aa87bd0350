"""Decide what a gateway that asks for litres gets: pure, and the other half of `split.py`.

The reasoning. What the reserve has is given at once, for a driver may be waiting. Where it is
short, idle grants at other gateways are called back; a recall takes a whole grant, and its
litres are here again only with its close. So those with a link are asked first, and no more of
them than are needed; those without one are asked when nothing else can help. What nobody
waits for goes back to where it was: that is where the vehicle mostly fills, and its link may
be gone next time. Whoever asks and gets too little asks again, as no request is answered twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

USEFUL_ML = 2_000
"""A smaller grant is no use at a pump, which reserves so much at the least: better wait."""


@dataclass(frozen=True, slots=True)
class OpenGrant:
    """A grant of the same holder and month, as central knows it."""

    gateway: str
    grant_no: int
    idle_ml: int
    """Not sold, as far as central knows."""
    online: bool
    recalled: bool


@dataclass(frozen=True, slots=True)
class Answer:
    give_ml: int | None
    """None: wait for litres to come back. 0 is an answer too: there is nothing left."""
    recall: tuple[OpenGrant, ...]


def answer(wanted_ml: int, asker: str, reserve_ml: int, grants: Sequence[OpenGrant]) -> Answer:
    """What to give from the reserve, and which grants to call back.

    `grants`: all open ones of the holder that may still be closed, the asker's own too.
    Never gives more than the reserve, nor more than is wanted.
    """
    if min(wanted_ml, reserve_ml) < 0:
        raise ValueError(f"cannot give {wanted_ml} ml of {reserve_ml} ml")
    if reserve_ml >= wanted_ml:
        return Answer(wanted_ml, ())
    elsewhere = [grant for grant in grants if grant.gateway != asker and grant.idle_ml > 0]
    recall = _enough(wanted_ml - reserve_ml, elsewhere)
    if reserve_ml >= USEFUL_ML or not elsewhere:
        return Answer(reserve_ml, recall)
    return Answer(None, recall)


def give_back_ml(returned_ml: int, reserve_ml: int, short_ml: int) -> int:
    """What a gateway gets again of the litres that a recall took from it, once all who wait
    are answered: never more than the reserve.

    `short_ml`: what others were given less than they wanted. It stays, for they ask again.
    """
    back_ml = min(returned_ml, reserve_ml - short_ml)
    return back_ml if back_ml >= USEFUL_ML else 0


def _enough(short_ml: int, elsewhere: Sequence[OpenGrant]) -> tuple[OpenGrant, ...]:
    """The fewest grants that make up for what is short, those with a link first."""
    coming_ml = sum(grant.idle_ml for grant in elsewhere if grant.recalled and grant.online)
    chosen = []
    candidates = [grant for grant in elsewhere if not grant.recalled]
    for grant in sorted(candidates, key=lambda one: (not one.online, -one.idle_ml)):
        if coming_ml >= short_ml:
            break
        chosen.append(grant)
        coming_ml += grant.idle_ml
    return tuple(chosen)
