"""What the caches of these tests hold."""

import msgspec

from gateway.core.allocation import (
    Grant,
)
from tests.gateway.runtime.samples import CAR, CARD, POLICY, PRICE
from tests.gateway.store.samples import grant

GRANT = Grant(**msgspec.structs.asdict(grant(4)))
ALL = (CARD, CAR, PRICE, POLICY, GRANT)
