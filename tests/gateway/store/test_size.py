"""What a fill takes on disk: `takar bench year` rests on it."""

from gateway.core.facts import Charge
from gateway.store.ledger import Ledger
from tests.gateway.store.samples import TIME, grant, sale

FILLS = 500
MOST_BYTES_A_FILL = 1600
"""Entry, index and a seal of its own; at 200 fills a day 90 days are then at most 29 MB."""


def test_a_fill_takes_no_more_than_a_year_has_room_for(ledger: Ledger) -> None:
    ledger.commit([(grant(1, 10**9), TIME)])
    empty = pages(ledger)
    for number in range(1, FILLS + 1):
        ledger.commit([(sale(number, Charge(1, 25_000)), TIME)], seal=True)
    assert (pages(ledger) - empty) * 4096 < FILLS * MOST_BYTES_A_FILL


def pages(ledger: Ledger) -> int:
    return int(ledger.connection.execute("PRAGMA page_count").fetchone()[0])
