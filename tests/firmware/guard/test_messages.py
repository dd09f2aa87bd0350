from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.guard.codec import BadMessage, Lags, Messages, Number, Word, read, text
from firmware.guard.messages import COUNT_MAX, NUMBER_32, TO_CHIP, TO_HOST
from firmware.guard.orders import fields_of, stops_of
from firmware.guard.protocol import LINE_MAX, frame
from firmware.guard.stops import MAX_LAG_US, MAX_RATE_MHZ, Stops

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-"
ALL = [(way, verb) for way in (TO_CHIP, TO_HOST) for verb in way]


def values(kind: Any) -> st.SearchStrategy[Any]:
    if isinstance(kind, Number):
        return st.integers(kind.least, kind.most)
    if isinstance(kind, Lags):
        return st.lists(
            st.tuples(st.integers(0, NUMBER_32), st.integers(0, NUMBER_32)), max_size=6
        ).map(tuple)
    if kind.choices:
        return st.sampled_from(kind.choices)
    return st.text(LETTERS, min_size=int(kind.absent is None), max_size=kind.most)


@given(st.sampled_from(ALL), st.data())
def test_what_is_written_is_read_back(of: tuple[Messages, str], data: st.DataObject) -> None:
    messages, verb = of
    fields = {key: data.draw(values(kind)) for key, kind in messages[verb]}
    written = text(messages, verb, fields)
    assert read(messages, written) == (verb, fields)


@pytest.mark.parametrize(("messages", "verb"), ALL, ids=lambda value: str(value)[:12])
def test_the_longest_of_each_fits_on_a_line(messages: Messages, verb: str) -> None:
    fields: dict[str, Any] = {}
    for key, kind in messages[verb]:
        if isinstance(kind, Number):
            fields[key] = kind.most
        elif isinstance(kind, Lags):
            fields[key] = ((MAX_RATE_MHZ, MAX_LAG_US),) * 6
        else:
            fields[key] = max(kind.choices, key=len) if kind.choices else "x" * kind.most
    if verb == "file":  # its operations use different fields
        for used in (("op", "at", "data"), ("op", "name", "size", "sha"), ("op", "n", "sha")):
            frame(65535, text(messages, verb, {key: fields[key] for key in used}))
        return
    assert len(frame(65535, text(messages, verb, fields))) <= LINE_MAX


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=LINE_MAX))
def test_any_text_is_read_or_refused(line: str) -> None:
    for messages in (TO_CHIP, TO_HOST):
        verb, fields = read_or_refused(messages, line)
        if verb == "refused":
            assert text(TO_HOST, "no", {"re": 0} | fields)
        else:
            assert list(fields) == [key for key, _ in messages[verb]]


def read_or_refused(messages: Messages, line: str) -> tuple[str, dict[str, Any]]:
    try:
        return read(messages, line)
    except BadMessage as error:
        return "refused", {"why": str(error)}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "unknown-verb"),
        ("open p=1", "unknown-verb"),
        ("shut", "missing-p"),
        ("shut p=", "bad-p"),
        ("shut p", "bad-p"),
        ("shut p=0", "bad-p"),
        ("shut p=3", "bad-p"),
        ("shut p=-1", "bad-p"),
        ("shut p=--1", "bad-p"),
        ("shut p=01", "bad-p"),
        ("shut p=+1", "bad-p"),
        ("shut p=1_0", "bad-p"),
        ("shut p=" + "9" * 200, "bad-p"),
        ("shut p=1 p=1", "field-twice"),
        ("shut p=1 q=1", "unknown-field"),
        ("shut p=1 ", "unknown-field"),
        ("shut  p=1", "unknown-field"),
        ("setup p=1 kind=b gap=0", "bad-kind"),
        ("setup p=1 kind= gap=0", "bad-kind"),
        ("witness inc=a/b seq=0 hash=0 hwm=0", "bad-inc"),
        ("witness inc= seq=0 hash=0 hwm=0", "bad-inc"),
        ("witness inc=a seq=0 hash= hwm=0", "bad-hash"),
        ("witness inc=" + "a" * 65 + " seq=0 hash=0 hwm=0", "bad-inc"),
        ("witness inc=a seq=0 hash=" + "a" * 17 + " hwm=0", "bad-hash"),
        ("raise p=1 s=1 lim=5 lags=1", "bad-lags"),
        ("raise p=1 s=1 lim=5 lags=1:2:3", "bad-lags"),
        ("raise p=1 s=1 lim=5 lags=1:-2", "bad-lags"),
        ("raise p=1 s=1 lim=5 lags=" + ",".join(["1:2"] * 7), "bad-lags"),
        (f"raise p=1 s=1 lim={COUNT_MAX + 1}", "bad-lim"),
        ("arm p=1 s=1 lim=5 lease=99", "bad-lease"),
        ("arm p=1 s=1 lim=5 lease=1001", "bad-lease"),
        ("arm p=1 s=0 lim=5", "bad-s"),
        ("hello v=1 host=0", "bad-host"),
    ],
)
def test_what_is_out_of_bounds_is_refused_by_name(line: str, why: str) -> None:
    with pytest.raises(BadMessage, match=f"^{why}$"):
        read(TO_CHIP, line)


@pytest.mark.parametrize(
    ("verb", "fields", "why"),
    [
        ("open", {}, "unknown-verb"),
        ("shut", {}, "missing-p"),
        ("shut", {"p": 1, "q": 1}, "unknown-q"),
        ("shut", {"p": 3}, "bad-p"),
        ("raise", {"p": 1, "s": 1, "lim": 0}, "bad-lim"),
        ("raise", {"p": 1, "s": 1, "lim": 1, "lags": ((1, 1),) * 7}, "bad-lags"),
        ("raise", {"p": 1, "s": 1, "lim": 1, "lags": ((1, -1),)}, "bad-lags"),
        ("setup", {"p": 1, "kind": "b", "gap": 0}, "bad-kind"),
        ("file", {"op": "open", "name": "a b"}, "bad-name"),
    ],
)
def test_the_sender_refuses_it_too(verb: str, fields: dict[str, Any], why: str) -> None:
    with pytest.raises(BadMessage, match=f"^{why}$"):
        text(TO_CHIP, verb, fields)


def test_what_is_left_out_is_what_it_is_without() -> None:
    assert text(TO_CHIP, "renew", {"s1": 0, "s2": 4}) == "renew s2=4"
    assert read(TO_CHIP, "renew") == ("renew", {"s1": 0, "s2": 0})
    assert read(TO_CHIP, "arm p=1 s=2 lim=3")[1]["lease"] == 300


def test_a_word_may_be_empty_where_it_may_be_absent_or_that_is_a_choice() -> None:
    assert Word((), "").read("") == ""
    assert Word(("", "a")).read("") == ""
    with pytest.raises(BadMessage, match="bad-inc"):
        read(TO_CHIP, "witness inc= seq=0 hash=0 hwm=0")


def test_stops_go_over_the_wire_whole() -> None:
    for stops in (
        Stops(9),
        Stops(9, 3, 4, 5),
        Stops(9, 3, 4, 5, 8, ((1, 2), (3, 4))),
        Stops(9, dose_pulses=8, lags=((1, 2),)),
    ):
        line = text(TO_CHIP, "raise", {"p": 1, "s": 1} | fields_of(stops))
        again = stops_of(read(TO_CHIP, line)[1])
        assert all(getattr(again, name) == getattr(stops, name) for name in Stops.__slots__)
