"""The topics of the contract: `takar/v1/{gateway}/{kind}`."""

import re
from functools import lru_cache
from typing import Literal, get_args

Kind = Literal[
    "status", "ledger", "ledger/ack", "directives", "directives/head", "keys", "requests", "live"
]
"""The suffix of a topic, and so the kind of message it carries."""

KINDS: tuple[Kind, ...] = get_args(Kind)
FROM_CENTRAL: frozenset[Kind] = frozenset({"ledger/ack", "directives", "directives/head", "keys"})
"""What only central writes."""
PREFIX = "takar/v1"
ENROLMENT_PATH = "/takar/v1/certificates"
ENROLMENT_PORT = 8884
"""Where central certifies keys: HTTP beside the broker, for who has no certificate (any more)."""
_TOPIC = re.compile(
    rf"{PREFIX}/(?P<gateway>[a-z0-9][a-z0-9._-]{{0,63}})/(?P<kind>{'|'.join(KINDS)})"
)


def topic_of(gateway: str, kind: Kind) -> str:
    """The topic of one kind of message of one gateway; ValueError if the name cannot be one."""
    topic = f"{PREFIX}/{gateway}/{kind}"
    parse_topic(topic)
    return topic


def topic_of_all(kind: Kind) -> str:
    """The subscription that receives this kind from every gateway."""
    return f"{PREFIX}/+/{kind}"


@lru_cache(maxsize=1024)  # the same few come again and again
def parse_topic(topic: str) -> tuple[str, Kind]:
    """(gateway, kind) of a topic; ValueError for one outside the contract."""
    match = _TOPIC.fullmatch(topic)
    if match is None:
        raise ValueError(
            f"topic {topic[:120]!r}: expected {PREFIX}/{{gateway}}/{{kind}} with a gateway of "
            f"a-z 0-9 . _ - (at most 64) and a kind of {', '.join(KINDS)}"
        )
    kind: Kind = match["kind"]  # type: ignore[assignment]  # the pattern admits KINDS only
    return match["gateway"], kind
