"""What was learned of the valves: there after a start, forgotten where it is not as written."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gateway.core.lag import KEPT, LEAST_US, OCTAVES, Lags
from gateway.store.lags import MOST_US
from gateway.store.ledger import Ledger
from tests.gateway.store.samples import TIME, refusal

NONE: tuple[tuple[int, ...], ...] = ((),) * OCTAVES
LEARNED = Lags((*NONE[1:], (90_000, 95_000)))
OTHER = Lags((*NONE[1:], (LEAST_US, MOST_US)))

Open = Callable[[], Ledger]


@pytest.fixture
def kept(path: Path, ledger: Ledger) -> Path:
    """A closed ledger in which pump 1 has learned twice, and pump 2 once."""
    for number, lags in enumerate([(1, OTHER), (2, OTHER), (1, LEARNED)], 1):
        ledger.commit([(refusal(number), TIME)], lags=lags)
    ledger.close()
    return path


def overwrite(path: Path, body: str | bytes) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE lags SET body = CAST(? AS TEXT) WHERE pump = 1", (body,))
    connection.close()


def test_each_pump_knows_its_newest_after_a_start(kept: Path, open_ledger: Open) -> None:
    assert kept.exists()
    assert open_ledger().lags == {1: LEARNED, 2: OTHER}


def test_a_pump_that_has_learned_nothing_has_no_row(ledger: Ledger) -> None:
    ledger.commit([(refusal(1), TIME)])
    assert ledger.lags == {}


def with_row(*row: int) -> str:
    return msgspec.json.encode((*NONE[1:], row)).decode()


DAMAGED = [
    "",
    "{",
    "null",
    "[1, 2]",
    b"\xff\xfe[[]]",
    msgspec.json.encode(NONE[1:]).decode(),
    msgspec.json.encode((*NONE, ())).decode(),
    with_row(LEAST_US - 1),
    with_row(MOST_US + 1),
    with_row(*[LEAST_US] * (KEPT + 1)),
    with_row(LEAST_US).replace("25000", "25000.5"),
    with_row(LEAST_US).replace("25000", '"25000"'),
]


@pytest.mark.parametrize("body", DAMAGED)
def test_a_damaged_row_is_forgotten_and_the_others_kept(
    kept: Path, open_ledger: Open, body: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    overwrite(kept, body)
    assert open_ledger().lags == {2: OTHER}
    assert "pump 1: what was learned of its valve is damaged; learning again" in caplog.text


@pytest.mark.parametrize("row", [(LEAST_US,), (MOST_US,), (LEAST_US,) * KEPT])
def test_what_can_be_is_believed(kept: Path, open_ledger: Open, row: tuple[int, ...]) -> None:
    overwrite(kept, with_row(*row))
    assert open_ledger().lags[1] == Lags((*NONE[1:], row))


def test_what_was_damaged_is_learned_again(kept: Path, open_ledger: Open) -> None:
    overwrite(kept, "{")
    ledger = open_ledger()
    ledger.commit([(refusal(9), TIME)], lags=(1, OTHER))
    assert ledger.lags == {1: OTHER, 2: OTHER}
