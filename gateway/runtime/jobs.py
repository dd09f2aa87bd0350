"""What the keeper is asked to make durable, and what it needs of the ledger for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.core.facts import Fact
from gateway.core.lag import Lags
from gateway.core.log import Entry
from gateway.core.open_draw import OpenFill
from gateway.core.reasons import Reason
from gateway.store.state import NewEpoch

Timed = tuple[Fact, str]
"""A fact and the UTC time it became one."""


class LedgerWriter(Protocol):
    """What the keeper needs of gateway.store.ledger.Ledger."""

    @property
    def boot(self) -> int: ...

    def commit(
        self,
        facts: Sequence[Timed] = (),
        *,
        put_session: OpenFill | None = None,
        drop_session: int | None = None,
        seal: bool = False,
        adopt: NewEpoch | None = None,
        lags: tuple[int, Lags] | None = None,
    ) -> list[Entry]: ...

    def acknowledge(self, through: int, *, epoch: int) -> None: ...

    def reopen(self) -> list[Entry] | None: ...


@dataclass(frozen=True, slots=True)
class Job:
    """One commit, and who hears of it (in the control loop's thread)."""

    facts: list[Timed] = field(default_factory=list)
    put_session: OpenFill | None = None
    drop_session: int | None = None
    seal: bool = False
    adopt: NewEpoch | None = None
    lags: tuple[int, Lags] | None = None
    """A pump, and what was learned of its valve."""
    before_notes: bool = False
    """Older than what was noted since: those notes wait for another job."""
    done: Callable[[], None] | None = None
    failed: Callable[[Reason], None] | None = None
    superseded: Callable[[], None] | None = None
    """Not written: grants it reserves from were closed or recalled. By then that is known."""
