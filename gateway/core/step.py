"""One step of a session: pure, and the only way a session changes."""

from typing import NamedTuple

from gateway.core.actions import Action
from gateway.core.events import Event
from gateway.core.rules.bypass import written
from gateway.core.rules.observe import observe
from gateway.core.session import Session
from gateway.core.table import TABLE
from gateway.core.wake import wake_at


class Outcome(NamedTuple):
    session: Session
    actions: list[Action]
    """To be done in this order."""
    wake_at_ns: int | None
    """When to send Woken, monotonic: at once if that has passed; None: only an event matters."""


def step(session: Session, event: Event, now_ns: int) -> Outcome:
    """What the session becomes by an event at a monotonic time, and what is to be done.

    Raises ValueError for a reading that no driver may give (a count that fell).
    """
    session = observe(session, event, now_ns)
    rule = TABLE[session.state][type(event)]
    after: Session = session
    actions: list[Action] = []
    if rule.handle is not None:
        after, actions = rule.handle(session, event, now_ns)
        if after.state not in rule.targets:
            raise AssertionError(
                f"{session.state} + {type(event).__name__} led to {after.state}; the table says "
                f"{', '.join(sorted(rule.targets))}"
            )
    if after.bypassed_ml:
        after, entries = written(after, now_ns)
        actions = [*actions, *entries]
    return Outcome(after, actions, wake_at(after, now_ns))
