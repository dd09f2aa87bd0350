"""A third party's bill against what was declared: whatever differs is listed, whatever is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtt.central.invoices import (
    MOST_BYTES,
    MOST_LINES,
    Billed,
    Declared,
    InvoiceRefused,
    compare,
    counts,
    read_invoice,
)

JULY = "2026-07"


def bill(*lines: str, head: str = "receipt,litres") -> bytes:
    return "\n".join([head, *lines]).encode()


def said(receipt: str, ml: int = 20_000, month: str = JULY, gateway: str = "depot-1") -> Declared:
    return Declared(receipt, ml, month, gateway, f"{'0' * 16}-1", "dh-1-a")


def unfit(billed: bytes, *declared: Declared) -> list[tuple[str, str]]:
    return [(one.why, one.receipt_no) for one in compare(read_invoice(billed), declared, JULY)]


@pytest.mark.parametrize(
    "content",
    [
        b"receipt,litres\nA-1,20.5\n",
        b"\xef\xbb\xbfReceipt;Litres\r\na-1;20,5\r\n\r\n",
        b'date,litres,receipt,price\n1 July,"20,50"," A-1 ",12400\n',
        b"litres\treceipt\n20,500\tA-1",
        b"sep=;\r\nReceipt;Litres\r\na-1;20,5\r\n",
        b'receipt,litres,"x;y;z"\nA-1,20.5,q',
    ],
)
def test_the_ways_a_station_writes_the_same(content: bytes) -> None:
    (line,) = read_invoice(content)
    assert (line.receipt_no, line.volume_ml) == ("A-1", 20_500)


def test_a_bill_that_fits_has_nothing_to_list() -> None:
    assert unfit(bill("A-1,20", "A-2,5"), said("A-2", 5_000), said("A-1")) == []


def test_each_way_not_to_fit() -> None:
    billed = bill("A-1,20", "A-1,20", "A-2,20", "A-3,20.01", "A-4,20", "A-5,20")
    declared = [
        said("A-1"),
        said("A-3"),
        said("A-4"),
        said("A-4", gateway="depot-2"),
        said("A-5", month="2026-06"),
        said("A-6"),
        said("A-7", month="2026-06"),
    ]
    assert unfit(billed, *declared) == [
        ("litres", "A-3"),
        ("missing_here", "A-2"),
        ("missing_there", "A-6"),
        ("other_month", "A-5"),
        ("twice_here", "A-4"),
        ("twice_there", "A-1"),
    ]


RECEIPTS = st.sampled_from([f"R{number}" for number in range(6)])
VOLUMES = st.sampled_from([5_000, 7_500])


@given(
    st.lists(st.builds(Billed, RECEIPTS, VOLUMES, st.integers(2, 99))),
    st.lists(st.builds(said, RECEIPTS, VOLUMES, st.sampled_from([JULY, "2026-06"]))),
)
def test_what_is_not_listed_is_on_both_sides_once_with_the_same_litres(
    billed: list[Billed], declared: list[Declared]
) -> None:
    listed = compare(billed, declared, JULY)
    odd = {one.receipt_no for one in listed}
    theirs = {(one.receipt_no, one.volume_ml) for one in billed if one.receipt_no not in odd}
    ours = [one for one in declared if one.receipt_no not in odd and one.month == JULY]
    assert theirs == {(one.receipt_no, one.volume_ml) for one in ours}
    assert len(theirs) == len(ours)
    assert sum(counts(listed).values()) == len(listed)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "one column receipt"),
        (b"receipt,litres\n", "expected a line for each sale"),
        (b"number,litres\nA-1,2\n", "one column receipt"),
        (b"receipt,receipt,litres\nA,B,2\n", "one column receipt"),
        (b"receipt,litres\nA-1,20,5\n", "line 2: expected 2 cells, found 3"),
        (b"receipt,litres\nA-1\n", "line 2: expected 2 cells, found 1"),
        (b"receipt,litres\n=HYPERLINK(1),2\n", "line 2: expected a receipt"),
        (b"receipt,litres\n" + b"9" * 41 + b",2\n", "line 2: expected a receipt"),
        (b"receipt,litres\n" + "A\u202e1,2".encode() + b"\n", "line 2: expected a receipt"),
        (b"receipt,litres\nA-1,-2\n", "line 2: expected litres"),
        (b"receipt,litres\nA-1,0\n", "line 2: expected litres"),
        (b"receipt,litres\nA-1,1e9\n", "line 2: expected litres"),
        (b"receipt,litres\nA-1,1.000.5\n", "line 2: expected litres"),
        (b"receipt,litres\nA-1,1.0001\n", "line 2: expected litres"),
        (b"receipt,litres\nA-1,1.000\n", "line 2: '1.000' may be thousands"),
        (b"sep=;\nreceipt;litres\nA-1;1.250\n", "line 3: '1.250' may be thousands"),
        (b"receipt,litres\nA-1,100001\n", "line 2: expected litres"),
        (b"receipt,litres\nA-1," + b"9" * 150 + b"\n", "line 2: expected litres"),
        ("receipt,litres\nA-1,٣".encode(), "line 2: expected litres"),
        (b"receipt,litres\nA-1,2\x00\n", "a zero byte"),
        (b"receipt,litres\nA-\xff,2\n", "expected UTF-8"),
        (b'receipt,litres\n"A-1,2\n', "expected CSV"),
        (b"receipt,litres\nA-1," + b"2" * 201 + b"\n", "at most 200 characters"),
        (b"receipt,litres\n" + b"A-1,2\n" * MOST_LINES, f"at most {MOST_LINES} lines"),
        (b"x" * (MOST_BYTES + 1), f"at most {MOST_BYTES}"),
    ],
    ids=range(25),
)
def test_what_is_no_invoice_is_refused_with_its_line(content: bytes, why: str) -> None:
    with pytest.raises(InvoiceRefused, match=why.replace("(", r"\(")) as refused:
        read_invoice(content)
    assert len(str(refused.value)) < 300
    assert str(refused.value).isprintable()


@given(st.binary(max_size=300))
def test_any_bytes_are_an_invoice_or_refused(content: bytes) -> None:
    try:
        billed = read_invoice(b"receipt,litres\n" + content)
    except InvoiceRefused:
        return
    assert all(line.volume_ml > 0 and line.receipt_no for line in billed)


def test_a_receipt_is_the_same_however_its_groups_are_divided() -> None:
    assert unfit(bill("A1,20", "b 2,5"), said("B-2", 5_000), said("A-1")) == []
    assert unfit(bill("A-1,20", "A1,20"), said("A/1")) == [("twice_there", "A1")]
