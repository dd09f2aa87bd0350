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
    ConfirmSignIn,
    NoteLockOut,
    NoteSignIn,
    StopPump,
)
from gateway.runtime.signing_in import TYPING_S, WAITING_S, SigningIn
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

    def confirm(
        self, ticket: str, digits: str | None = None, source: str = "192.168.1.5"
    ) -> Answer:
        """With what the pump shows, unless told otherwise."""
        shown = digits or self.signing_in.pairing(1) or ""
        return self.sign_in(ConfirmSignIn(ticket, source, shown))

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


def test_a_persons_card_and_the_digits_at_the_pump_sign_in_once(asked: Asked) -> None:
    begun = asked.begin()
    assert asked.signing_in.waits(1)
    assert asked.signing_in.pairing(1) is None, "nothing to read before the tap"
    assert asked.asked(begun["ticket"]) == {"tapped": False}
    asked.tap(UID)
    assert asked.counter.clerk.asked == [], "an attendant's card is no tap then"
    assert asked.asked(begun["ticket"]) == {"tapped": True}
    assert asked.noted == [], "the tap alone signs nobody in"
    assert asked.confirm(begun["ticket"]).done == {"by": "ama", "kind": "attendant"}
    assert asked.signing_in.pairing(1) is None
    assert asked.confirm(begun["ticket"], "000000").code == "sign_in_over", "only once"
    assert asked.noted == [ConsoleSignedIn(by="ama", how="card", pump=1, source="192.168.1.5")]


def test_a_supervisors_card_does_its_own_work_whoever_waits(asked: Asked) -> None:
    begun = asked.begin("192.168.1.66")
    asked.tap("04D4")
    assert asked.counter.clerk.asked == ["04D4".ljust(14, "0")], "not swallowed"
    assert asked.noted == []
    digits = asked.signing_in.pairing(1) or ""
    wrong = f"{(int(digits) + 1) % 1_000_000:06}"
    first = asked.confirm(begun["ticket"], wrong, "192.168.1.66")
    assert (first.code, first.values) == ("digits_wrong", {"tries": 1})
    second = asked.confirm(begun["ticket"], wrong, "192.168.1.66")
    assert (second.code, second.values) == ("digits_wrong", {"tries": 0})
    third = asked.confirm(begun["ticket"], digits, "192.168.1.66")
    assert third.code == "sign_in_over", "two mistakes end it, whatever comes then"
    assert asked.noted == []


def test_who_stands_there_signs_in_with_a_supervisors_card_too(asked: Asked) -> None:
    begun = asked.begin()
    asked.tap("04D4")
    assert asked.confirm(begun["ticket"]).done == {"by": "rote", "kind": "supervisor"}


def test_the_digits_are_good_for_the_browser_that_began_and_for_half_a_minute(asked: Asked) -> None:
    begun = asked.begin()
    asked.tap(UID)
    digits = asked.signing_in.pairing(1) or ""
    assert asked.confirm(begun["ticket"], digits, "192.168.1.66").code == "sign_in_over"
    assert asked.confirm("0" * 32, digits).code == "sign_in_over"
    asked.counter.run(TYPING_S + 1)
    assert asked.signing_in.pairing(1) is None
    assert asked.confirm(begun["ticket"], digits).code == "sign_in_over"
    assert asked.noted == []


def test_the_digits_are_others_each_time(asked: Asked) -> None:
    seen = set()
    for _ in range(4):
        asked.begin()
        asked.tap(UID)
        seen.add(asked.signing_in.pairing(1))
    assert len(seen) > 1
    assert None not in seen


@pytest.mark.parametrize("uid", ["04D1", "04D2", "04D3"])
def test_no_other_card_signs_in(asked: Asked, uid: str) -> None:
    begun = asked.begin()
    asked.tap(uid)
    assert asked.asked(begun["ticket"]) == {"tapped": False}
    assert asked.counter.clerk.asked == [uid.ljust(14, "0")], "it was a tap like any other"
    assert asked.noted == []


def test_without_a_browser_waiting_it_is_a_tap(asked: Asked) -> None:
    asked.tap()
    assert asked.counter.clerk.asked == [UID]


def test_during_a_fill_no_card_signs_in(asked: Asked) -> None:
    asked.counter.open()
    begun = asked.begin()
    asked.tap("04D4")
    assert asked.asked(begun["ticket"]) == {"tapped": False}


def test_it_waits_a_minute(asked: Asked) -> None:
    begun = asked.begin()
    asked.counter.run(WAITING_S + 1)
    assert not asked.signing_in.waits(1)
    assert asked.asked(begun["ticket"]) is None
    asked.tap()
    assert asked.noted == []


def test_one_browser_at_a_time(asked: Asked) -> None:
    begun = asked.begin()
    assert "another browser" in (asked.sign_in(BeginSignIn(1, "192.168.1.6")).refused or "")
    again = asked.begin()
    assert asked.asked(begun["ticket"]) is None, "begun anew by the same one"
    assert asked.asked(again["ticket"]) == {"tapped": False}
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
