"""What a start makes of what its co-processors remember of the ledger."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from gateway.config.types import GatewayConfig
from gateway.core.facts import AllocationApplied, Fact, FormerLedger, GatewayRestored
from gateway.core.reasons import Reason
from gateway.core.witness import HASH_DIGITS, Witnessed
from gateway.runtime.opening import open_books, open_vouching
from gateway.runtime.recovering import must_confirm, recover
from gateway.runtime.witnessing import UNWITNESSED, hear
from gateway.runtime.witnessing import Testimony as Said
from gateway.setup.gateway_state import make_restored_state
from hardware.assemble import Hardware
from hardware.ports import HardwareError
from mqtt.keys import load_private
from simulation.devices import Switch
from tests.gateway.runtime.devices import HandClock, HandWitness
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME
from tests.power.place import config_of, make_place, opened

ANOTHER, UNHEARD_OF = "a" * 16, "b" * 16


class Start(NamedTuple):
    testimony: Said
    head: Witnessed
    """Once the start is written."""
    written: list[tuple[str, dict[str, Any]]]
    blocked: Reason | None
    told: list[Witnessed]
    """What the co-processors heard of it by itself."""
    unvouched: list[Reason]
    """Why the first fill would be refused at once."""


@pytest.fixture
def config(tmp_path: Path) -> GatewayConfig:
    return config_of(tmp_path, make_place(tmp_path))


def start(config: GatewayConfig, *seen: Witnessed | None, facts: Sequence[Fact] = ()) -> Start:
    """With co-processors that remember these; `facts` are written once it is written."""
    witnesses = [HandWitness(place) for place in seen]
    with opened(config) as (shelf, wall):
        ledger = shelf.ledger
        assert ledger is not None
        before = ledger.head.sequence
        testimony = hear(witnesses, shelf)
        recover(shelf, config, wall, 0, testimony=testimony)
        ledger.commit([(fact, TIME) for fact in facts])
        head = Witnessed(
            ledger.seals.signer.incarnation,
            ledger.head.sequence,
            ledger.head.hash[:HASH_DIGITS],
            shelf.balance.high_water,
        )
        written = [(e.type, e.data) for e in ledger.every_entry() if e.sequence > before]
        blocked = open_books(config, shelf, wall, HandClock(), testimony).stoppage.blocked
        hardware = Hardware(HandClock(), Switch(), {}, ExitStack(), witnesses=tuple(witnesses))
        vouching = open_vouching(hardware, shelf, testimony)
        vouching.turn()
        told = [place for witness in witnesses for place in witness.told]
        refused: list[Reason] = []
        vouching.vouch(lambda: None, refused.append)
    return Start(testimony, head, written, blocked, told, refused)


def found(begun: Start) -> list[str]:
    return [data["found"] for kind, data in begun.written if kind == "witness.differed"]


def unwitnessed(begun: Start) -> bool:
    (booted,) = (data for kind, data in begun.written if kind == "gateway.booted")
    return bool(booted["unwitnessed"])


def test_without_any_it_is_unwitnessed(config: GatewayConfig) -> None:
    begun = start(config)
    assert (begun.testimony, begun.blocked) == (UNWITNESSED, None)
    assert unwitnessed(begun)


def test_a_new_one_is_taken_and_told(config: GatewayConfig) -> None:
    begun = start(config, None)
    assert (found(begun), unwitnessed(begun), begun.blocked) == (["blank"], True, None)
    assert (begun.told, begun.unvouched) == ([begun.head], [])


def test_one_that_knows_this_ledger_is_a_witness_of_it(config: GatewayConfig) -> None:
    first = start(config)
    again = start(config, first.head)
    assert (found(again), unwitnessed(again), again.blocked) == ([], False, None)
    assert again.told == [again.head]
    # The disk went on, and the co-processor heard nothing of it.
    assert found(start(config, first.head)) == []


@pytest.mark.parametrize("order", ["now", "new now", "now new", "then now", "now then"])
def test_one_that_knows_more_refuses_whatever_others_know(
    config: GatewayConfig, tmp_path: Path, order: str
) -> None:
    image, state = tmp_path / "image", Path(config.gateway.state_dir)
    then = start(config).head
    shutil.copytree(state, image)
    now = start(config).head
    shutil.rmtree(state)
    image.rename(state)
    known = {"now": now, "then": then, "new": None}
    begun = start(config, *(known[name] for name in order.split()))
    assert (begun.blocked, begun.told) == (Reason.WITNESS_AHEAD, [])
    assert begun.unvouched == [Reason.WITNESS_AHEAD]
    assert unwitnessed(begun) is ("then" not in order)
    (differed,) = (fact for fact in begun.testimony.differed if fact.found == "behind")
    assert (differed.sequence, differed.hash_start) == (now.sequence, now.hash_start)


def test_another_history_refuses(config: GatewayConfig) -> None:
    head = start(config).head
    fork = Witnessed(head.incarnation, head.sequence, "0" * HASH_DIGITS, head.high_water)
    begun = start(config, fork)
    assert (found(begun), begun.blocked) == (["fork"], Reason.WITNESS_AHEAD)


def test_another_gateways_refuses(config: GatewayConfig) -> None:
    begun = start(config, Witnessed(ANOTHER, 1, "0" * HASH_DIGITS, 0))
    assert (found(begun), begun.blocked, begun.told) == (["other"], Reason.WITNESS_OTHER, [])


Restore = Callable[..., None]


@pytest.fixture
def restore(config: GatewayConfig) -> Restore:
    def begin(previous: str | None, *witnessed: str) -> None:
        state = Path(config.gateway.state_dir)
        shutil.rmtree(state)
        former = FormerLedger(incarnation=previous or "", sequence=3, head="0" * 64, found="state")
        first = GatewayRestored(
            by="a test",
            version="0",
            configuration_hash="00" * 32,
            epoch=1,
            previous=former if previous is not None else None,
            witnessed=witnessed,
        )
        private = load_private(Path(config.keys.private_file))
        make_restored_state(state, private, first, gateway=GATEWAY, time=TIME)

    return begin


@pytest.mark.parametrize(
    ("previous", "witnessed", "expected", "blocked"),
    [
        (INCARNATION, (), "restored", None),
        (UNHEARD_OF, (INCARNATION,), "restored", None),
        (None, (ANOTHER, INCARNATION), "restored", None),
        (None, (), "restored", None),
        (UNHEARD_OF, (), "other", Reason.WITNESS_OTHER),
        (UNHEARD_OF, (ANOTHER,), "other", Reason.WITNESS_OTHER),
        (None, (ANOTHER,), "other", Reason.WITNESS_OTHER),
    ],
)
def test_a_restored_ledger_and_one_that_knows_the_ledger_before(
    config: GatewayConfig,
    restore: Restore,
    previous: str | None,
    witnessed: tuple[str, ...],
    expected: str,
    blocked: Reason | None,
) -> None:
    """It is told once central has confirmed the restored ledger, and no sooner."""
    head = start(config).head
    restore(previous, *witnessed)
    begun = start(config, head)
    assert (found(begun), begun.testimony.refused) == ([expected], blocked)
    assert (begun.blocked is None, begun.told) == (False, [])


@pytest.mark.parametrize(("previous", "expected"), [(INCARNATION, "restored"), (None, "other")])
def test_a_restored_ledger_that_was_confirmed_before_it_could_say_so(
    config: GatewayConfig, restore: Restore, previous: str | None, expected: str
) -> None:
    """If it knows nothing of what it follows, it may as well be an old copy."""
    head = start(config).head
    restore(previous)
    start(config, facts=[AllocationApplied(epoch=1, through=1, content="0" * 64)])
    assert found(start(config, head)) == [expected]


@pytest.mark.parametrize("with_it", [True, False])
def test_a_start_that_was_witnessed_needs_no_word_of_centrals(
    config: GatewayConfig, with_it: bool
) -> None:
    head = start(config).head
    identity = msgspec.structs.replace(config.gateway, unwitnessed_offline_boot="refuse")
    strict = msgspec.structs.replace(config, gateway=identity)
    begun = start(strict, *((head,) if with_it else ()))
    assert must_confirm(strict, begun.testimony) is not with_it
    assert begun.blocked is (None if with_it else Reason.NOT_CONFIRMED)


def test_one_that_does_not_answer_ends_the_start(config: GatewayConfig) -> None:
    silent = HandWitness()
    silent.absent = True
    with opened(config) as (shelf, _), pytest.raises(HardwareError, match="pulled"):
        hear([HandWitness(), silent], shelf)
