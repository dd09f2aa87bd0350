"""The power goes anywhere between a new epoch of central's and the cache that is made of it."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.chain import GENESIS
from gateway.core.log import Entry
from gateway.store.durable import replace_file
from gateway.store.errors import StoreError
from gateway.store.ledger import Ledger
from gateway.store.state import NewEpoch
from tests.gateway.runtime.samples import CARD, CITY, directives, grant
from tests.gateway.runtime.station import Station
from tests.gateway.runtime.updates import FIRST, LOST, NEXT
from tests.gateway.store.samples import GATEWAY

NEW = directives(*(LOST if body is CARD else body for body in CITY), *map(grant, (1, 2, 3)))
"""What a restored central says: all that holds, the grants that it knows of, and one more."""
HALF = 5
EPOCH = 2
STEPS = ("adoption", "adoption", "cache", "cache", "said", "said")
"""Before and after each of the three writes."""


class PowerCut(BaseException):
    """Stands for it: nothing in the gateway handles it."""


@pytest.fixture
def station(station: Station) -> Station:
    station.arrive(FIRST)
    return station


def restart(station: Station) -> None:
    """As a new process: ledger and cache are what is on disk."""
    path = station.ledger.path
    station.ledger.close()
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    station.ledger = Ledger.open(path, private, gateway=GATEWAY)
    station.start()


def adopt(station: Station) -> None:
    new = NewEpoch(EPOCH, 0)
    station.allocating.adopt(new, station.keeper, station.wall, lambda: None)


def complete(station: Station) -> None:
    station.allocating.complete(station.keeper, station.wall, lambda: None)


def hear(station: Station) -> None:
    """All that central says in its new epoch, as the link hands it over."""
    adopt(station)
    wanted = [one for one in NEW if one.sequence > station.allocating.position[0]]
    for part in (wanted[:HALF], wanted[HALF:]):
        if part:
            station.arrive(part)
    complete(station)


def cut_at(step: int, patched: pytest.MonkeyPatch) -> None:
    """Let the power go at this one of STEPS."""
    passed = 0

    def pass_by() -> None:
        nonlocal passed
        if passed == step:
            raise PowerCut
        passed += 1

    def around(write: Callable[..., Any]) -> Callable[..., Any]:
        def written(*values: Any, **named: Any) -> Any:
            pass_by()
            result = write(*values, **named)
            pass_by()
            return result

        return written

    patched.setattr(Ledger, "commit", around(Ledger.commit))
    patched.setattr("gateway.store.allocation_file.replace_file", around(replace_file))


def sells(station: Station) -> bool:
    return station.allocating.allocation is not None and station.allocating.blocked is None


def applied_epoch(station: Station) -> int:
    assert station.newest.applied is not None
    return station.newest.applied.epoch


def grants_of(station: Station) -> list[str]:
    return [one for one in station.said if one.startswith("grant")]


def adoptions(station: Station) -> list[Entry]:
    return [one for one in station.ledger.every_entry() if one.type == "epoch.adopted"]


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_it_ends_in_the_new_epoch_with_all_of_it(
    station: Station, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        cut_at(step, patched)
        with pytest.raises(PowerCut):
            hear(station)
    restart(station)
    assert sells(station), "by the old cache or the new one"
    replaced = step > STEPS.index("cache")
    assert station.card_status() == ("lost" if replaced else "active")
    assert len(adoptions(station)) == (step > 0)
    hear(station)
    restart(station)
    assert sells(station)
    assert applied_epoch(station) == EPOCH
    assert station.card_status() == "lost"
    assert station.allocating.position == (NEW[-1].sequence, NEW[-1].hash)
    assert grants_of(station) == ["grant 1", "grant 2", "grant 3"]
    assert len(adoptions(station)) == 1


def test_half_of_the_new_directives_are_gathered_again(station: Station) -> None:
    adopt(station)
    station.arrive(NEW[:HALF])
    assert (sells(station), station.card_status()) == (True, "active")
    restart(station)
    assert (sells(station), station.card_status()) == (True, "active")
    assert station.allocating.position == (0, GENESIS)
    hear(station)
    assert (sells(station), station.card_status()) == (True, "lost")


def test_nothing_incomplete_is_put_in_force(station: Station) -> None:
    adopt(station)
    station.arrive(NEW[:HALF])
    station.arrive(NEW[HALF:-1])
    restart(station)
    assert station.card_status() == "active"
    assert applied_epoch(station) == 1
    assert grants_of(station) == ["grant 1", "grant 2"]


def test_a_grant_that_the_ledger_lacks_is_said_before_the_epoch_ends(
    station: Station, full_disk: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    full_disk("ledger")
    station.arrive_in_the_writer(NEXT)  # its grant 3 is in the cache only
    with pytest.raises(StoreError, match="older facts are not written yet"):
        adopt(station)
    monkeypatch.undo()
    restart(station)  # the power goes before it could be said
    assert grants_of(station) == ["grant 1", "grant 2", "grant 3"]
    hear(station)
    types = [one.type for one in station.ledger.every_entry()]
    assert grants_of(station) == ["grant 1", "grant 2", "grant 3"]
    last_grant = len(types) - 1 - types[::-1].index("grant.activated")
    assert last_grant < types.index("epoch.adopted")
