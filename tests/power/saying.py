"""Make a program print each promise of the store: before it is asked for, and once it is given.

A line on standard output is a system call like any other, so the trace shows what had been
promised at each moment. A promise that was given must survive a power cut after it.
"""

import json
import os
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from gateway.core.checkpoint import Checkpoint
from gateway.core.log import Entry
from gateway.store.allocation import Allocation
from gateway.store.ledger import Ledger


def say(**what: Any) -> None:
    """One line of JSON, at once."""
    os.write(1, json.dumps(what).encode() + b"\n")


def snapshot(ledger: Ledger) -> dict[str, Any]:
    """All that the ledger holds besides older entries, as one comparable value."""
    return {
        "meta": msgspec.to_builtins(ledger.meta()),
        "head": list(ledger.last()),
        "rows": msgspec.to_builtins(ledger.open_sessions()),
        "checkpoint": checkpoint.hash if (checkpoint := ledger.checkpoint()) is not None else None,
    }


def say_promises(after_acknowledge: Callable[[Ledger], None] = lambda _: None) -> None:
    """From now on in this process. `after_acknowledge` is for controls."""
    commit, acknowledge, apply = Ledger.commit, Ledger.acknowledge, Allocation.apply
    prune = Ledger.prune

    def said_commit(ledger: Ledger, *args: Any, **kwargs: Any) -> list[Entry]:
        say(begin="commit")
        entries = commit(ledger, *args, **kwargs)
        say(done="commit", hashes=[entry.hash for entry in entries], **snapshot(ledger))
        return entries

    def said_prune(ledger: Ledger, checkpoint: Checkpoint, time: str) -> list[Entry]:
        say(begin="commit")
        entries = prune(ledger, checkpoint, time)
        say(done="commit", hashes=[entry.hash for entry in entries], **snapshot(ledger))
        return entries

    def said_acknowledge(ledger: Ledger, through: int, *, epoch: int) -> None:
        say(begin="acknowledge", through=through)
        acknowledge(ledger, through, epoch=epoch)
        after_acknowledge(ledger)

    def said_apply(allocation: Allocation, directives: Sequence[Entry], *more: Any) -> Any:
        say(begin="cache", through=directives[-1].sequence)
        applied = apply(allocation, directives, *more)
        say(done="cache", through=applied.through, content=applied.content)
        return applied

    setattr(Ledger, "commit", said_commit)  # noqa: B010
    setattr(Ledger, "prune", said_prune)  # noqa: B010
    setattr(Ledger, "acknowledge", said_acknowledge)  # noqa: B010
    setattr(Allocation, "apply", said_apply)  # noqa: B010
