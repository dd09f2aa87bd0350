"""A vehicle that takes more than it uses to is named, by its own history alone."""

import pytest

from mqtt.central.consumption import LEAST, Fill, unusual

TANK_ML = 45_000


def fills(*steps: tuple[int, int | None], unit: str = "km") -> list[Fill]:
    """Each a volume and what the meter moved since the fill before; None: not read."""
    found, reading = [], 100_000
    for number, (volume_ml, moved) in enumerate(steps):
        reading += moved or 0
        read = None if moved is None else reading
        found.append(Fill(("g", "0" * 16, number), f"{number:04}", volume_ml, read, unit))
    return found


def odd(*steps: tuple[int, int | None]) -> list[tuple[int, int, int]]:
    """Number of the fill, ml, distance."""
    return [
        (one.entry[2], one.volume_ml, one.distance)
        for one in unusual("dh-1", TANK_ML, fills(*steps))
    ]


USUAL: list[tuple[int, int | None]] = [(40_000, 0), *[(40_000, 400)] * LEAST]
"""100 ml a kilometre, four times."""


@pytest.mark.parametrize(("volume_ml", "named"), [(53_333, False), (53_334, True)])
def test_more_than_a_third_above_the_usual_is_named(volume_ml: int, *, named: bool) -> None:
    assert bool(odd(*USUAL, (volume_ml, 400))) == named


def test_it_says_what_and_against_what() -> None:
    (one,) = unusual("dh-1", TANK_ML, fills(*USUAL, (60_000, 400)))
    assert (one.volume_ml, one.distance, one.usual_ml) == (60_000, 400, 40_000)
    assert one.unit == "km"


def test_a_short_history_names_nobody() -> None:
    assert odd(*USUAL[:-1], (90_000, 400)) == []


def test_one_odd_fill_does_not_hide_the_next_nor_shift_the_usual() -> None:
    found = odd(*USUAL, (90_000, 400), (90_000, 400), (40_000, 400))
    assert [number for number, *_ in found] == [5, 6]


def test_who_always_varies_is_not_odd_where_another_is() -> None:
    varied = [(40_000, 0), (20_000, 400), (60_000, 400), (30_000, 400), (50_000, 400)]
    assert odd(*varied, (70_000, 400)) == []


def test_fills_that_were_not_read_count_to_the_next_that_was() -> None:
    assert odd(*USUAL, (20_000, None), (20_000, 400)) == []
    assert odd(*USUAL, (40_000, None), (40_000, 400)) == [(6, 80_000, 400)]


def test_a_meter_that_stands_still_while_more_than_a_tank_goes_in() -> None:
    assert odd((40_000, 0), (45_000, 0)) == []
    assert odd((40_000, 0), (30_000, 0), (15_001, 0)) == [(2, 45_001, 0)]


def test_another_meter_begins_anew() -> None:
    assert odd(*USUAL, (400_000, -90_000), (40_000, 400)) == []
    mixed = [*fills(*USUAL), *fills((400_000, 400), unit="h/10")]
    assert list(unusual("dh-1", TANK_ML, mixed)) == []
