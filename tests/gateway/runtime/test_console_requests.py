"""Stop and sign-in, as the console asks for them: at a real desk, over hands-made devices."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from gateway.core.allocation import PutCard
from gateway.core.facts import ConsoleLocked, ConsoleSignedIn, Fact, PumpStopped
from gateway.core.session import State
from gateway.runtime.control import Answer
from gateway.runtime.requests import (
    AskSignIn,
    BeginSignIn,
    NoteLockOut,
    NoteSignIn,
    StopPump,
)
from gateway.runtime.signing_in import WAITING_S, SigningIn
from gateway.runtime.stopping import Stopping
from tests.gateway.runtime.counter import Counter
from tests.gateway.runtime.samples import UID

SALE = "00112233445566aa-7"
CARDS = {
    UID: PutCard(uid=UID, card="attendant", holder="ama", status="active"),
    "04D1": PutCard(uid="04D1", card="driver", holder="driver-01", status="active"),
    "04D2": PutCard(uid="04D2", card="vehicle", holder="dh-1", status="active"),
    "04D3": PutCard(uid="04D3", card="technician", holder="yohanes", status="lost"),
    "04D4": PutCard(uid="04D4", card="supervisor", holder="rote", status="active"),
}


@dataclass
class Known:
    """In place of the look-up."""

    open_sale: str | None = SALE
    cards: dict[str, PutCard] = field(default_factory=lambda: dict(CARDS))

    def sale(self, pump: int) -> str | None:
        return self.open_sale

    def card(self, uid: str) -> PutCard | None:
        return self.cards.get(uid)


class Asked:
    """A pump, and what the console asks of it."""

    def __init__(self) -> None:
        self.counter = Counter()
        self.known = Known()
        self.noted: list[Fact] = []
        desks = {1: self.counter.desk}
        known: Any = self.known
        self.stopping = Stopping(desks, known, self.noted.append)
        self.signing_in = SigningIn(desks, known, self.counter.clock, self.noted.append)

    def stop(self, pump: int = 1, sale: str | None = SALE) -> Answer:
        answers: list[Answer] = []
        self.stopping.take(StopPump(pump, "Ama Nalle", sale), answers.append)
        return answers[0]

    def sign_in(self, request: Any) -> Answer:
        answers: list[Answer] = []
        self.signing_in.take(request, answers.append)
        return answers[0]

    def begin(self, source: str = "192.168.1.5") -> dict[str, Any]:
        done = self.sign_in(BeginSignIn(1, source)).done
        assert done is not None
        return done

    def asked(self, ticket: str) -> dict[str, Any] | None:
        return self.sign_in(AskSignIn(ticket)).done

    def tap(self, uid: str = UID) -> None:
        self.counter.hand.reader.lay(uid.ljust(14, "0"))
        if uid not in self.known.cards:
            self.known.cards[uid] = CARDS[UID]
        self.known.cards[uid.ljust(14, "0")] = self.known.cards[uid]
        self.counter.run(0.3)
        self.counter.hand.reader.there = None
        self.counter.run(0.3)


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_a_stop_shuts_the_valve_at_once_and_says_who(asked: Asked) -> None:
    counter = asked.counter.flowing(100)
    assert asked.stop().done == {"pump": 1, "sale": SALE}
    assert not counter.desk.session.valve_open
    assert asked.noted == [PumpStopped(pump=1, by="Ama Nalle", sale=SALE)]
    counter.run(3)
    (sold,) = counter.clerk.sold
    assert (sold.ended_by, sold.volume_ml) == ("attendant", 1000)


def test_a_stop_takes_back_what_was_authorised(asked: Asked) -> None:
    asked.counter.authorised()
    assert asked.stop().done
    asked.counter.run(1)
    assert asked.counter.state is State.IDLE
    assert len(asked.counter.clerk.released) == 1


def test_a_stop_of_another_fill_changes_nothing(asked: Asked) -> None:
    counter = asked.counter.flowing(10)
    refused = asked.stop(sale="00112233445566aa-6").refused
    assert refused == "pump 1: the fill that was to be stopped has ended"
    assert counter.state is State.DISPENSING
    assert asked.noted == []
    assert asked.stop(sale=None).done


def test_there_must_be_something_to_stop(asked: Asked) -> None:
    assert asked.stop().refused == "pump 1 is idle: there is nothing to stop"
    assert asked.stop(pump=3).refused == "pump 3: expected one of 1"
    assert asked.noted == []


@pytest.mark.parametrize(("uid", "who"), [(UID, "ama"), ("04D4", "rote")])
def test_a_persons_card_signs_in_once_and_is_no_tap(asked: Asked, uid: str, who: str) -> None:
    begun = asked.begin()
    assert asked.signing_in.pairing(1) == begun["pairing"]
    assert asked.asked(begun["ticket"]) == {"signed_in": False}
    asked.tap(uid)
    assert asked.counter.clerk.asked == []
    assert asked.signing_in.pairing(1) is None
    done = asked.asked(begun["ticket"])
    assert done is not None
    assert (done["signed_in"], done["by"]) == (True, who)
    assert asked.asked(begun["ticket"]) is None, "only once"
    assert asked.noted == [ConsoleSignedIn(by=who, how="card", pump=1, source="192.168.1.5")]


@pytest.mark.parametrize("uid", ["04D1", "04D2", "04D3"])
def test_no_other_card_signs_in(asked: Asked, uid: str) -> None:
    begun = asked.begin()
    asked.tap(uid)
    assert asked.asked(begun["ticket"]) == {"signed_in": False}
    assert asked.counter.clerk.asked == [uid.ljust(14, "0")], "it was a tap like any other"
    assert asked.noted == []


def test_without_a_browser_waiting_it_is_a_tap(asked: Asked) -> None:
    asked.tap()
    assert asked.counter.clerk.asked == [UID]


def test_during_a_fill_no_card_signs_in(asked: Asked) -> None:
    asked.counter.open()
    begun = asked.begin()
    asked.tap("04D4")
    assert asked.asked(begun["ticket"]) == {"signed_in": False}


def test_it_waits_a_minute(asked: Asked) -> None:
    begun = asked.begin()
    asked.counter.run(WAITING_S + 1)
    assert asked.signing_in.pairing(1) is None
    assert asked.asked(begun["ticket"]) is None
    asked.tap()
    assert asked.noted == []


def test_one_browser_at_a_time(asked: Asked) -> None:
    begun = asked.begin()
    assert "another browser" in (asked.sign_in(BeginSignIn(1, "192.168.1.6")).refused or "")
    again = asked.begin()
    assert asked.asked(begun["ticket"]) is None, "begun anew by the same one"
    assert asked.asked(again["ticket"]) == {"signed_in": False}
    assert asked.sign_in(BeginSignIn(2, "x")).refused == "pump 2: expected one of 1"


def test_codes_and_lock_outs_are_on_record(asked: Asked) -> None:
    assert asked.sign_in(NoteSignIn("Ama Nalle", "192.168.1.5")).done
    assert asked.sign_in(NoteLockOut("192.168.1.9", "", 5, 60)).done
    assert asked.noted == [
        ConsoleSignedIn(by="Ama Nalle", how="code", pump=None, source="192.168.1.5"),
        ConsoleLocked(source="192.168.1.9", name="", failures=5, seconds=60),
    ]
    for fact in asked.noted:
        assert msgspec.convert(msgspec.to_builtins(fact), type(fact)) == fact
