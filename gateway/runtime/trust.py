"""Which of central's keys this gateway believes: the root's word, once it is in the ledger."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.core.allocation import PutKey
from gateway.core.facts import KeyLearned, KeyStatement
from gateway.core.log import Entry
from mqtt.certificates import check, public_key, read_statements
from mqtt.keys import Claim, KeyRefused
from mqtt.messages import Held
from mqtt.ring import central_ring
from mqtt.seals import CENTRAL


class Trust:
    """Read by the link's thread, changed by the writer's: what is read is replaced as a whole."""

    def __init__(self, root_key: str, folder: Path) -> None:
        """`root_key` is pinned in the configuration. What was brought by hand into the folder is
        checked now, and believed once it is said in the ledger. KeyRefused if there is nothing,
        or what the root did not sign.
        """
        self._root = public_key(root_key)
        self._learned: tuple[KeyLearned, ...] = ()
        self._ring = central_ring(self._root, ())
        self._files = read_statements(folder)
        self.news(self._files, 0, 0)
        if not self._files:
            raise KeyRefused(
                f"{folder}: expected a certificate of central's key, signed by the root; "
                "copy it there"
            )

    def remember(self, learned: Sequence[KeyLearned]) -> None:
        """What the ledger has. KeyRefused if it was written under another root."""
        for fact in learned:
            check(fact.statement, self._root, CENTRAL)
        self.take(learned)

    def unsaid(self, epoch: int, through: int) -> list[KeyLearned]:
        """What the files have that the ledger does not have yet."""
        return self.news(self._files, epoch, through)

    def news(
        self, statements: Iterable[KeyStatement], epoch: int, through: int
    ) -> list[KeyLearned]:
        """Those that the ledger does not have yet, as it is to say them.

        `epoch`, `through`: of the last directive that came before them. KeyRefused if one is not
        the root's.
        """
        held = {fact.statement.serial: fact.statement for fact in self._learned}
        found = []
        for statement in statements:
            check(statement, self._root, CENTRAL)
            before = held.get(statement.serial)
            if before is None:
                held[statement.serial] = statement
                found.append(KeyLearned(statement=statement, epoch=epoch, through=through))
            elif before != statement:
                raise KeyRefused(
                    f"the root has signed two statements with the serial {statement.serial}; the "
                    f"one about key {before.key_id} was here first. Sign the other one anew"
                )
        return found

    def take(self, news: Sequence[KeyLearned]) -> None:
        """The ledger has these now."""
        self._learned += tuple(news)
        self._ring = central_ring(self._root, self._learned)

    def key_of(self, owner: str, seal: Claim) -> Ed25519PublicKey:
        """The key that a seal names; KeyRefused says why it may not have made this seal."""
        return self._ring.key_of(owner, seal)


def statements_in(directives: Iterable[Entry | Held]) -> Iterator[tuple[KeyStatement, int]]:
    """What the root says in directives, each with its place there."""
    for entry in directives:
        if entry.type != "key.put":
            continue
        try:
            yield msgspec.convert(entry.data, PutKey).statement, entry.sequence
        except msgspec.ValidationError:
            continue  # the cache refuses everybody because of it
