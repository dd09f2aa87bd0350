"""A stretch of flow: its integral and the instants at which it reaches a volume."""

from hypothesis import given
from hypothesis import strategies as st

from hardware.simulated.forecourt.flow import NS_PER_MIN, Segment

RATES = st.integers(0, 240_000_000_000)
SPANS = st.integers(1, 2_000_000_000)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    rate = draw(RATES)
    change = draw(st.one_of(st.just(0), RATES.map(lambda end: end - rate)))
    return Segment(draw(st.integers(0, 10**15)), draw(st.integers(0, 10**15)), rate, change,
                   draw(SPANS))  # fmt: skip


@given(segments(), st.data())
def test_the_integral_never_falls(segment: Segment, data: st.DataObject) -> None:
    earlier = segment.start_ns + data.draw(st.integers(0, segment.span_ns))
    later = data.draw(st.integers(earlier, segment.start_ns + segment.span_ns))
    assert segment.volume_nl <= segment.volume_at(earlier) <= segment.volume_at(later)


@given(segments(), st.data())
def test_when_is_the_first_nanosecond_at_which_the_volume_is_reached(
    segment: Segment, data: st.DataObject
) -> None:
    end_nl = segment.volume_at(segment.start_ns + segment.span_ns)
    volume_nl = data.draw(st.integers(segment.volume_nl + 1, max(end_nl, segment.volume_nl + 1)))
    at_ns = segment.when(volume_nl)
    if volume_nl > end_nl:
        assert at_ns is None or at_ns > segment.start_ns + segment.span_ns
    else:
        assert at_ns is not None
        assert segment.volume_at(at_ns) >= volume_nl > segment.volume_at(at_ns - 1)


def test_sixty_litres_a_minute_is_one_litre_a_second() -> None:
    segment = Segment(0, 0, 60_000_000_000)
    assert segment.volume_at(1_000_000_000) == 1_000_000_000
    assert segment.when(1_000_000_000) == 1_000_000_000


def test_a_ramp_delivers_half_of_full_flow() -> None:
    ramp = Segment(0, 0, 0, 60_000_000_000, 200_000_000)
    assert ramp.volume_at(200_000_000) == 100_000_000
    assert ramp.rate_at(100_000_000) == 30_000_000_000


def test_no_flow_reaches_nothing() -> None:
    assert Segment(5, 10, 0).when(11) is None
    assert Segment(5, 10, 0).when(10) == 5
    assert Segment(0, 0, NS_PER_MIN, -NS_PER_MIN, 10).when(6) is None
