"""How many entries a second `takar audit` checks on one core, and what of that is what.

A million entries of one gateway's year, chained and sealed, with a mix as at a pump: per fill a
sale and its seal, and now and then a refusal, a start, stray flow or a fault. The file is made
first; then it is audited as the command does it. Hashing, decoding and seals are measured apart
on the same lines. The reference is the least that any check must do: `json.loads` and
`hashlib.sha256` over the same bytes.
"""

import hashlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks._year import GATEWAY, INCARNATION, write_year
from gateway.audit.run import audit
from gateway.audit.trust import Trust
from gateway.cli.audit import QUICK
from gateway.core.chain import canonical
from mqtt.keys import Keyring
from mqtt.seal import Seal
from mqtt.seals import verify

BENCHMARK = "audit"
ENTRIES = 1_000_000


def run(as_json: bool = True, entries: int = ENTRIES) -> dict[str, object]:  # noqa: FBT001, FBT002
    """Measure, print the table unless `as_json`, and return it.

    `ratio` is reference / ours, of time and of memory: above 1 ours takes less.

    The first row is what one core does of everything but seals, but for one signature in a
    hundred; the second is everything, on one core.
    """
    private = Ed25519PrivateKey.generate()
    public = {GATEWAY: private.public_key()}
    trust, keyring = Trust.of(public), Keyring(public)
    with tempfile.TemporaryDirectory(prefix="takar-audit-") as folder:
        path = Path(folder) / "year.jsonl"
        seals = write_year(path, private, entries)
        before_mb = _resident_mb()
        quick_s = _seconds(lambda: _audited(path, trust, entries, one_in=QUICK))
        total_s = _seconds(lambda: _audited(path, trust, entries))
        grown_mb = _resident_mb() - before_mb
        reference_s = _seconds(lambda: _reference(path))
        hash_s = _seconds(lambda: _hashed(path))
        decode_s = _seconds(lambda: _decoded(path))
    seal_s = _seconds(lambda: _verified(seals, keyring))
    rows = [
        _row("audit, one seal in 100 verified (--quick)", entries, quick_s, reference_s),
        _row(f"audit of {entries:,} entries, {len(seals):,} seals", entries, total_s, reference_s),
        _row("  of it decoding, once more canonical", entries, decode_s, reference_s),
        _row("  of it hashing, chain and file", entries, hash_s, reference_s),
        _row(f"  of it {len(seals):,} seals", entries, seal_s, reference_s),
        {
            "what": "memory that the audit added",
            "ours": round(grown_mb, 1),
            "reference": round(entries * 550 / 1e6, 1),
            "reference_name": "the file itself, about 550 bytes an entry",
            "ratio": round(entries * 550 / 1e6 / max(grown_mb, 0.1), 2),
            "unit": "MB",
        },
    ]
    if not as_json:
        json.dump(rows, sys.stdout, indent=1)
        print()
    return {"benchmark": BENCHMARK, "rows": rows}


def _row(what: str, entries: int, ours_s: float, reference_s: float) -> dict[str, object]:
    return {
        "what": what,
        "ours": round(entries / ours_s),
        "reference": round(entries / reference_s),
        "reference_name": "json.loads and hashlib.sha256 of the same lines",
        "ratio": round(reference_s / ours_s, 2),
        "unit": "entries/s",
    }


def _audited(path: Path, trust: Trust, entries: int, one_in: int = 1) -> None:
    result = audit([path], trust, one_in=one_in)
    if not result.clean or result.total.entries != entries:
        raise RuntimeError(f"the benchmark's own ledger does not audit: {result.findings.kept[:3]}")


def _reference(path: Path) -> None:
    """The least that a check could do, with the standard library: no bound, no seal, no rule."""
    with path.open("rb") as file:
        for line in file:
            json.loads(line)
            hashlib.sha256(line).digest()


def _decoded(path: Path) -> None:
    """Entries read, and brought to canonical form to compare."""
    with path.open("rb") as file:
        for line in file:
            if line.startswith(b'{"entry"'):
                canonical(msgspec.json.decode(line))


def _hashed(path: Path) -> None:
    """Each line twice: for the chain, and for the digest of the file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for line in file:
            hashlib.sha256(line).hexdigest()
            digest.update(line)


def _verified(seals: list[Seal], keyring: Keyring) -> None:
    for seal in seals:
        verify(seal, keyring, type="ledger", gateway=GATEWAY, incarnation=INCARNATION)


def _seconds(work: Callable[[], Any]) -> float:
    """CPU time of this thread: what else runs on the machine does not count."""
    begun = time.thread_time()
    work()
    return time.thread_time() - begun


def _resident_mb() -> float:
    """The most that this process ever held, in MB."""
    most_kib: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most_kib / 1024
