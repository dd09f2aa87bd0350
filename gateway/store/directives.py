"""How directives change the tables of the allocation cache."""

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from gateway.core.allocation import Directive
from gateway.core.chain import GENESIS
from gateway.core.fields import Name
from gateway.core.log import Entry
from mqtt.messages import Held
from mqtt.payloads import MessageRejected, read_directive
from mqtt.snapshot import Snapshot, key_of

Tables = dict[str, dict[str, Any]]
"""Table name → document id → document, as TinyDB stores them."""

TABLE_OF = MappingProxyType(
    {
        "card.put": "cards",
        "subject.put": "subjects",
        "meter.put": "meters",
        "price.put": "prices",
        "policy.put": "policy",
        "grant.put": "grants",
        "grant.recall": "recalls",
        "key.put": "keys",
    }
)


class Blocked(Struct, frozen=True, kw_only=True):
    """A valid directive that this version of Takar cannot use.

    To skip it would fail open, so its subject is refused, or everybody where the directive
    names no subject. A later usable directive of the same type and key supersedes it; and a
    newer Takar, which can use it, does so from its start on.
    """

    directive: str
    """Id of the directive."""
    type: str
    data: dict[str, Any]
    subject: str | None
    why: str

    def retried(self) -> Directive | None:
        """What it says, if this version can read it; else None."""
        try:
            return read_directive(Held(id=self.directive, type=self.type, data=self.data))
        except MessageRejected:
            return None


def empty_tables(epoch: int) -> Tables:
    """A cache that allows nothing: no directive of central's epoch applied."""
    names = (*TABLE_OF.values(), "blocks")
    return {name: {} for name in names} | {
        "meta": {"meta": {"epoch": epoch, "applied_through": 0, "head": GENESIS, "time": None}}
    }


def applied(tables: Tables, directives: Sequence[Entry]) -> Tables:
    """New tables after the directives; ValueError if they do not continue the chain."""
    changed = {name: dict(documents) for name, documents in tables.items()}
    _retry(changed)
    through = int(tables["meta"]["meta"]["applied_through"])
    head = str(tables["meta"]["meta"]["head"])
    time = tables["meta"]["meta"].get("time")
    for entry in directives:
        if (entry.sequence, entry.prevhash) != (through + 1, head):
            raise ValueError(
                f"directive {entry.sequence} with prevhash {entry.prevhash[:12]}… does not follow "
                f"directive {through} with the hash {head[:12]}…"
            )
        _apply(changed, entry)
        through, head, time = entry.sequence, entry.hash, entry.time
    place = {"applied_through": through, "head": head, "time": time}
    changed["meta"] = {"meta": tables["meta"]["meta"] | place}
    return changed


def tables_of(snapshot: Snapshot, epoch: int) -> Tables:
    """The tables that all directives of the epoch up to the snapshot's come to."""
    tables = empty_tables(epoch)
    for held in snapshot.entries:
        _apply(tables, held)
    place = {"applied_through": snapshot.at, "head": snapshot.head, "time": snapshot.time}
    return tables | {"meta": {"meta": tables["meta"]["meta"] | place}}


def still_to_say(grant_no: int, is_answered: Callable[[int], bool], tables: Tables) -> Tables:
    """New tables without the grants up to that number and without the recalls that are
    answered: those are in the ledger."""
    grants = {key: grant for key, grant in tables["grants"].items() if grant["grant_no"] > grant_no}
    recalls = {
        key: recall
        for key, recall in tables["recalls"].items()
        if not is_answered(recall["grant_no"])
    }
    return tables | {"grants": grants, "recalls": recalls}


def _apply(tables: Tables, entry: Entry | Held) -> None:
    key = key_of(entry)
    try:
        usable = msgspec.to_builtins(read_directive(entry))
    except MessageRejected as error:
        _block(tables, entry, str(error))
        return
    tables[TABLE_OF[entry.type]][key] = usable
    tables["blocks"].pop(f"{entry.type}/{key}", None)


def _retry(tables: Tables) -> None:
    """Use what an older version could not. Nothing newer says the same, or it had gone."""
    for key, block in list(tables["blocks"].items()):
        blocked = msgspec.convert(block, Blocked)
        usable = blocked.retried()
        if usable is not None and blocked.type in TABLE_OF:
            _, _, place = key.partition("/")
            tables[TABLE_OF[blocked.type]][place] = msgspec.to_builtins(usable)
            del tables["blocks"][key]


def _block(tables: Tables, entry: Entry | Held, why: str) -> None:
    key = key_of(entry)
    if entry.type in TABLE_OF:
        # What was said before is no longer true either.
        tables[TABLE_OF[entry.type]].pop(key, None)
    tables["blocks"][f"{entry.type}/{key}"] = {
        "directive": entry.id,
        "type": entry.type,
        "data": entry.data,
        "subject": _subject(entry.data),
        "why": why,
    }


def _subject(data: dict[str, Any]) -> str | None:
    """The subject that a directive is about: a card's is its holder."""
    try:
        return msgspec.convert(data.get("subject", data.get("holder")), Name)
    except msgspec.ValidationError:
        return None
