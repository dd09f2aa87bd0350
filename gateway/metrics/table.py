"""Every metric that is made of the gateway's state. docs/OPERATION.md has them as a table."""

from collections.abc import Iterable, Mapping

from gateway.core.session import State
from gateway.core.units import ML_PER_L, NS_PER_S
from gateway.metrics.metric import AtPump, Metric, Sample, gauge, of_pumps
from gateway.runtime.status import Snapshot
from gateway.runtime.wall import utc_ns

NONE = "none"
"""Value of a label where there is nothing to name: the series is there all the time."""


def _one(value: float) -> Iterable[Sample]:
    return [((), value)]


def _by_code(counted: Mapping[str, int]) -> Iterable[Sample]:
    return [((code,), number) for code, number in sorted(counted.items())]


def _named(code: str | None) -> Iterable[Sample]:
    """1 with the code that holds, 0 with `none`."""
    return [((code or NONE,), float(code is not None))]


def _states(at: AtPump) -> Iterable[Sample]:
    return [((state.value,), float(state.value == at.shown.state)) for state in State]


def _seconds(text: str | None) -> float | None:
    """UTC text as seconds since 1970."""
    return None if text is None else utc_ns(text) / NS_PER_S


def _source(state: Snapshot) -> Iterable[Sample]:
    source = state.surroundings.time_source
    return [] if source is None else [((source,), 1.0)]


def _allocation_age(state: Snapshot) -> float | None:
    told = _seconds(state.told)
    return None if told is None else max(0.0, utc_ns(state.time) / NS_PER_S - told)


def _temperature(state: Snapshot) -> float | None:
    milli_c = state.surroundings.temperature_milli_c
    return None if milli_c is None else milli_c / 1000


METRICS = (
    Metric(
        "takar_sales_blocked",
        "gauge",
        "1 while no pump sells, with why.",
        lambda state: _named(state.blocked),
        ("code",),
    ),
    gauge("takar_link_up", "1 while central is connected.", lambda state: state.online),
    gauge(
        "takar_unacknowledged_entries",
        "Entries of the ledger that central has not acknowledged yet.",
        lambda state: state.head - state.acknowledged_through,
    ),
    gauge(
        "takar_central_silence_seconds",
        "Since central last acknowledged an entry or sent a directive. Nothing is sent at rest.",
        lambda state: state.silent_s,
    ),
    gauge(
        "takar_allocation_age_seconds",
        "Since central wrote the newest directive that is in force.",
        _allocation_age,
    ),
    gauge(
        "takar_clock_doubtful",
        "1 while nothing proves the time.",
        lambda state: state.clock == "doubtful",
    ),
    Metric(
        "takar_clock_source",
        "gauge",
        "1 with where the machine's time is from: `ntp`, `rtc` (a clock with a battery) or `none`.",
        _source,
        ("source",),
    ),
    Metric(
        "takar_gateway_boots_total",
        "counter",
        "Starts of the gateway since its ledger began.",
        lambda state: _one(state.boot),
    ),
    Metric(
        "takar_ledger_commits_total",
        "counter",
        "Commits of the ledger since the gateway started.",
        lambda state: _one(state.commits),
    ),
    gauge(
        "takar_undeclared_taps",
        "Taps at third parties' pumps that nobody has declared yet.",
        lambda state: state.undeclared,
    ),
    gauge(
        "takar_disk_free_bytes",
        "On the disk of the state folder.",
        lambda state: state.surroundings.free_bytes,
    ),
    gauge("takar_board_temperature_celsius", "Of the Raspberry Pi's processor.", _temperature),
    gauge(
        "takar_board_under_voltage",
        "1 while the supply is too weak.",
        lambda state: state.surroundings.under_voltage,
    ),
    gauge(
        "takar_certificate_expiry_timestamp_seconds",
        "When the certificate ends by which the broker knows this gateway.",
        lambda state: _seconds(state.surroundings.certificate_until),
    ),
    of_pumps(
        "takar_pump_state", "gauge", "1 for the session's state, 0 for others.", _states, "state"
    ),
    of_pumps(
        "takar_pump_faulted",
        "gauge",
        "1 while the pump has a fault, with which.",
        lambda at: _named(at.shown.fault),
        "fault",
    ),
    of_pumps(
        "takar_pump_alarm",
        "gauge",
        "1 while somebody is to look at the pump, with why.",
        lambda at: _named(at.shown.alarm),
        "alarm",
    ),
    of_pumps(
        "takar_fills_total",
        "counter",
        "Sales in the ledger.",
        lambda at: [((at.shown.product,), at.counts.fills)],
        "product",
    ),
    of_pumps(
        "takar_sold_litres_total",
        "counter",
        "Litres of these sales.",
        lambda at: [((at.shown.product,), at.counts.volume_ml / ML_PER_L)],
        "product",
    ),
    of_pumps(
        "takar_unauthorised_litres_total",
        "counter",
        "Litres that flowed while the valve was shut.",
        lambda at: _one(at.counts.unauthorised_ml / ML_PER_L),
    ),
    of_pumps(
        "takar_bypassed_litres_total",
        "counter",
        "Litres that flowed by the bypass key.",
        lambda at: _one(at.counts.bypassed_ml / ML_PER_L),
    ),
    of_pumps(
        "takar_refusals_total",
        "counter",
        "Cards refused, by reason.",
        lambda at: _by_code(at.counts.refusals),
        "code",
    ),
    of_pumps(
        "takar_faults_total",
        "counter",
        "Faults that began.",
        lambda at: _by_code(at.counts.faults),
        "fault",
    ),
    of_pumps(
        "takar_reader_errors_total",
        "counter",
        "Polls that the card reader did not answer.",
        lambda at: _one(at.counts.reader_errors),
    ),
)
