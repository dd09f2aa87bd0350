"""What Prometheus is told, of a busy gateway and of a silent one."""

import re
import tempfile
from pathlib import Path

import msgspec

from gateway.core.reasons import Reason
from gateway.metrics.collector import PROMPTNESS, UP
from gateway.metrics.serving import ask
from gateway.metrics.table import METRICS
from gateway.runtime.status import Snapshot, StatusServer
from tests.gateway.metrics.readings import busy, read
from tests.gateway.runtime.snapshots import snapshot


def labels(**given: str) -> frozenset[tuple[str, str]]:
    return frozenset(given.items())


def test_a_busy_gateway() -> None:
    told = read(busy())
    assert told["takar_gateway_up"] == {labels(): 1}
    assert told["takar_sales_blocked"] == {labels(code="storage_full"): 1}
    assert told["takar_unacknowledged_entries"] == {labels(): 40}
    assert told["takar_allocation_age_seconds"] == {labels(): 3600}
    assert told["takar_gateway_boots_total"] == {labels(): 12}
    assert told["takar_board_temperature_celsius"] == {labels(): 61.234}
    assert told["takar_board_under_voltage"] == {labels(): 1}
    assert told["takar_certificate_expiry_timestamp_seconds"] == {labels(): 1_798_761_600}
    states = told["takar_pump_state"]
    assert states[labels(pump="1", state="faulted")] == 1
    assert sum(states.values()) == 1
    assert told["takar_pump_faulted"] == {labels(pump="1", fault="reader_silent"): 1}
    assert told["takar_sold_litres_total"] == {labels(pump="1", product="pertamax"): 61.5}
    assert len(told["takar_refusals_total"]) == len(Reason)


def test_a_tap_is_in_the_bucket_of_its_answer_and_in_all_above() -> None:
    told = read(busy())
    by_bound = {
        dict(key)["le"]: value
        for key, value in told["takar_tap_to_decision_seconds_bucket"].items()
    }
    assert (by_bound["0.01"], by_bound["0.1"], by_bound["10.0"], by_bound["+Inf"]) == (
        5,
        14,
        15,
        16,
    )
    assert told["takar_tap_to_decision_seconds_count"] == {labels(pump="1"): 16}
    assert told["takar_tap_to_decision_seconds_sum"] == {labels(pump="1"): 12.345678}


def test_nothing_wrong_is_a_series_too() -> None:
    told = read(snapshot())
    assert told["takar_sales_blocked"] == {labels(code="none"): 0}
    assert told["takar_pump_faulted"] == {labels(pump="1", fault="none"): 0}
    assert told["takar_reader_errors_total"] == {labels(pump="1"): 0}
    assert "takar_board_temperature_celsius" not in told, "unknown is not zero"


def test_what_a_silent_gateway_said_last_no_longer_holds() -> None:
    assert dict(read(None)) == {"takar_gateway_up": {labels(): 0}}


def test_names_follow_the_conventions() -> None:
    for name, kind in [(each.name, each.kind) for each in METRICS] + [(UP[0], "gauge")]:
        assert re.fullmatch(r"takar(_[a-z]+)+", name)
        assert name.endswith("_total") == (kind == "counter")
        assert not re.search(r"_(ms|minutes|days|ml|kb|mb)(_|$)", name), "base units only"
    assert PROMPTNESS[0].endswith("_seconds")


def test_the_state_is_bounded_whatever_happened() -> None:
    assert len(msgspec.json.encode(busy(pumps=4))) < 16_384


def test_a_person_is_told_what_the_gateway_says_now() -> None:
    with tempfile.TemporaryDirectory(prefix="takar-") as folder:
        path = Path(folder) / "gateway.sock"
        assert ask(path) is None
        server = StatusServer(path)
        try:
            server.publish(busy())
            said = ask(path)
        finally:
            server.close()
    assert isinstance(said, Snapshot)
    assert (said.head, said.counts[0].fills) == (47, 3)


def test_a_gateway_of_a_version_before_tells_no_counts() -> None:
    told = read(msgspec.structs.replace(busy(), counts=[]))
    assert told["takar_fills_total"] == {labels(pump="1", product="pertamax"): 0}
