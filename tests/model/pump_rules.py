"""What happens at a gateway's pump, its disk and its power supply."""

from collections.abc import Iterator

from tests.model.central_rules import Step
from tests.model.changes import ended, put, settled, with_disk, with_fill
from tests.model.mutations import Mutation
from tests.model.states import (
    Book,
    Bounds,
    Disk,
    Fill,
    Gateway,
    Held,
    Move,
    Record,
    Row,
    Side,
)


def pump_steps(side: Side, mutation: Mutation | None) -> Iterator[Step]:
    """A fill while the gateway runs: reserve, commit and open, top up, end."""
    disk, fill = side.gateway.disk, side.gateway.fill
    early = mutation is Mutation.VALVE_FIRST
    if not fill.grant:
        for grant, held in enumerate(disk.held, start=1):
            if held.record is Record.OPEN and _free(side, grant) and side.gateway.closing != grant:
                yield Move("ask", grant), with_fill(side, Fill(grant, 1, int(early)))
        return
    held = disk.held[fill.grant - 1]
    serves = held.record is Record.OPEN and not held.recalled
    if fill.asked > disk.row.reserved:
        if serves:
            yield Move("reserve", fill.grant, fill.asked), _reserved(side)
        else:
            kept = fill._replace(asked=disk.row.reserved) if disk.row.grant else Fill()
            yield Move("refuse", fill.grant, fill.asked), with_fill(side, kept)
    elif serves and fill.asked < _free(side, fill.grant):
        more = fill.asked + 1
        limit = more if early else fill.limit
        yield (
            Move("ask more", fill.grant, more),
            with_fill(side, fill._replace(asked=more, limit=limit)),
        )
    if fill.limit:
        after = with_disk(side, settled(disk, fill.grant, fill.dispensed))
        after = ended(with_fill(after, Fill()), fill.grant)
        yield Move("hang", fill.grant, fill.dispensed), after


def flow_steps(side: Side) -> Iterator[Step]:
    """Fuel passes while the valve is open: of a gateway that is down, too, until the second
    contact has shut it, which it has before the next start."""
    fill = side.gateway.fill
    if fill.dispensed == fill.limit:
        return
    at = fill.grant - 1
    closed = (
        side.gateway.disk.held[at].record is not Record.OPEN or side.minted[at].book is Book.CLOSED
    )
    after = with_fill(side, fill._replace(dispensed=fill.dispensed + 1))
    yield (
        Move("flow", fill.grant),
        after._replace(
            dispensed=put(side.dispensed, fill.grant, side.dispensed[at] + 1),
            flowed_closed=side.flowed_closed or closed,
        ),
    )


def power_steps(side: Side, bounds: Bounds, mutation: Mutation | None) -> Iterator[Step]:
    """Crash, start, and the card image that comes back.

    With a fresh incarnation nothing of the image is used, so it needs no place in the state.
    Without one the witness refuses to sell: a gateway that stays down. Only the mutation goes
    on from the image.
    """
    gateway = side.gateway
    if mutation is Mutation.OLD_IMAGE and not gateway.image:
        copied = gateway._replace(image=(gateway.disk,))
        yield Move("copy the card"), side._replace(gateway=copied)
    if not gateway.down:
        fill = gateway.fill._replace(asked=gateway.fill.limit) if gateway.fill.limit else Fill()
        yield (
            Move("crash"),
            side._replace(gateway=gateway._replace(down=True, fill=fill, closing=0)),
        )
        return
    yield Move("start"), _started(side, gateway.disk, mutation)
    if gateway.disk.incarnation < bounds.replacements:
        fresh = Disk(gateway.disk.incarnation + 1, 0, (Held(),) * len(gateway.disk.held))
        yield Move("restore"), side._replace(gateway=Gateway(fresh, image=gateway.image))
    for image in gateway.image:
        missing = len(gateway.disk.held) - len(image.held)
        old = image._replace(held=image.held + (Held(),) * missing)
        yield Move("old image"), _started(side, old, mutation)


def _started(side: Side, disk: Disk, mutation: Mutation | None) -> Side:
    """Nothing resumes; a fill that the disk still has open is charged what was reserved."""
    row = disk.row
    if row.grant:
        charged = row.metered if mutation is Mutation.CHARGE_METERED else row.reserved
        disk = settled(disk, row.grant, charged)
    after = side._replace(gateway=Gateway(disk, image=side.gateway.image))
    return ended(after, row.grant) if row.grant else after


def _reserved(side: Side) -> Side:
    """The reservation is durable, with the meter as read now; only then the limit rises."""
    fill = side.gateway.fill
    row = Row(fill.grant, fill.asked, fill.dispensed)
    after = with_disk(side, side.gateway.disk._replace(row=row))
    return with_fill(after, fill._replace(limit=fill.asked))


def _free(side: Side, grant: int) -> int:
    """Volume of a grant less what completed fills took."""
    return side.minted[grant - 1].volume - side.gateway.disk.held[grant - 1].spent
