"""One file: its lines in their order, its chain, and the seals in it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import msgspec

from gateway.audit.lines import Line, read_lines
from gateway.audit.links import Link, Proof
from gateway.audit.parse import BadLine, HashedEntry, parse
from gateway.audit.problems import Findings, Kind, Place
from gateway.core.chain import canonical
from gateway.core.checkpoint import Checkpoint
from mqtt.export import ExportEnd, ExportHeader, SealedCheckpoint
from mqtt.seal import Seal
from mqtt.seals import SealInvalid

CHECKPOINT_LINE = 2
VerifySeal = Callable[[Seal], None]
"""Raises SealInvalid."""


class Unusable(Exception):
    """A file that does not begin as an export does."""


class Part:
    """Iterate `links` to the end; `proof` then says what the file's seals cover."""

    def __init__(
        self,
        path: Path,
        findings: Findings,
        *,
        one_in: int = 1,
        unreadable: Findings | None = None,
    ) -> None:
        """Reads the first line only. Unusable if that is no header of an export.

        `one_in`: verify the signature of one seal in so many, and always of the last that a key
        made. Whether a seal fits its entry is seen of each. `unreadable`: takes the problems of
        entries that hold in the chain but cannot be read, in place of `findings`.
        """
        self._unreadable = findings if unreadable is None else unreadable
        self._one_in = one_in
        self._waiting: tuple[Seal, Place] | None = None
        self._skipped = 0
        self.path = path
        self.proof = Proof()
        self.checkpoint: Checkpoint | None = None
        """Once the first link has been read, and only one that fits and is sealed."""
        self.findings = findings
        header, found = None, "no line in it"
        try:
            with closing(read_lines(path, findings)) as lines:
                first = next(lines, None)
            if first is not None:
                header, found = parse(first.content), "a line of another kind first"
        except BadLine as error:
            found = str(error)
        if not isinstance(header, ExportHeader):
            raise Unusable(
                f"{path}: not an export of a ledger: expected a file that takar ledger export or "
                f"takar central export wrote, which begins with its header; found {found}"
            )
        self.header: ExportHeader = header
        self._sequence = header.from_sequence - 1
        self._head = header.prevhash
        self._entries = self._seals = 0

    @property
    def through(self) -> int:
        """The last entry read so far."""
        return self._sequence

    def links(self, verify: VerifySeal) -> Iterator[Link]:
        """Every entry that can be read, in the order of the file; its seals go to `verify`."""
        ended = False
        last = 1
        for line in islice(read_lines(self.path, self.findings), 1, None):
            last = line.number
            if ended:
                self._wrong("file", self._place(line), "behind_end")
                continue
            try:
                said = parse(line.content)
            except BadLine as error:
                self._wrong("line", self._place(line), "line_format", why=error)
                self._entries += line.content.startswith(b'{"entry"')
                self._seals += line.content.startswith(b'{"seal"')
                continue
            if isinstance(said, HashedEntry):
                yield self._link(said, line)
            elif isinstance(said, Seal):
                self._seal(said, line, verify)
            elif isinstance(said, ExportEnd):
                ended = True
                self._end(said, line)
            elif isinstance(said, SealedCheckpoint) and line.number == CHECKPOINT_LINE:
                self._checkpoint(said, line, verify)
            else:
                self._wrong("file", self._place(line), "line_kind")
        self._settle(verify)
        if not ended:
            self._wrong("file", Place(str(self.path), last), "cut")
        if self._sequence < self.header.through:
            self._wrong(
                "sequence",
                Place(str(self.path), last, self._sequence),
                "tail_missing",
                through=self.header.through,
                last=self._sequence,
            )

    def _link(self, said: HashedEntry, line: Line) -> Link:
        entry = said.entry
        place = Place(str(self.path), line.number, entry.sequence)
        self._entries += 1
        if entry.sequence != self._sequence + 1:
            expected = self._sequence + 1
            self._wrong("sequence", place, "sequence", expected=expected, found=entry.sequence)
        if entry.prevhash != self._head:
            self._wrong("chain", place, "chain", expected=self._head, found=entry.prevhash)
        header = self.header
        source, name = f"takar/{header.gateway}", f"{header.incarnation}/{entry.sequence}"
        why, body = said.why, said.body
        if said.why:
            self._unreadable.add("fact", place, "entry_fields", why=said.why)
        elif (entry.source, entry.id) != (source, name):
            why = f"calls itself {entry.id} of {entry.source}, expected {name} of {source}"
            body = canonical(msgspec.structs.asdict(entry))
            self._unreadable.add(
                "owner",
                place,
                "owner",
                expected=name,
                source=source,
                found=entry.id,
                source_here=entry.source,
            )
        self._sequence, self._head = entry.sequence, said.hash
        return Link(entry, said.hash, place, why, body)

    def _seal(self, seal: Seal, line: Line, verify: VerifySeal) -> None:
        place = Place(str(self.path), line.number, seal.sequence)
        self._seals += 1
        if (seal.sequence, seal.head) != (self._sequence, self._head):
            if self._valid(seal, place, verify):
                self._misplaced(seal, place)
            return
        if self._waiting is not None and _maker(self._waiting[0]) != _maker(seal):
            self._settle(verify)
        self._waiting = seal, place
        self._skipped += 1
        if self._skipped == self._one_in:
            self._settle(verify)

    def _settle(self, verify: VerifySeal) -> None:
        """Verify the newest seal; through the chain it covers what those before it do."""
        if self._waiting is None:
            return
        seal, place = self._waiting
        self._waiting, self._skipped = None, 0
        if not self._valid(seal, place, verify):
            return
        if seal.type == "ledger-ack":
            self.proof.acknowledged_through = seal.sequence
        elif seal.type == "ledger":
            self.proof.sealed_through = seal.sequence
        else:
            self._wrong("seal", place, "seal_type", found=seal.type)

    def _valid(self, seal: Seal, place: Place, verify: VerifySeal) -> bool:
        try:
            verify(seal)
        except SealInvalid as error:
            self._wrong("seal", place, "seal_invalid", why=error)
            return False
        self.proof.seals += 1
        return True

    def _misplaced(self, seal: Seal, place: Place) -> None:
        if seal.sequence > self._sequence:
            code = "tail_central_holds" if seal.type == "ledger-ack" else "tail_gateway_sealed"
            self._wrong("sequence", place, code, through=seal.sequence, last=self._sequence)
        else:
            self._wrong(
                "seal",
                place,
                "seal_elsewhere",
                expected=self._sequence,
                head=self._head,
                found=seal.sequence,
                head_here=seal.head,
            )

    def _checkpoint(self, said: SealedCheckpoint, line: Line, verify: VerifySeal) -> None:
        """It must stand for what comes right before the first entry, and for nothing else."""
        content, seal, header = said.content, said.seal, self.header
        place = Place(str(self.path), line.number, content.through)
        if seal.type != "checkpoint":
            self._wrong("seal", place, "checkpoint_type", found=seal.type)
            return
        if not self._valid(seal, place, verify):
            return
        wanted = (
            *(header.gateway, header.incarnation, header.from_sequence - 1, header.prevhash),
            *(seal.sequence, seal.head),
        )
        found = (
            *(content.gateway, content.incarnation, content.through, content.head),
            *(content.through, content.hash),
        )
        if found == wanted:
            self.checkpoint = content
        else:
            self._wrong(
                "seal",
                place,
                "checkpoint_other",
                expected=" ".join(map(str, wanted)),
                found=" ".join(map(str, found)),
            )

    def _end(self, end: ExportEnd, line: Line) -> None:
        expected = (end.entries, end.seals, end.sha256)
        found = (self._entries, self._seals, line.sha256_before)
        if expected != found:
            names = ("entries", "seals", "digest", "entries_here", "seals_here", "digest_here")
            values = dict(zip(names, (*expected, *found), strict=True))
            self._wrong("file", self._place(line), "counts", **values)

    def _place(self, line: Line) -> Place:
        return Place(str(self.path), line.number)

    def _wrong(self, kind: Kind, place: Place, code: str, /, **values: object) -> None:
        self.findings.add(kind, place, code, **values)


def _maker(seal: Seal) -> tuple[str, str, int]:
    return seal.type, seal.key_id, seal.epoch
