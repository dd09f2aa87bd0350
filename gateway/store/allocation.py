"""The allocation cache: what central allows, as its directives say up to a sequence.

TinyDB tables: cards (key: UID), subjects, meters (subject), prices (product), policy, grants
and recalls (grant number; only those which the ledger does not have yet, for there they count
and not here), blocks (see `Blocked`), and meta with the `epoch` whose directives these are, and
`applied_through`, `head` and `time` of the newest of them.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from tinydb import TinyDB
from tinydb.table import Table

from gateway.core.allocation import Grant, PutCard, PutMeter, PutPolicy, PutPrice, PutSubject
from gateway.core.facts import AllocationApplied
from gateway.core.log import Entry
from gateway.store.allocation_file import AllocationFile
from gateway.store.directives import (
    TABLE_OF,
    Blocked,
    applied,
    empty_tables,
    still_to_say,
    tables_of,
)
from gateway.store.errors import AllocationDamaged, AllocationExpired
from gateway.store.own_seals import OwnSeals
from mqtt.snapshot import POLICY_KEY, Snapshot

D = TypeVar("D", bound=Struct)


class KeyedTable(Table):
    """A table whose documents are found by their own key, such as a card's UID."""

    document_id_class = str  # type: ignore[assignment]  # TinyDB's stub knows numbers only


