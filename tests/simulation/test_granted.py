"""What a number of a grant means after central was restored, in the simulation's own books."""

import sqlite3
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest

from gateway.core.facts import GrantActivated
from simulation.granted import Grant, Granted
from simulation.taken_up import TakenUp

STATION, INCARNATION = "kupang-01", "a" * 16
LOG = STATION, INCARNATION
FIRST = "vehicle", "vehicle-001", "2026-04"
OTHER = "vehicle", "vehicle-002", "2026-04"


class Violated(Exception):
    pass


class Books:
    """As much of the truth as is told of violations."""

    def __init__(self) -> None:
        self.checks = {"S": 0}

    def violated(self, _party: str, what: str) -> NoReturn:
        raise Violated(what)


def database(path: Path, *given: tuple[int, int, tuple[str, str, str]]) -> Path:
    """One that gave these: number, volume, pool. In place of what is there."""
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE grants (gateway, incarnation, grant_no, volume_ml, kind, subject, period)"
        )
        for number, volume_ml, pool in given:
            row = (*LOG, number, volume_ml, *pool)
            connection.execute("INSERT INTO grants VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    connection.close()
    return path


def activated(number: int, volume_ml: int, pool: tuple[str, str, str]) -> dict[str, Any]:
    kind, subject, period = pool
    fact = GrantActivated(
        grant_no=number,
        kind=kind,  # type: ignore[arg-type]
        subject=subject,
        department="dinkes",
        period=period,
        volume_ml=volume_ml,
        not_before="2026-03-31T16:00:00.000Z",
        not_after="2026-04-30T15:59:59.999Z",
    )
    told: dict[str, Any] = msgspec.to_builtins(fact)
    return told


def test_a_number_that_a_restored_central_gives_again_is_the_new_grants(tmp_path: Path) -> None:
    """The lost one had numbered a grant that never arrived: nobody knows of that number."""
    path = database(tmp_path / "central", (7, 5_000, FIRST), (8, 6_000, FIRST))
    granted = Granted(path)
    assert granted.find((*LOG, 7)) == Grant(5_000, FIRST)
    granted.database_goes()
    database(path, (7, 9_000, OTHER))
    assert granted.find((*LOG, 7)) == Grant(9_000, OTHER)
    assert granted.find((*LOG, 8)) == Grant(6_000, FIRST), "what was granted stays so"
    granted.close()


@pytest.fixture
def taken_up() -> TakenUp:
    books: Any = Books()
    return TakenUp(books)


def compare(taken_up: TakenUp, path: Path, *, whole: bool) -> None:
    connection = sqlite3.connect(path)
    try:
        taken_up.compare(connection, LOG, whole=whole)
    finally:
        connection.close()


def test_a_number_that_was_taken_up_must_not_be_given_again(
    tmp_path: Path, taken_up: TakenUp
) -> None:
    taken_up.note(LOG, activated(7, 5_000, FIRST))
    compare(taken_up, database(tmp_path / "central", (7, 5_000, FIRST)), whole=True)
    compare(taken_up, database(tmp_path / "central"), whole=False)  # not learned yet
    with pytest.raises(Violated, match="grant 7"):
        compare(taken_up, database(tmp_path / "central", (7, 5_000, OTHER)), whole=False)


def test_all_that_was_taken_up_is_known_to_a_central_that_has_the_whole_ledger(
    tmp_path: Path, taken_up: TakenUp
) -> None:
    taken_up.note(LOG, activated(7, 5_000, FIRST))
    with pytest.raises(Violated, match="grant 7"):
        compare(taken_up, database(tmp_path / "central"), whole=True)


@pytest.mark.parametrize("number", [6, 7])
def test_no_number_is_taken_up_again_nor_a_lower_one(number: int, taken_up: TakenUp) -> None:
    taken_up.note(LOG, activated(7, 5_000, FIRST))
    taken_up.note((STATION, "b" * 16), activated(1, 5_000, FIRST))
    with pytest.raises(Violated, match="and 7 was before"):
        taken_up.note(LOG, activated(number, 5_000, OTHER))
