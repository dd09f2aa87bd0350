"""A ledger on disk: empty and open, or written and closed; and a way to open it again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.store.ledger import Ledger
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, refusal, session


@pytest.fixture
def private() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def ledger(path: Path, private: Ed25519PrivateKey) -> Iterator[Ledger]:
    """Freshly made, empty; closed at the end."""
    made = Ledger.create(path, private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1)
    yield made
    made.close()


@pytest.fixture
def open_ledger(path: Path, private: Ed25519PrivateKey) -> Iterator[Callable[[], Ledger]]:
    """Opens what is at `path`, as a gateway would; all are closed at the end."""
    opened: list[Ledger] = []

    def open_one() -> Ledger:
        opened.append(Ledger.open(path, private, gateway=GATEWAY))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def written(path: Path, private: Ed25519PrivateKey) -> Path:
    """A closed ledger of 12 entries in 12 commits, with seals at 6 and 12, and an open fill."""
    made = Ledger.create(path, private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1)
    for number in range(1, 13):
        fill = session(1) if number == 12 else None
        made.commit([(refusal(number), TIME)], seal=number % 6 == 0, put_session=fill)
    made.close()
    return path
