"""One cell of the transition table."""

from dataclasses import dataclass

from gateway.core.rules.result import Handler
from gateway.core.session import State


@dataclass(frozen=True, slots=True)
class Rule:
    """One cell of the table."""

    handle: Handler | None
    """None: the event changes nothing here, and `why` says why not."""
    targets: frozenset[State]
    """Every state this rule can lead to."""
    why: str


def to(handle: Handler, why: str, *targets: State) -> Rule:
    """Handled, and then in one of these states."""
    return Rule(handle, frozenset(targets), why)


def stay(why: str) -> Rule:
    """Nothing changes."""
    return Rule(None, frozenset(), why)
