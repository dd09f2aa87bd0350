"""What a person chooses for the next card: bounds, money, and what nobody comes for."""

import pytest

from gateway.core.events import PresetChosen
from gateway.runtime.choosing import WAITS_NS, Choosing
from gateway.runtime.control import Answer
from gateway.runtime.look_up import LookUp
from gateway.runtime.requests import ChoosePreset
from tests.gateway.runtime.counter import Counter
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import PRICE


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def choosing(office: Office, counter: Counter) -> Choosing:
    books = office.open()
    return Choosing({1: counter.desk}, LookUp(books), books.product, counter.clock)


def chosen(choosing: Choosing, request: ChoosePreset) -> Answer:
    answers: list[Answer] = []
    choosing.take(request, answers.append)
    (answer,) = answers
    return answer


def test_litres_are_for_the_next_card(choosing: Choosing, counter: Counter) -> None:
    done = chosen(choosing, ChoosePreset(1, 3_000)).done
    assert done == {"pump": 1, "volume_ml": 3_000, "amount_idr": 3 * PRICE.price_idr_per_l}
    assert counter.desk.session.preset_ml == 3_000
    counter.authorised()
    assert counter.desk.session.preset_ml is None
    assert counter.clerk.presets == [3_000]
    choosing.turn()


def test_money_buys_at_most_what_it_is_worth(choosing: Choosing, counter: Counter) -> None:
    done = chosen(choosing, ChoosePreset(1, None, 100_000)).done
    assert done is not None
    volume_ml = 100_000 * 1000 // PRICE.price_idr_per_l
    assert (done["volume_ml"], counter.desk.session.preset_ml) == (volume_ml, volume_ml)
    assert int(done["amount_idr"]) <= 100_000


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (ChoosePreset(1, 99), "preset 99 ml: expected 100 to 1000000 ml"),
        (ChoosePreset(1, 1_000_001), "preset 1000001 ml: expected 100 to 1000000 ml"),
        (ChoosePreset(1, None, 1), "preset Rp 1: expected Rp"),
        (ChoosePreset(1, None, 2**53 - 1), "expected Rp"),
        (ChoosePreset(1, 3_000, 100_000), "expected litres or rupiah, found both"),
        (ChoosePreset(2, 3_000), "pump 2: expected one of 1"),
    ],
)
def test_out_of_bounds_it_is_refused_and_nothing_changes(
    choosing: Choosing, counter: Counter, request_: ChoosePreset, words: str
) -> None:
    chosen(choosing, ChoosePreset(1, 500))
    assert words in (chosen(choosing, request_).refused or "")
    assert counter.desk.session.preset_ml == 500


@pytest.mark.parametrize("volume_ml", [100, 1_000_000])
def test_the_bounds_themselves_are_taken(
    choosing: Choosing, counter: Counter, volume_ml: int
) -> None:
    assert chosen(choosing, ChoosePreset(1, volume_ml)).done
    assert counter.desk.session.preset_ml == volume_ml


def test_it_can_be_taken_back(choosing: Choosing, counter: Counter) -> None:
    chosen(choosing, ChoosePreset(1, 500))
    assert chosen(choosing, ChoosePreset(1)).done == {"pump": 1, "volume_ml": 0, "amount_idr": 0}
    assert counter.desk.session.preset_ml is None


def test_what_nobody_comes_for_is_forgotten(choosing: Choosing, counter: Counter) -> None:
    chosen(choosing, ChoosePreset(1, 500))
    counter.clock.now_ns += WAITS_NS
    choosing.turn()
    assert counter.desk.session.preset_ml == 500
    counter.clock.now_ns += 1
    choosing.turn()
    assert counter.desk.session.preset_ml is None


def test_a_later_choice_is_not_forgotten_with_an_earlier_one(
    choosing: Choosing, counter: Counter
) -> None:
    chosen(choosing, ChoosePreset(1, 500))
    counter.desk.take(PresetChosen(None))
    choosing.turn()
    chosen(choosing, ChoosePreset(1, 700))
    counter.clock.now_ns += WAITS_NS
    choosing.turn()
    assert counter.desk.session.preset_ml == 700
