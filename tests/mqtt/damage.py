"""What an enemy, a worn card or a future version makes of a good message."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

RAW = "\u0001raw:"
"""Begins a text that stands for JSON which `json.dumps` would not write."""
ODD_VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    1,
    2**53 - 1,
    2**53,
    2**64,
    -(2**63),
    0.5,
    1e308,
    "",
    "x" * 5000,
    "gateway-99",
    "\u0000",
    "\ud800",
    "2026-99-99T99:99:99.999Z",
    [],
    {},
    [[[]]],
    {"type": "ledger"},
    RAW + "NaN",
    RAW + "1e999",
    RAW + "9" * 5000,
    RAW + "[" * 3000 + "]" * 3000,
    RAW + '{"a":1,"a":2}',
]


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    found = [at]
    items = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        items = enumerate(value)  # type: ignore[assignment]
    for key, item in items:
        found += paths(item, (*at, key))
    return found


def change(draw: Draw, message: Any) -> bytes:
    """Put an odd value somewhere, take something away, add or repeat something."""
    places = [path for path in paths(message) if path]
    *way, last = draw(st.sampled_from(places))
    target = message
    for key in way:
        target = target[key]
    deed = draw(st.sampled_from(["odd", "odd", "odd", "drop", "add", "repeat"]))
    if deed == "odd":
        target[last] = draw(st.sampled_from(ODD_VALUES))
    elif deed == "drop":
        del target[last]
    elif isinstance(target, dict):
        target[draw(st.sampled_from(["more", "sequence", "kind", "\u00e9"]))] = draw(
            st.sampled_from(ODD_VALUES)
        )
    else:
        target.append(target[last])
    return written(message)


def written(message: Any) -> bytes:
    """As JSON, with what stands for raw JSON put in as it is."""
    text = json.dumps(message)
    for odd in ODD_VALUES:
        if isinstance(odd, str) and odd.startswith(RAW):
            text = text.replace(json.dumps(odd), odd.removeprefix(RAW))
    return text.encode("utf-8", "surrogatepass")


def spoil(draw: Draw, payload: bytes) -> bytes:
    """Cut, flip, insert or fill with noise: what a wire or a bad disk does."""
    at = draw(st.integers(0, max(0, len(payload) - 1)))
    match draw(st.sampled_from(["cut", "flip", "insert", "noise", "twice", "utf16"])):
        case "cut":
            return payload[:at]
        case "flip":
            flipped = payload[at] ^ (1 << draw(st.integers(0, 7)))
            return payload[:at] + bytes([flipped]) + payload[at + 1 :]
        case "insert":
            return payload[:at] + bytes(draw(st.binary(min_size=1, max_size=20))) + payload[at:]
        case "noise":
            noise: bytes = draw(st.binary(max_size=300))
            return noise
        case "twice":
            return payload + payload
        case _:
            return payload.decode("utf-8").encode("utf-16")
