"""Why a request of a person's is refused: a code that pages have words for, beside the English."""

from collections.abc import Iterable
from enum import StrEnum

from gateway.runtime.control import Answer


class Refusal(StrEnum):
    NO_SUCH_PUMP = "no_such_pump"
    NOTHING_TO_STOP = "nothing_to_stop"
    NOT_ASKED = "not_asked"
    """The pump waits for no reading, or for another one than the form was made for."""
    CARD_FIRST = "card_first"
    """No supervisor's card was tapped here in the last minute, or another one than was meant."""
    TEXT_MISSING = "text_missing"
    PLATE_UNKNOWN = "plate_unknown"
    PLATE_DOUBLE = "plate_double"
    VOUCHER_KNOWN = "voucher_known"
    """`entry`: where it was entered before."""
    TIME_WRONG = "time_wrong"
    """`days`: how old it may be."""
    TANK_SMALLER = "tank_smaller"
    """`tank_ml`"""
    NO_PRICE = "no_price"
    NO_DATA = "no_data"
    BOTH_AMOUNTS = "both_amounts"
    LITRES_BOUNDS = "litres_bounds"
    """`least_ml`, `most_ml`"""
    RUPIAH_BOUNDS = "rupiah_bounds"
    """`least_idr`, `most_idr`"""
    SHIFT_OPEN = "shift_open"
    SHIFT_NONE = "shift_none"
    SHIFT_OTHER = "shift_other"
    """`number`: of the one that is open."""
    SALE_CLOSED = "sale_closed"
    """It waits for no declaration."""
    RECEIPT_WRONG = "receipt_wrong"
    RECEIPTS_DIFFER = "receipts_differ"
    """`first`, `second`"""
    LITRES_DIFFER = "litres_differ"
    """`first_ml`, `second_ml`"""
    RECEIPT_KNOWN = "receipt_known"
    """`receipt`, and the `entry` where it was declared before."""
    SIGN_IN_OVER = "sign_in_over"
    """Its minute is over, its digits were mistyped twice, or another browser asks."""
    DIGITS_WRONG = "digits_wrong"
    """`tries` that are left."""
    NOT_WRITTEN = "not_written"


class Refused(Exception):
    """Nothing is changed; the text says what was expected, what was found, what to look at."""

    def __init__(self, code: str, text: str, **values: int | str) -> None:
        """`code`: a Refusal, or a Reason. `values` are those of its words; volumes end in `_ml`,
        money in `_idr`."""
        super().__init__(text)
        self.answer = Answer(refused=text, code=code, values=values)


def no_such_pump(pump: int, known: Iterable[int]) -> Refused:
    """`known`: the numbers of those there are."""
    numbers = ", ".join(str(number) for number in sorted(known))
    return Refused(Refusal.NO_SUCH_PUMP, f"pump {pump}: expected one of {numbers}")


def not_written(why: str) -> Refused:
    return Refused(Refusal.NOT_WRITTEN, f"it could not be written: {why}")
