"""Numbers and times as people write them, and those that may mean two things."""

from zoneinfo import ZoneInfo

import pytest

from gateway.console import entered
from gateway.console.entered import Mistaken

WITA = ZoneInfo("Asia/Makassar")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("20", "id", 20_000),
        ("12,5", "id", 12_500),
        ("12.5", "id", 12_500),
        ("12,345", "id", 12_345),
        ("20,00 L", "id", 20_000),
        ("12.345", "en", 12_345),
        ("0,001", "id", 1),
    ],
)
def test_litres(text: str, language: str, expected: int) -> None:
    assert entered.volume_ml(text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("1.000", "id", "litres_doubtful"),
        ("1,000", "en", "litres_doubtful"),
        ("1.000,5", "id", "litres_wrong"),
        ("-3", "id", "litres_wrong"),
        ("1e3", "id", "litres_wrong"),
        ("٣", "id", "litres_wrong"),
        ("12,3456", "id", "litres_wrong"),
        ("9999999", "id", "litres_wrong"),
    ],
)
def test_litres_that_are_none_or_two(text: str, language: str, code: str) -> None:
    with pytest.raises(Mistaken) as mistaken:
        entered.volume_ml(text, language)
    assert mistaken.value.code == code


@pytest.mark.parametrize("text", ["100000", "100.000", "100,000", "Rp 100.000", "rp100000"])
def test_rupiah(text: str) -> None:
    assert entered.amount_idr(text) == 100_000


@pytest.mark.parametrize("text", ["100.00", "1.000,000", "-1", "Rp", "1 000"])
def test_no_rupiah(text: str) -> None:
    with pytest.raises(Mistaken):
        entered.amount_idr(text)


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("120500", "km", 120_500),
        ("120.500", "km", 120_500),
        ("1.120.500", "km", 1_120_500),
        ("1234,5", "h/10", 12_345),
        ("1234.5", "h/10", 12_345),
        ("1234", "h/10", 12_340),
    ],
)
def test_readings(text: str, unit: str, expected: int) -> None:
    assert entered.reading(text, unit) == expected


@pytest.mark.parametrize(
    ("text", "unit"), [("12a", "km"), ("12.50", "km"), ("1.2", "km"), ("12,55", "h/10")]
)
def test_no_readings(text: str, unit: str) -> None:
    with pytest.raises(Mistaken) as mistaken:
        entered.reading(text, unit)
    assert mistaken.value.values == {"reading": text}


@pytest.mark.parametrize("text", ["2026-11-20T14:05", "2026-11-20 14:05", "2026-11-20T14:05:00"])
def test_a_moment_is_the_citys(text: str) -> None:
    assert entered.moment(text, WITA) == "2026-11-20T06:05:00.000Z"


@pytest.mark.parametrize(
    "text", ["", "2026-02-30T10:00", "20-11-2026 10:00", "2026-11-20T24:01", "0001-01-01T00:00"]
)
def test_no_moments(text: str) -> None:
    with pytest.raises(Mistaken):
        entered.moment(text, WITA)


@pytest.mark.parametrize("text", ["a-0001", " A 0001 ", "A/0001", "a--0001"])
def test_a_papers_number_is_written_in_one_way(text: str) -> None:
    assert entered.number(text) == "A-0001"
