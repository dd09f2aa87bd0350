"""Directives in two batches: a city with two grants, then a lost card and a third."""

import msgspec

from tests.gateway.runtime.samples import CARD, CITY, directives, grant

FIRST = directives(*CITY, grant(1), grant(2))
LOST = msgspec.structs.replace(CARD, status="lost")
NEXT = directives(LOST, grant(3), after=FIRST[-1])
ALL = [*FIRST, *NEXT]
