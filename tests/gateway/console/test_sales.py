"""Recent sales and their search, beside the ledger's writer."""

from pathlib import Path

import msgspec
import pytest

from gateway.console.names import Names
from gateway.console.sales import A_PAGE, search
from gateway.core.facts import SaleRefused
from gateway.store.errors import LedgerDamaged
from tests.gateway.console.cache import SUPERVISOR, names
from tests.gateway.runtime.conftest import office, writing  # noqa: F401
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import UID


@pytest.fixture
def known(tmp_path: Path) -> Names:
    return names(tmp_path)


@pytest.fixture
def ledger(office: Office) -> Path:  # noqa: F811
    """Fifty sales of ten vehicles, with refusals between them."""
    office.open()
    fill = office.fill()
    office.reserve(fill, 20_000)
    first = office.sell(fill, 5_000)
    facts = []
    for n in range(50):
        sale = msgspec.structs.replace(
            first,
            sale=f"{'0' * 16}-{n + 100}",
            subject=f"dh-{1930 + n % 10}-bh",
            volume_ml=1_000 + n,
            charges=[],
        )
        if n == 7:
            sale = msgspec.structs.replace(sale, subject="bkad-03", override_by=SUPERVISOR)
        facts += [sale, SaleRefused(pump=1, code="limit_day", card=UID, subject=sale.subject)]
    office.ledger.commit([(fact, office.wall.now()) for fact in facts])
    return office.ledger.path


def test_newest_first_and_page_by_page(ledger: Path, known: Names) -> None:
    found = search(ledger, known)
    assert [sale.volume_ml for sale in found.sales] == list(range(1049, 1049 - A_PAGE, -1))
    pages = 1
    while found.before is not None:
        found = search(ledger, known, before=found.before)
        pages += 1
    assert pages == 3
    assert found.sales[-1].volume_ml == 5_000


@pytest.mark.parametrize("words", ["DH 1932 BH", "1932", "dh-1932-bh", " 1932 "])
def test_part_of_a_plate_is_enough(ledger: Path, known: Names, words: str) -> None:
    found = search(ledger, known, words)
    assert {sale.vehicle for sale in found.sales} == {"DH 1932 BH"}
    assert len(found.sales) == 5


@pytest.mark.parametrize("words", ["%", "_", "' OR 1=1 --", "quota", "completed", "x" * 60])
def test_nothing_is_found_by_tricks(ledger: Path, known: Names, words: str) -> None:
    found = search(ledger, known, words).sales
    assert found == [] or words in ("%", "_"), "those are no letters: an empty search"


@pytest.mark.parametrize("words", ["dh77x", "DH 77", "bkad-03", "7 x"])
def test_a_plate_is_found_and_shown_though_the_subject_is_called_otherwise(
    ledger: Path, known: Names, words: str
) -> None:
    (sale,) = search(ledger, known, words).sales
    assert (sale.vehicle, sale.supervisor) == ("DH 77 X", "maria")


def test_without_the_cache_the_subjects_name_is_shown(ledger: Path) -> None:
    (sale,) = search(ledger, Names(), "bkad").sales
    assert (sale.vehicle, sale.supervisor) == ("BKAD 03", SUPERVISOR)


def test_a_ledger_that_is_not_there(tmp_path: Path, known: Names) -> None:
    with pytest.raises(LedgerDamaged):
        search(tmp_path / "none.sqlite3", known)
