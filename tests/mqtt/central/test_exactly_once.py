"""X: whatever is duplicated, reordered or resent, central ends with each entry once."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

ENTRIES = 12
PIECE = st.tuples(st.integers(1, ENTRIES), st.integers(1, 5), st.booleans())


@settings(max_examples=25)
@given(pieces=st.lists(PIECE, max_size=20), groups=st.integers(1, 6))
def test_any_delivery_then_a_resend(
    make_office: Callable[[Path], Any], pieces: list[tuple[int, int, bool]], groups: int
) -> None:
    """Pieces of the ledger in any order, some damaged; then, as a gateway does, the rest."""
    with tempfile.TemporaryDirectory() as folder:
        office = make_office(Path(folder))
        teller = office.first
        for _ in range(ENTRIES):
            teller.sell(100)
        messages = []
        for first, length, damaged in pieces:
            message = teller.ledger(first, first + length - 1)
            if damaged:
                message = message._replace(payload=message.payload.replace(b"pertamax", b"dexlite"))
            messages.append(message)
        handler = office.handler()
        for start in range(0, len(messages), groups):
            handler.handle(messages[start : start + groups])
            _check(office)
        through = office.row("depot-1").through
        if through < ENTRIES:
            handler.handle([teller.ledger(through + 1)])
        assert office.count() == (ENTRIES, ENTRIES, ENTRIES * 100)
        assert office.row("depot-1").head == teller.entries[-1].hash
        assert office.row("depot-1").fork is None
        office.engine.dispose()


def _check(office: Any) -> None:
    """After every commit: what is applied is a piece from the first entry on, each once."""
    through = office.row("depot-1").through
    assert office.count() == (through, through, through * 100)
