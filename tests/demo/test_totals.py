"""The figures at the end of a headless run, and when they are called well."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.facts import Charge, FlowUnauthorised
from gateway.demo.totals import Totals, gather
from gateway.store.ledger import Ledger
from mqtt.central.database import create_database
from mqtt.central.report_tables import sales
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, refusal, sale

NL = 1_000_000


class Books:
    """A ledger with two sales of 5,000 ml in all, and central's table of sales."""

    def __init__(self, folder: Path) -> None:
        private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        self.path = folder / "ledger.sqlite3"
        self.ledger = Ledger.create(
            self.path, private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1
        )
        facts = [sale(1, Charge(1, 3000)), sale(2, Charge(1, 2000)), refusal(1), refusal(2)]
        self.ledger.commit([(fact, TIME) for fact in facts])
        self.ledger.acknowledge(4)
        self.database = folder / "central.sqlite3"
        create_database(self.database, city="kupang", city_timezone="Asia/Makassar").dispose()
        self.central = sqlite3.connect(self.database)
        self._sold = 0
        for volume_ml in (3000, 2000):
            self.central_sold(volume_ml)

    def central_sold(self, volume_ml: int) -> None:
        """One more sale at central, of which only the volume matters here."""
        self._sold += 1
        row = {
            column.name: volume_ml if column.name == "volume_ml" else self._sold
            for column in sales.columns
        }
        places = ", ".join("?" * len(row))
        self.central.execute(
            f"INSERT INTO sales ({', '.join(row)}) VALUES ({places})", tuple(row.values())
        )
        self.central.commit()

    def totals(self, *dispensed_nl: int) -> Totals:
        pumps: list[dict[str, Any]] = [{"dispensed_nl": n, "pulse_ml": 10} for n in dispensed_nl]
        return gather(self.path, self.database, {"pumps": pumps}, 12.345)


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    books = Books(tmp_path)
    yield books
    books.ledger.close()
    books.central.close()


def test_every_figure_comes_from_where_it_is_kept(books: Books) -> None:
    totals = books.totals(3000 * NL, 2000 * NL + 999_999)
    assert totals.as_json() == {
        "fills": 2,
        "refused": {"unknown_card": 2},
        "dispensed_ml": 5000,
        "recorded_ml": 5000,
        "central_ml": 5000,
        "unauthorised_ml": 0,
        "ledger_entries": 4,
        "acked_through": 4,
        "commits": 1,
        "conservation_ok": True,
        "elapsed_s": 12.3,
    }
    assert totals.all_well


@pytest.mark.parametrize(
    ("off_nl", "ok"),
    [
        (0, True),
        (20 * NL, True),
        (20 * NL + 1, False),
        (-20 * NL, True),
        (-20 * NL - 1, False),
    ],
)
def test_conservation_holds_to_one_pulse_a_pump(books: Books, off_nl: int, ok: bool) -> None:
    totals = books.totals(3000 * NL, 2000 * NL + off_nl)
    assert totals.conservation_ok is totals.all_well is ok


def test_unauthorised_flow_is_part_of_the_balance(books: Books) -> None:
    flow = FlowUnauthorised(pump=1, volume_ml=120, totaliser_end_ml=5120)
    books.ledger.commit([(flow, TIME)])
    books.ledger.acknowledge(5)
    totals = books.totals(5120 * NL)
    assert (totals.unauthorised_ml, totals.recorded_ml) == (120, 5000)
    assert totals.all_well
    assert not books.totals(5000 * NL).conservation_ok


def test_what_central_has_not_acknowledged_is_not_well(books: Books) -> None:
    books.ledger.commit([(refusal(3), TIME)])
    totals = books.totals(5000 * NL, 0)
    assert (totals.acked_through, totals.ledger_entries) == (4, 5)
    assert not totals.all_well


@pytest.mark.parametrize("volume_ml", [-1, 1])
def test_a_millilitre_between_ledger_and_central_is_not_well(books: Books, volume_ml: int) -> None:
    books.central_sold(volume_ml)
    assert not books.totals(5000 * NL, 0).all_well


def test_a_central_without_sales_has_none(books: Books) -> None:
    books.central.execute("DELETE FROM sales")
    books.central.commit()
    totals = books.totals(5000 * NL, 0)
    assert (totals.central_ml, totals.all_well) == (0, False)
