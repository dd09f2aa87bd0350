"""Whatever a group holds: handled as one, it leaves the rows and the word that it leaves when
each message is handled by itself, in a transaction of its own and with every care."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from gateway.core.facts import SaleRefused
from mqtt.central import projections, quarantine
from mqtt.central.database import open_database
from mqtt.central.handling import Handler
from mqtt.central.opening import Received
from mqtt.central.succession import begin_epoch
from mqtt.central.tables import gateways
from mqtt.topics import topic_of
from tests.mqtt.central.city import NOW
from tests.mqtt.central.groups.books import Careful, every_row, retained
from tests.mqtt.central.groups.story import BUG, Gateway, delivered


@pytest.fixture(autouse=True)
def with_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    real = projections.project

    def project(teller: Any, read: Any, **how: Any) -> None:
        real(teller, read, **how)
        if any(isinstance(one.fact, SaleRefused) and one.fact.code == BUG for one in read):
            raise KeyError("a bug of ours")

    monkeypatch.setattr(quarantine, "project", project)


def groups_of(messages: list[Received], random: Random) -> Iterator[list[Received]]:
    at = 0
    while at < len(messages):
        size = random.choice((1, 3, 8, 64))
        yield messages[at : at + size]
        at += size


def present(engine: Engine) -> set[tuple[str, str]]:
    """Topics of acknowledgements, with the incarnations that go on."""
    with engine.connect() as connection:
        rows = connection.execute(select(gateways.c.name, gateways.c.incarnation)).all()
    return {(topic_of(name, "ledger/ack"), incarnation) for name, incarnation in rows}


@pytest.mark.timeout(600)
@settings(
    max_examples=settings().max_examples // 4,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(seed=2180759, restored=True, online=True)
@given(seed=st.integers(0, 2**32), restored=st.booleans(), online=st.booleans())
def test_a_group_is_its_messages(
    make_office: Callable[[Path], Any], seed: int, restored: bool, online: bool
) -> None:
    random = Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        office = make_office(Path(folder))
        epoch = 1
        with office.engine.begin() as connection:
            if restored:
                epoch = begin_epoch(connection, NOW)
            state = "online" if online else "offline"
            connection.execute(update(gateways).values(state=state))
        office.engine.dispose()  # which writes all of it to the one file
        other = open_database(Path(shutil.copy(office.path, Path(folder) / "other.sqlite3")))
        quick = Handler(office.engine, office.key, lambda: NOW)
        careful = Careful(other, office.key, lambda: NOW)
        lives = [Gateway(teller, random, epoch) for teller in office.tellers.values()]
        for group in groups_of(delivered(lives, random), random):
            one_by_one = [careful.handle([message]) for message in group]
            said = retained(quick.handle(group))
            # Nothing else is said, and of the incarnations that go on the last word is the same.
            assert set(said.values()) <= {one.payload for each in one_by_one for one in each}
            expected = retained(chain.from_iterable(one_by_one))
            for place in present(other) & {*said, *expected}:
                assert said[place] == expected[place]
        ours, theirs = every_row(office.engine), every_row(other)
        for table, rows in theirs.items():
            assert ours[table] == rows, table
        assert retained(quick.acknowledgements()) == retained(careful.acknowledgements())
        office.engine.dispose()
        other.dispose()
