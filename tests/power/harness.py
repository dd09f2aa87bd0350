"""Cut the power of a recorded program everywhere, and judge what is left."""

import hashlib
import shutil
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from tests.power.disk import Disk
from tests.power.judge import Judge
from tests.power.outcome import Outcome
from tests.power.place import config_of, make_place, opened
from tests.power.promises import Promised, Reference
from tests.power.replay import Place, Player
from tests.power.saying import snapshot
from tests.power.survivors import ALL, Content, Survivors, without_memory
from tests.power.trace import Call, record

WORKLOAD = Path(__file__).with_name("workload.py")
RECOVERER = Path(__file__).with_name("recoverer.py")


@dataclass
class Run:
    """A program's trace, and all that is needed to judge any moment of it."""

    base: Path
    """Where its keys are."""
    start: dict[str, tuple[Disk, Promised]]
    """By state folder: the disk at its start, and what had been promised."""
    references: dict[str, Reference]
    calls: list[Call]

    def places(self) -> dict[str, Place]:
        return {state: Place(disk.copy()) for state, (disk, _) in self.start.items()}


def run_workload(base: Path, weakness: str = "none") -> Run:
    """Make a gateway's folder in `base`, and record a day of it."""
    state = make_place(base)
    promised, reference = _durable(base, state)
    start = {str(state): (Disk(files_in(state)), promised)}
    calls = record(WORKLOAD, str(state), weakness)
    return _heard(Run(base, start, {str(state): reference}, calls))


def run_recovery(run: Run, states: list[tuple[Content, Promised]], folder: Path) -> Run:
    """Record how a gateway starts on states that a power cut of `run` has left."""
    ((_, first),) = run.references.items()
    starts = []
    for content, promised in states:
        put(content, folder)
        now, reference = _durable(run.base, folder)
        now.flowed_ml = promised.flowed_ml
        # An acknowledgement is durable with the next commit only, also if it happens to be there.
        before = first.commits[now.commit_no]["meta"]["acknowledged_through"]
        now.acknowledging = promised.acknowledging | {before}
        reference.caches |= first.caches
        starts.append((Disk(content), now, reference))
    return _recovered(run.base, starts, folder)


def run_after_kill(run: Run, numbers: set[int], folder: Path) -> Run:
    """Record how a gateway starts where `run` was killed, power on, at those of its moments.

    What was written and not synced is there, and is not durable.
    """
    ((state, place),) = run.places().items()
    starts = []
    for number, _ in enumerate(Player({state: place}).play(run.calls)):
        if number in numbers:
            promised = deepcopy(run.start[state][1]).hear(place.said)
            known = deepcopy(run.references[state])
            starts.append((without_memory(place.disk.copy()), promised, known))
    return _recovered(run.base, starts, folder)


def _recovered(base: Path, starts: list[tuple[Disk, Promised, Reference]], folder: Path) -> Run:
    again = Run(base, {}, {}, [])
    for number, (disk, promised, reference) in enumerate(starts):
        state = folder.with_name(f"{folder.name}-{number}")
        put({name: file.now for name, file in disk.names.items()}, state)
        again.start[str(state)] = (disk, promised)
        again.references[str(state)] = reference
    again.calls = record(RECOVERER, str(base), *again.start)
    return _heard(again)


def cut_everywhere(
    run: Run,
    folder: Path,
    what: str,
    *,
    most: int,
    share: int = 0,
    of: int = 1,
    enough: int = ALL,
) -> Outcome:
    """Judge of each moment at most `most` states besides "nothing" and "all" of what was pending.

    All states while the allocation cache is replaced, for those moments are few. Only every
    `of`-th moment, beginning at `share`; no more after `enough` violations.
    """
    outcome, seen = Outcome(what), set[bytes]()
    places = run.places()
    judges = {id(place): Judge(run.references[state]) for state, place in places.items()}
    starts = {id(place): run.start[state][1] for state, place in places.items()}
    for number, (place, call) in enumerate(Player(places).play(run.calls)):
        if number % of != share or outcome.violations >= enough:
            continue
        outcome.moments += 1
        promised = deepcopy(starts[id(place)]).hear(place.said)
        survivors = Survivors(place.disk, f"{what}/{number}")
        for content in survivors.states(ALL if "allocation" in call else most):
            key = _key(content, promised)
            if key not in seen:
                seen.add(key)
                put(content, folder)
                found = judges[id(place)].problems(config_of(run.base, folder), promised)
                outcome.count(f"{number}, before the {call}", content, promised, found)
    return outcome


def put(content: Content, folder: Path) -> None:
    """Make the folder hold these files and no others."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in content.items():
        (folder / name).write_bytes(data)


def files_in(folder: Path) -> Content:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def _heard(run: Run) -> Run:
    """With the references of what an undisturbed run said; checks the model against the disk."""
    places = run.places()
    for _ in Player(places).play(run.calls):
        pass
    for state, place in places.items():
        run.references[state].hear(place.said)
        modelled = {name: file.now for name, file in place.disk.names.items()}
        if modelled != files_in(Path(state)):
            raise AssertionError(f"{state}: the replay is not what the program left on disk")
    return run


def _durable(base: Path, state: Path) -> tuple[Promised, Reference]:
    """What a folder holds before a program runs in it. Opening it may change its files."""
    with opened(config_of(base, state)) as (shelf, _):
        assert shelf.ledger is not None
        assert shelf.allocating is not None
        assert shelf.allocating.allocation is not None
        now = snapshot(shelf.ledger)
        applied = shelf.allocating.allocation.applied
        pruned, head = shelf.ledger.pruned().sequence, shelf.ledger.head.sequence
        hashes = [shelf.ledger.hash_at(number) or "" for number in range(1, head + 1)]
        assert "" not in hashes[max(0, pruned - 1) :]
    commit_no = now["meta"]["commit_no"]
    reference = Reference({commit_no: now}, {applied.through: applied.content}, hashes)
    return Promised(commit_no, applied.through, begun=commit_no), reference


def _key(content: Content, promised: Promised) -> bytes:
    digest = hashlib.sha256(repr(promised).encode())
    for name in sorted(content):
        digest.update(b"%s %d " % (name.encode(), len(content[name])))
        digest.update(content[name])
    return digest.digest()
