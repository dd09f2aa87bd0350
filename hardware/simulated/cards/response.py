"""What the field carries back to the reader, and how several answers become one."""

from collections.abc import Sequence
from dataclasses import dataclass

from hardware.simulated.cards.bits import Bits


@dataclass(frozen=True, slots=True)
class Response:
    bits: Bits
    collision_at: int | None = None
    """Index of the first bit at which two cards differed."""
    latency_ns: int = 0
    """Time a card takes beyond the shortest frame delay."""
    parity_error: bool = False


def merge(responses: Sequence[Response]) -> Response | None:
    """Several cards answering at once: equal bits pass, different ones collide and read as 1.

    A card that has ended modulates no longer, so a longer answer's tail passes. A late answer is
    lost in the earlier one: only the earliest are merged.
    """
    if not responses:
        return None
    earliest = min(response.latency_ns for response in responses)
    heard = [response for response in responses if response.latency_ns == earliest]
    merged: list[int] = []
    collision_at: int | None = None
    for place in range(max(len(response.bits) for response in heard)):
        seen = {response.bits[place] for response in heard if place < len(response.bits)}
        if len(seen) > 1 and collision_at is None:
            collision_at = place
        merged.append(max(seen))
    parity_error = any(response.parity_error for response in heard)
    return Response(tuple(merged), collision_at, earliest, parity_error)
