"""The vehicle at a pump: what is free in its tank, and what the dispenser goes on showing."""

from gateway.demo.page.tanks import Tanks


def test_a_vehicle_comes_fills_and_leaves() -> None:
    tanks = Tanks()
    assert tanks.free_ml(1, 500) is None
    tanks.lift(1, 500)  # nobody is there
    assert tanks.shown_ml(1, 900) == 0
    tanks.arrive(1, 3_000)
    tanks.lift(1, 1_000)
    assert tanks.free_ml(1, 1_000) == 3_000
    tanks.lift(1, 1_500)  # it is up already
    assert (tanks.free_ml(1, 2_200), tanks.filled_ml(1, 2_200)) == (1_800, 1_200)
    tanks.arrive(1, 99_000)  # a second card during the fill brings no second vehicle
    assert tanks.free_ml(1, 4_000) == 0
    tanks.leave(1, 4_000)
    assert (tanks.free_ml(1, 4_000), tanks.shown_ml(1, 4_000)) == (None, 3_000)
    tanks.arrive(1, 2_000)
    tanks.lift(1, 4_000)
    assert (tanks.shown_ml(1, 4_000), tanks.free_ml(2, 0)) == (0, None)
