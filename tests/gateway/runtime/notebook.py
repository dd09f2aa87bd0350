"""A ledger that the writer writes into: it refuses, waits or breaks when told to."""

import threading
from collections.abc import Sequence

import msgspec

from gateway.core.facts import Fact, SaleRefused, StorageBlocked
from gateway.core.lag import Lags
from gateway.core.log import Entry
from gateway.core.open_draw import OpenFill
from gateway.core.reasons import Reason
from gateway.runtime.jobs import Timed
from gateway.store.errors import StoreFailed
from gateway.store.state import NewEpoch
from tests.gateway.runtime.writing import ANSWER_S
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, refusal

FULL = StoreFailed(
    Reason.STORAGE_FULL, "the disk is full", "free some", committed=False, reopen=False
)


class Notebook:
    """A ledger that only remembers what it was told, and fails when told to."""

    boot = 1

    def __init__(self) -> None:
        self.commits: list[tuple[list[Fact], int | None, int | None, bool]] = []
        self.acknowledged: list[int] = []
        self.lags: dict[int, Lags] = {}
        self.failure: Exception | None = None
        self.may_write = threading.Event()
        self.may_write.set()
        self.asked = threading.Event()
        self._sequence = 0

    def commit(
        self,
        facts: Sequence[Timed] = (),
        *,
        put_session: OpenFill | None = None,
        drop_session: int | None = None,
        seal: bool = False,
        adopt: NewEpoch | None = None,
        lags: tuple[int, Lags] | None = None,
    ) -> list[Entry]:
        self.asked.set()
        assert self.may_write.wait(ANSWER_S)
        assert adopt is None
        if self.failure is not None:
            raise self.failure
        put = put_session.session_no if put_session is not None else None
        if lags is not None:
            self.lags[lags[0]] = lags[1]
        self.commits.append(([fact for fact, _ in facts], put, drop_session, seal))
        return [self._entry(fact) for fact, _ in facts]

    def acknowledge(self, through: int, *, epoch: int) -> None:
        assert epoch == 1
        if self.failure is not None:
            raise self.failure
        self.acknowledged.append(through)

    def reopen(self) -> list[Entry] | None:
        raise AssertionError("nothing here needs it")

    def _entry(self, fact: Fact) -> Entry:
        assert isinstance(fact, SaleRefused | StorageBlocked)
        self._sequence += 1
        return Entry(
            id=f"{INCARNATION}/{self._sequence}",
            source=f"takar/{GATEWAY}",
            type="sale.refused",
            time=TIME,
            data=msgspec.to_builtins(fact),
            sequence=self._sequence,
            prevhash="0" * 64,
        )


def noted(number: int) -> list[Timed]:
    return [(refusal(number), TIME)]
