"""What a litre costs a department, as the register has it now."""

from sqlalchemy import Connection, select

from mqtt.central.many import ask
from mqtt.central.tables import prices, subjects

_PRICES = select(prices.c.product, prices.c.price_idr_per_l).order_by(prices.c.version)


def current_prices(connection: Connection) -> dict[str, int]:
    """Rupiah per litre of each product, in its newest version."""
    return dict(ask(connection, _PRICES))


def dearest_idr_per_l(connection: Connection, subject: str) -> int:
    """Of the products that a subject may take; of all where it is not in the register."""
    price = current_prices(connection)
    products = connection.scalar(select(subjects.c.products).where(subjects.c.subject == subject))
    return max((price.get(product, 0) for product in products or price), default=0)
