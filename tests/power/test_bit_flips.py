"""One flipped bit in log, database, anchor or cache: refused, or no fact is other than it was."""

import random
import sqlite3
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from gateway.core.chain import canonical
from gateway.runtime.recovering import recover
from tests.gateway.runtime.writing import Writing
from tests.power.harness import Run, put
from tests.power.judge import Judge
from tests.power.place import UPTIME_MS, config_of, opened
from tests.power.rest import ANCHOR, CACHE, DATABASE, LOG, Rest, rests_of
from tests.power.workload import all_directives

LEDGER_REFUSED, CACHE_REFUSED = "refused: ledger_damaged", "cache refused: allocation_damaged"
UNHARMED = "unharmed"
OLD_SEAL = "an older seal, which `takar ledger verify` names; no fact has changed"
"""A start checks the newest seal, which covers every entry; all of them are verify's work."""
FEW, MANY = 40, 2000


@pytest.fixture(scope="session")
def rests(day: Run) -> dict[str, Rest]:
    return rests_of(day)


def answers(day: Run, rest: Rest, folder: Path, file: str, bits: Iterable[int]) -> Counter[str]:
    """What a start says to each flipped bit; a fact that changed unseen is an answer too."""
    (reference,) = day.references.values()
    judge, given = Judge(reference), Counter[str]()
    for bit in bits:
        content = bytearray(rest.content[file])
        content[bit // 8] ^= 1 << bit % 8
        put(rest.content | {file: bytes(content)}, folder)
        found = judge.problems(config_of(day.base, folder), rest.promised)
        seals_only = bool(found) and all(text.startswith("seal at entry ") for text in found)
        given[OLD_SEAL if seals_only else "; ".join(found) or UNHARMED] += 1
    print(f"{file}: {dict(given)}")
    return given


def some_bits(rest: Rest, file: str, many: int) -> list[int]:
    chance = random.Random(f"{file} {many}")
    return [chance.randrange(len(rest.content[file]) * 8) for _ in range(many)]


@pytest.mark.parametrize(
    ("where", "file", "expected"),
    [
        ("log", LOG, {LEDGER_REFUSED, UNHARMED}),
        # What the log holds too is not read from the database.
        ("log", DATABASE, {LEDGER_REFUSED, UNHARMED}),
        ("no log", DATABASE, {LEDGER_REFUSED, UNHARMED, OLD_SEAL}),
        # One slot of the anchor is lost, and the other is at most one commit behind.
        ("log", ANCHOR, {UNHARMED}),
        ("log", CACHE, {CACHE_REFUSED}),
    ],
)
@pytest.mark.parametrize(
    "many", [FEW, pytest.param(MANY, marks=[pytest.mark.long, pytest.mark.timeout(900)])]
)
def test_a_flipped_bit_is_refused_or_changes_nothing(
    day: Run,
    rests: dict[str, Rest],
    room: Path,
    where: str,
    file: str,
    expected: set[str],
    many: int,
) -> None:
    bits = some_bits(rests[where], file, many)
    given = answers(day, rests[where], room / "flipped", file, bits)
    assert set(given) <= expected
    assert given[UNHARMED] < many or (where, file) in (("log", DATABASE), ("log", ANCHOR))


def test_no_bit_of_an_open_fill_changes_unseen(
    day: Run, rests: dict[str, Rest], room: Path
) -> None:
    """The state that once did: nothing but a hash of its own covers a row of `open_session`."""
    (reference,) = day.references.values()
    (row,) = reference.commits[rests["no log"].promised.commit_no]["rows"]
    content, body = rests["no log"].content[DATABASE], canonical(row)
    assert content.count(body) == 1
    first, last = content.index(body) * 8, (content.index(body) + len(body)) * 8
    bits = random.Random("row").sample(range(first, last), 3 * FEW)
    assert set(answers(day, rests["no log"], room / "row", DATABASE, bits)) == {LEDGER_REFUSED}


def test_no_bit_of_a_checkpoint_changes_unseen(
    day: Run, rests: dict[str, Rest], room: Path
) -> None:
    rest, folder = rests["no log"], room / "checkpoint"
    content = rest.content[DATABASE]
    put(rest.content, folder)
    with sqlite3.connect(folder / DATABASE) as connection:
        ((head, body, seal),) = connection.execute("SELECT head, body, seal FROM checkpoint")
    connection.close()
    for part in (head, body[:300], seal[-200:]):
        assert content.count(part.encode()) >= 1
        first = content.rindex(part.encode()) * 8
        bits = random.Random(part).sample(range(first, first + len(part) * 8), FEW)
        assert set(answers(day, rest, folder, DATABASE, bits)) == {LEDGER_REFUSED}


def test_no_bit_of_an_export_changes_unseen(day: Run, rests: dict[str, Rest], room: Path) -> None:
    """Chain or checksum names it, or no entry is other than it was."""
    rest = rests["no log"]
    (name,) = (name for name in rest.content if name.endswith(".jsonl.gz"))
    given = answers(day, rest, room / "export", name, some_bits(rest, name, FEW))
    assert all(answer == UNHARMED or answer.startswith("export: ") for answer in given)
    assert given[UNHARMED] < FEW // 4


def test_a_refused_cache_is_made_good_from_central(
    day: Run, rests: dict[str, Rest], room: Path
) -> None:
    rest, folder = rests["log"], room / "resync"
    for bit in some_bits(rest, CACHE, 5):
        content = bytearray(rest.content[CACHE])
        content[bit // 8] ^= 1 << bit % 8
        put(rest.content | {CACHE: bytes(content)}, folder)
        config, writing = config_of(day.base, folder), Writing()
        with opened(config) as (shelf, wall):
            recover(shelf, config, wall, UPTIME_MS)
            allocating, keeper = (
                shelf.allocating,
                writing.keeper(shelf.ledger, holdings=shelf.holdings),
            )
            assert allocating is not None
            assert allocating.blocked is not None
            allocating.arrived(all_directives(), keeper, wall, lambda: None)
            writing.drain()
            assert allocating.blocked is None
            writing.stop()
        with opened(config) as (shelf, wall):
            assert shelf.allocating is not None
            assert shelf.allocating.blocked is None
            shelf.allocating.catch_up(pytest.fail)  # all has been said
            assert shelf.balance.high_water == 4
