"""A busy gateway's state, and what Prometheus reads of it."""

import re
from collections import defaultdict
from functools import cache

from prometheus_client.parser import text_string_to_metric_families

from gateway.core.reasons import Fault, Reason
from gateway.metrics.serving import text
from gateway.runtime.counts import PumpCounts
from gateway.runtime.status import Snapshot
from gateway.runtime.surroundings import Surroundings
from tests.gateway.runtime.snapshots import pump, snapshot

GATEWAY = "kupang-01"


def busy(pumps: int = 1) -> Snapshot:
    """Everything that can be told is."""
    return snapshot(
        blocked="storage_full",
        told="2026-11-22T03:00:00.000Z",
        head=47,
        boot=12,
        silent_s=75,
        undeclared=2,
        pumps=[
            pump(pump=number, state="faulted", fault="reader_silent", alarm="totaliser_drifted")
            for number in range(1, pumps + 1)
        ],
        counts=[
            PumpCounts(
                pump=number,
                fills=3,
                volume_ml=61_500,
                unauthorised_ml=250,
                bypassed_ml=10_000,
                refusals={code.value: 9_999_999 for code in Reason},
                faults={fault.value: 9_999_999 for fault in Fault},
                reader_errors=4,
                answers=[5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 1],
                answers_us=12_345_678,
            )
            for number in range(1, pumps + 1)
        ],
        surroundings=Surroundings(
            temperature_milli_c=61_234,
            under_voltage=True,
            time_source="rtc",
            free_bytes=1_000_000,
            certificate_until="2027-01-01T00:00:00.000Z",
        ),
    )


def read(state: Snapshot | None) -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    """By sample's name: its labels without `gateway`, and its value."""
    samples: dict[str, dict[frozenset[tuple[str, str]], float]] = defaultdict(dict)
    for family in text_string_to_metric_families(text(GATEWAY, state)):
        for sample in family.samples:
            labels = dict(sample.labels)
            assert labels.pop("gateway") == GATEWAY
            samples[sample.name][frozenset(labels.items())] = sample.value
    return samples


@cache
def read_busy() -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    return read(busy())


def labels_of(name: str) -> set[str]:
    """Of a sample; none where there is no such."""
    samples = read_busy().get(name, {})
    return {label for key in samples for label, _ in key} | {"gateway"} if samples else set()


def asks_for_nothing_else(expression: str) -> set[str]:
    """A query names metrics that are told, and labels that they have; those left in its result."""
    names = re.findall(r"\btakar_[a-z_]+", expression)
    assert names
    known = set.union(*map(labels_of, names))
    assert all(map(labels_of, names)), f"no such metric: {expression}"
    for name, matchers in re.findall(r"\b(takar_[a-z_]+){([^}]*)}", expression):
        assert set(re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"', matchers)) <= labels_of(name)
    grouped = re.search(r"by \(([^)]*)\)", expression)
    kept = set(re.split(r",\s*", grouped[1])) if grouped else known
    assert kept <= known
    assert expression.count("(") == expression.count(")")
    return kept
