"""A gateway whose key changed in mid-ledger."""

import pytest

from tests.gateway.audit.keys.changes import NEW_KEY, rotated
from tests.gateway.audit.scribe import Scribe


@pytest.fixture
def scribe() -> Scribe:
    """Entry 6 replaces the key; a sale by each of both keys."""
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    rotated(scribe, NEW_KEY)
    scribe.seal()
    scribe.key = NEW_KEY
    scribe.sell(2)
    return scribe
