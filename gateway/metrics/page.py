"""docs/OPERATION.md's table of metrics, made of the metrics themselves."""

from collections.abc import Iterator

from gateway.metrics.collector import PROMPTNESS, UP
from gateway.metrics.table import METRICS


def table() -> str:
    """As Markdown."""
    return "\n".join(["| metric | kind | labels | |", "|---|---|---|---|", *_rows()])


def _rows() -> Iterator[str]:
    yield _row(UP[0], "gauge", (), UP[1])
    for metric in METRICS:
        yield _row(metric.name, metric.kind, metric.labels, metric.help)
    yield _row(PROMPTNESS[0], "histogram", ("pump",), PROMPTNESS[1])


def _row(name: str, kind: str, labels: tuple[str, ...], words: str) -> str:
    return f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in labels)} | {words} |"
