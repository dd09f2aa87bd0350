"""A sale at a third party's pump that nobody declared yet, as people are shown it. Apart from who
gathers them, so that a console need not know of pumps and disks."""

from msgspec import Struct


class OpenDeclaration(Struct, frozen=True, kw_only=True):
    sale: str
    pump: int
    station: str
    subject: str
    plate: str | None
    product: str
    volume_ml: int
    """Reserved: at most so much may be served."""
    price_idr_per_l: int
    started: str
    """UTC text: when the card was tapped."""
    until: str
    """UTC text: so long the station may serve on it."""
    late: bool
    """That is over; it stays reserved until it is declared or cancelled."""
