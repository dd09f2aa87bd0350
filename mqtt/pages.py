"""Snapshots on their way: what a page's seal covers, and pages put together again. No I/O."""

import hashlib

import msgspec

from gateway.core.chain import canonical
from mqtt.messages import Held, SnapshotPage
from mqtt.payloads import MessageRejected
from mqtt.snapshot import Snapshot, content_hash


def page_hash(page: SnapshotPage) -> str:
    """What a page's seal has as `head`: SHA-256 of the page's canonical form without its seal."""
    fields = msgspec.to_builtins(page)
    del fields["seal"]
    return hashlib.sha256(canonical(fields)).hexdigest()


class Gathering:
    """The entries of one snapshot that have come, without a gap from the first on."""

    def __init__(self, page: SnapshotPage) -> None:
        self.at, self.head = page.at, page.head
        self._facts = _facts(page)
        self._time, self._content, self._total = page.time, page.content, page.total
        self._entries: list[Held] = []

    @property
    def wanted(self) -> int:
        """The first entry still missing, from 1."""
        return len(self._entries) + 1

    @property
    def complete(self) -> bool:
        return len(self._entries) == self._total

    def holds(self, page: SnapshotPage) -> bool:
        """It is a page of this very snapshot."""
        return _facts(page) == self._facts

    def add(self, page: SnapshotPage) -> bool:
        """Take the entries that continue ours; False if there are none.

        MessageRejected if there come more of them than the snapshot is said to have.
        """
        new = page.entries[self.wanted - page.first :] if page.first <= self.wanted else []
        if len(self._entries) + len(new) > self._total:
            raise MessageRejected(f"the snapshot at {self.at} has more than {self._total} entries")
        self._entries += new
        return bool(new)

    def snapshot(self) -> Snapshot:
        """The complete snapshot; MessageRejected if it is not what its pages say it is."""
        try:
            found = content_hash(self._entries)
        except (ValueError, RecursionError) as error:
            raise MessageRejected(
                f"the snapshot at {self.at} has no canonical form: {error}"
            ) from error
        if found != self._content:
            raise MessageRejected(
                f"the pages of the snapshot at {self.at} say that its content hashes to "
                f"{self._content[:16]}…, but it hashes to {found[:16]}…"
            )
        return Snapshot(self.at, self.head, self._time, self._entries)


def _facts(page: SnapshotPage) -> tuple[object, ...]:
    seal = page.seal
    return page.at, page.head, page.time, page.content, page.total, seal.incarnation, seal.epoch
