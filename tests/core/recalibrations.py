"""A change of a pump's ratio, for the tests of what is folded."""

from gateway.core.facts import CalibrationChanged, CanDraw, CounterReading, Ratio

CARD = "04A1B2C3D4E5F6"


def changed(
    count: int = 1, *, pump: int = 1, counter: CounterReading | None = None
) -> CalibrationChanged:
    return CalibrationChanged(
        pump=pump,
        count=count,
        before=Ratio(100, 1),
        after=Ratio(506, 5),
        draws=[CanDraw(2_024, 20_000)] * 3,
        spread_ppm=0,
        error_before_ppm=12_000,
        error_after_ppm=0,
        by=CARD,
        totaliser_ml=10_000,
        counter=counter,
    )