class Allocation:
    """Look-ups are O(1) and from memory: for the control loop. One thread at a time applies."""

    def __init__(self, file: AllocationFile) -> None:
        self._file = file
        self._database = TinyDB(storage=lambda: file)
        self._database.table_class = KeyedTable
        file.read()

    @classmethod
    def create(cls, path: Path, seals: OwnSeals) -> "Allocation":
        """Make a cache that allows nothing, for `takar init`; FileExistsError if there is one."""
        file = AllocationFile(path, seals)
        file.create(empty_tables(seals.signer.epoch))
        return cls(file)

    @classmethod
    def open(cls, path: Path, seals: OwnSeals) -> "Allocation":
        """Read and verify; AllocationDamaged, and never an empty cache in its place."""
        return cls(AllocationFile(path, seals))

    @classmethod
    def rebuild(
        cls,
        path: Path,
        seals: OwnSeals,
        directives: Sequence[Entry],
        high_water: int = 0,
        is_answered: Callable[[int], bool] = lambda _grant_no: False,
    ) -> "Allocation":
        """Put a cache made of all directives of the present epoch in place of another.

        Use it only with what central sent again; `check_against` then says whether that is
        as much as the ledger has seen applied. `high_water`, `is_answered` as for `apply`.
        """
        file = AllocationFile(path, seals)
        empty = empty_tables(seals.signer.epoch)
        file.write(still_to_say(high_water, is_answered, applied(empty, directives)))
        return cls(file)

    @classmethod
    def rebuild_from(
        cls,
        path: Path,
        seals: OwnSeals,
        snapshot: Snapshot,
        high_water: int = 0,
        is_answered: Callable[[int], bool] = lambda _grant_no: False,
    ) -> "Allocation":
        """Like `rebuild`, from a snapshot of central's."""
        file = AllocationFile(path, seals)
        tables = tables_of(snapshot, seals.signer.epoch)
        file.write(still_to_say(high_water, is_answered, tables))
        return cls(file)

    @property
    def epoch(self) -> int:
        """Of central, whose directives these are."""
        return int(self._meta()["epoch"])

    @property
    def applied_through(self) -> int:
        """Sequence of the newest directive in the cache; 0 for none."""
        return int(self._meta()["applied_through"])

    @property
    def head(self) -> str:
        """Hash of that directive; 64 zeros for none."""
        return str(self._meta()["head"])

    @property
    def time(self) -> str | None:
        """When central wrote that directive, UTC text; None for none."""
        time: str | None = self._meta().get("time")
        return time

    @property
    def applied(self) -> AllocationApplied:
        """The fact that the ledger records about the present content."""
        return AllocationApplied(
            epoch=self.epoch, through=self.applied_through, content=self._file.content_hash
        )

    def check_against(self, recorded: AllocationApplied | None) -> None:
        """Compare with the ledger's newest AllocationApplied, None if it has none.

        AllocationExpired if the cache is older; AllocationDamaged if it is another of the
        same age. A newer one is what a crash between the two writes leaves: record it.
        """
        if recorded is None:
            return
        wanted, here = (recorded.epoch, recorded.through), (self.epoch, self.applied_through)
        if wanted < here:
            return
        if wanted > here:
            raise AllocationExpired(
                f"{self._file.path}: holds directives of epoch {here[0]} through {here[1]}, but "
                f"the ledger says those of epoch {wanted[0]} through {wanted[1]} were applied"
            )
        found = self._file.content_hash
        if recorded.content != found:
            raise AllocationDamaged(
                f"{self._file.path}: hashes to {found[:12]}… through directive "
                f"{recorded.through}, but the ledger says {recorded.content[:12]}…"
            )

    def apply(
        self,
        directives: Sequence[Entry],
        high_water: int = 0,
        is_answered: Callable[[int], bool] = lambda _grant_no: False,
    ) -> AllocationApplied:
        """Apply verified directives that follow the head, all in one replace of the file.

        Grants up to `high_water`, the highest that the ledger has activated, are dropped, and
        so are recalls of those that `is_answered` names: the ledger has them.
        Returns the fact to commit to the ledger. ValueError if they do not continue the
        chain. StoreFailed: the file is read again at the next use.
        """
        changed = applied(self._file.read(), directives)
        self._file.write(still_to_say(high_water, is_answered, changed))
        return self.applied

    def replace(
        self,
        snapshot: Snapshot,
        high_water: int = 0,
        is_answered: Callable[[int], bool] = lambda _grant_no: False,
    ) -> AllocationApplied:
        """Put a snapshot's content in place of the present one; else as `apply`."""
        tables = tables_of(snapshot, self.epoch)
        self._file.write(still_to_say(high_water, is_answered, tables))
        return self.applied

    def card(self, uid: str) -> PutCard | None:
        return self._find("card.put", uid, PutCard)

    def subject(self, subject: str) -> PutSubject | None:
        return self._find("subject.put", subject, PutSubject)

    def meter(self, subject: str) -> PutMeter | None:
        return self._find("meter.put", subject, PutMeter)

    def with_plate(self, plate: str) -> list[PutSubject]:
        """Whoever has this plate or asset number: letters and digits count, in whatever case,
        and not what is between them."""
        wanted = _bare(plate)
        found = (
            self.subject(str(document["subject"]))
            for document in self._database.table(TABLE_OF["subject.put"])
            if wanted and _bare(document["plate"]) == wanted
        )
        return [subject for subject in found if subject is not None]

    def price(self, product: str) -> PutPrice | None:
        return self._find("price.put", product, PutPrice)

    @property
    def policy(self) -> PutPolicy | None:
        return self._find("policy.put", POLICY_KEY, PutPolicy)

    def grants_after(self, grant_no: int) -> list[Grant]:
        """Grants above a high-water mark, oldest first: those to activate."""
        documents = self._database.table("grants").all()
        newer = [grant for grant in documents if grant["grant_no"] > grant_no]
        newer.sort(key=lambda grant: int(grant["grant_no"]))
        return [msgspec.convert(dict(grant), Grant) for grant in newer]

    def recalls(self) -> list[int]:
        """Numbers of the grants whose recall the ledger may not have answered yet."""
        return [int(recall["grant_no"]) for recall in self._database.table("recalls").all()]

    def blocked_by(self, subject: str) -> Blocked | None:
        """The unusable directive because of which this subject must be refused, if any."""
        for blocked in self.blocks().values():
            if blocked.subject in (None, subject) and blocked.retried() is None:
                return blocked
        return None

    def blocks(self) -> dict[str, Blocked]:
        """Directives that could not be used when they came, by type and key."""
        table = self._database.table("blocks")
        return {str(found.doc_id): msgspec.convert(dict(found), Blocked) for found in table}

    def _find(self, kind: str, key: str, struct: type[D]) -> D | None:
        block = self._database.table("blocks").get(doc_id=f"{kind}/{key}")  # type: ignore[call-overload]
        blocked = msgspec.convert(dict(block), Blocked) if block is not None else None
        retried = blocked.retried() if blocked is not None else None
        if isinstance(retried, struct):
            return retried
        found = self._database.table(TABLE_OF[kind]).get(doc_id=key)  # type: ignore[call-overload]
        return None if found is None else msgspec.convert(found, struct)

    def _meta(self) -> dict[str, Any]:
        meta: dict[str, Any] = self._file.read()["meta"]["meta"]
        return meta


def _bare(plate: str) -> str:
    return "".join(filter(str.isalnum, plate)).upper()
