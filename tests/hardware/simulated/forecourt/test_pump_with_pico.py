"""What a co-processor adds to a pump: its contact, a slow stage, and A/B lines that turn back."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.hardware.simulated.forecourt.conftest import Bench

MakeBench = Callable[..., "Bench"]
MS = 1_000_000
ML = 1_000_000
NL_PER_PULSE = 10 * ML
FORWARD = [(0, 1), (1, 1), (0, 0), (1, 0)]
"""(channel, level): A leads."""
FAULTS = (
    "channel_a_missing",
    "channel_b_missing",
    "channels_together",
    "pulser_silent",
    "pulser_chatter",
)


def open_both(bench: "Bench") -> None:
    bench.pump.lift()
    bench.pump.squeeze()
    bench.pump.drive_enable(1)
    bench.pump.drive_pico(bench.pump.now_ns, contact=True, slow=False)
    bench.wait(1000)


def shut(bench: "Bench") -> None:
    bench.pump.drive_pico(bench.pump.now_ns, contact=False, slow=False)
    bench.wait(1000)


def turns(bench: "Bench") -> list[tuple[int, int]]:
    """(channel, level) of the co-processor's edges so far."""
    return [(channel, level) for _, channel, level in bench.pump.pico_edges]


def position(edges: list[tuple[int, int]]) -> int:
    """Quarters of a pulse that a quadrature counter has seen."""
    order = [(0, 0), (1, 0), (1, 1), (0, 1)]
    levels, quarters = [0, 0], 0
    for channel, level in edges:
        before = order.index((levels[0], levels[1]))
        levels[channel] = level
        step = (order.index((levels[0], levels[1])) - before) % 4
        assert step in (1, 3)
        quarters += 1 if step == 1 else -1
    return quarters


def test_both_contacts_are_needed(bench: MakeBench) -> None:
    subject = bench(with_pico=True)
    subject.pump.lift()
    subject.pump.squeeze()
    subject.pump.drive_enable(1)
    subject.feed()  # there is no timer to feed
    subject.wait(1000)
    assert (subject.pump.limiter.made, subject.pump.flowing) == (False, False)
    open_both(subject)
    assert subject.pump.flow_ml_per_min == 60_000
    shut(subject)
    assert (subject.pump.enable.made, subject.pump.flowing) == (True, False)


def test_pulses_go_to_the_co_processor_alone(bench: MakeBench) -> None:
    subject = bench(with_pico=True)
    open_both(subject)
    rises = [at for at, _, level in subject.pump.pico_edges if level]
    assert len(rises) == subject.pump.pulses == subject.pump.dispensed_nl // NL_PER_PULSE > 50
    assert subject.pump.pins is not None
    assert subject.edges_of(subject.pump.pins.pulser) == []


@given(st.integers(0, 9))
def test_a_contact_driven_a_while_ago_ends_flow_as_one_driven_then(
    bench: MakeBench, late_ms: int
) -> None:
    ends = []
    for late in (0, late_ms):
        subject = bench(with_pico=True)
        open_both(subject)
        at_ns = subject.pump.now_ns
        subject.wait(late)
        subject.pump.drive_pico(at_ns, contact=False, slow=False)
        subject.wait(2000)
        ends.append((subject.pump.dispensed_nl, subject.pump.pico_edges))
    assert ends[0] == ends[1]


def test_the_slow_stage_slows_and_then_shuts(bench: MakeBench) -> None:
    subject = bench(with_pico=True, flow_ml_per_min=120_000, slow_flow_ml_per_min=6000)
    open_both(subject)
    assert subject.pump.flow_ml_per_min == 120_000
    subject.pump.drive_pico(subject.pump.now_ns, contact=True, slow=True)
    subject.wait(1000)
    assert subject.pump.flow_ml_per_min == 6000
    shut(subject)
    assert subject.pump.flow_ml_per_min == 0


def test_a_valve_of_one_stage_knows_no_slow_flow(bench: MakeBench) -> None:
    subject = bench(with_pico=True)
    open_both(subject)
    subject.pump.drive_pico(subject.pump.now_ns, contact=True, slow=True)
    subject.wait(1000)
    assert subject.pump.flow_ml_per_min == 60_000


def test_two_channels_take_turns(bench: MakeBench) -> None:
    subject = bench(with_pico=True, channels=2)
    open_both(subject)
    shut(subject)
    edges = turns(subject)
    assert len(edges) > 200
    assert edges == (FORWARD * len(edges))[: len(edges)]


def test_what_flows_back_turns_the_channels_back(bench: MakeBench) -> None:
    subject = bench(with_pico=True, channels=2)
    open_both(subject)
    shut(subject)
    forward_nl, before = subject.pump.dispensed_nl, position(turns(subject))
    subject.pump.set_fault("reverse_flow", 6000)
    subject.wait(2000)
    back_nl = forward_nl - subject.pump.dispensed_nl
    assert back_nl == 200 * ML
    assert before - position(turns(subject)) == 80  # quarters of 20 pulses
    subject.wait(60_000)
    assert subject.pump.dispensed_nl == 0
    assert -4 <= position(turns(subject)) <= 0  # the first pulse begins after one pulse's volume


def test_a_missing_channel_is_silent_and_the_other_is_not(bench: MakeBench) -> None:
    for name, left in (("channel_a_missing", 1), ("channel_b_missing", 0)):
        subject = bench(with_pico=True, channels=2)
        subject.pump.set_fault(name, 1)
        open_both(subject)
        assert {channel for channel, _ in turns(subject)} == {left}


def test_channels_that_turn_together_do_not_take_turns(bench: MakeBench) -> None:
    subject = bench(with_pico=True, channels=2)
    subject.pump.set_fault("channels_together", 1)
    open_both(subject)
    edges = subject.pump.pico_edges
    assert len(edges) > 100
    assert all(first[0] == second[0] for first, second in zip(edges[::2], edges[1::2], strict=True))


@given(
    st.lists(
        st.tuples(st.sampled_from([*FAULTS, "reverse_flow", "open", "shut"]), st.integers(0, 900)),
        max_size=8,
    ),
    st.lists(st.integers(1, 200 * MS), max_size=5),
    st.sampled_from([1, 2]),
)
def test_steps_change_nothing(
    bench: MakeBench, story: list[tuple[str, int]], cuts: list[int], channels: int
) -> None:
    def play(subject: "Bench", cuts: list[int]) -> None:
        open_both(subject)
        for name, then_ms in story:
            if name in ("open", "shut"):
                subject.pump.drive_pico(subject.pump.now_ns, contact=name == "open", slow=False)
            else:
                broken = name in subject.pump.faults
                subject.pump.set_fault(name, None if broken else 6000)
            end_ns = subject.pump.now_ns + then_ms * MS
            for cut_ns in cuts:
                subject.to(min(end_ns, subject.pump.now_ns + cut_ns))
            subject.to(end_ns)

    whole, cut = (bench(with_pico=True, channels=channels) for _ in range(2))
    play(whole, [])
    play(cut, cuts)
    assert cut.pump.dispensed_nl == whole.pump.dispensed_nl
    assert cut.pump.pico_edges == whole.pump.pico_edges
