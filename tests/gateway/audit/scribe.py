"""Writes ledgers and exports of them for the tests, sound ones and others."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.result import Result
from gateway.audit.run import audit, files_in
from gateway.audit.trust import Trust
from gateway.core.chain import GENESIS, canonical
from gateway.core.checkpoint import checkpoint_after
from gateway.core.facts import TYPE_OF, Charge, Fact, GatewayBooted, GatewayInitialised
from gateway.core.log import Entry
from mqtt.export import ExportHeader, SealedCheckpoint, new_export, write_export
from mqtt.seal import Seal
from mqtt.seals import Signer
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, grant, sale

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
CENTRAL_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(33, 65)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(65, 97)))
KEYS = Trust.of({GATEWAY: KEY.public_key(), "central": CENTRAL_KEY.public_key()})


@dataclass
class Scribe:
    """A gateway's ledger in memory, sealed by its real key, whatever is said in it."""

    gateway: str = GATEWAY
    incarnation: str = INCARNATION
    key: Ed25519PrivateKey = KEY
    entries: list[dict[str, Any]] = field(default_factory=list)
    hashes: list[str] = field(default_factory=lambda: [GENESIS])
    seals: list[Seal] = field(default_factory=list)

    def say(self, *facts: Fact, **changes: Any) -> None:
        """Chain facts; `changes` are to the envelope, whatever it then says."""
        for fact in facts:
            sequence = len(self.entries) + 1
            entry = {
                "id": f"{self.incarnation}/{sequence}",
                "source": f"takar/{self.gateway}",
                "type": TYPE_OF[type(fact)],
                "time": TIME,
                "data": msgspec.to_builtins(fact),
                "sequence": sequence,
                "prevhash": self.hashes[-1],
            }
            self.entries.append(entry | changes)
            self.hashes.append(hashlib.sha256(canonical(self.entries[-1])).hexdigest())

    def begin(self) -> None:
        """As every ledger begins, with two grants of 40 L."""
        self.say(
            GatewayInitialised(by="init", version="0.1.0", configuration_hash="ab" * 32),
            booted(1),
            grant(1),
            grant(2),
        )

    def sell(self, number: int, ml: int = 1000, grant_no: int = 1, **changes: Any) -> None:
        """A fill at pump 1 from where the one before ended, and its seal."""
        start_ml = changes.pop("totaliser_ml", self.meter())
        fact = sale(number, Charge(grant_no, ml), totaliser_start_ml=start_ml)
        self.say(msgspec.structs.replace(fact, **changes))
        self.seal()

    def meter(self) -> int:
        ends = (entry["data"].get("totaliser_end_ml") or 0 for entry in self.entries)
        return max(ends, default=0)

    def seal(self, key: Ed25519PrivateKey | None = None, **changes: Any) -> None:
        signer = Signer(key or self.key, self.gateway, self.incarnation, 1)
        seal = signer.seal("ledger", len(self.entries), self.hashes[-1])
        self.seals.append(msgspec.structs.replace(seal, **changes))

    def write(
        self,
        path: Path,
        first: int = 1,
        through: int | None = None,
        holder: Literal["gateway", "central"] = "gateway",
        acknowledged: int | None = None,
        checkpoint: SealedCheckpoint | None = None,
        *,
        goes_on: bool = False,
    ) -> Path:
        """An export of a part; `acknowledged`: with central's seal of so much."""
        last = through or len(self.entries)
        seals = [seal for seal in self.seals if first <= seal.sequence <= last]
        if acknowledged is not None:
            signer = Signer(CENTRAL_KEY, self.gateway, self.incarnation, 1)
            seals.append(signer.seal("ledger-ack", acknowledged, self.hashes[acknowledged]))
        header = ExportHeader(
            gateway=self.gateway,
            incarnation=self.incarnation,
            holder=holder,
            from_sequence=first,
            through=last,
            prevhash=self.hashes[first - 1],
            goes_on=goes_on,
        )
        with new_export(path) as file:
            seals.sort(key=lambda seal: seal.sequence)
            write_export(file, header, self.entries[first - 1 : last], seals, checkpoint=checkpoint)
        return path

    def checkpoint(self, through: int, **balance: Any) -> SealedCheckpoint:
        """What stands for the first entries once they are pruned; or lies, duly sealed."""
        entries = [msgspec.convert(entry, Entry) for entry in self.entries[:through]]
        content = checkpoint_after(None, entries, UTC)
        content = msgspec.structs.replace(content, balance=content.balance | balance)
        signer = Signer(self.key, self.gateway, self.incarnation, 1)
        seal = signer.seal("checkpoint", through, content.hash)
        return SealedCheckpoint(content=content, seal=seal)


def booted(boot: int) -> GatewayBooted:
    return GatewayBooted(
        boot=boot,
        version="0.1.0",
        uptime_ms=1,
        clock="good",
        configuration_hash="ab" * 32,
        unwitnessed=True,
        single_channel=True,
    )


def judged(*paths: Path, keys: Trust = KEYS) -> Result:
    return audit(files_in(paths), keys)


def rewritten(path: Path, lines: list[bytes]) -> Path:
    """Lines put in place of a file's, with a digest that fits them: no accident."""
    *body, _ = lines
    text = b"".join(body)
    count = {
        name: sum(line.startswith(b'{"%b":' % start) for line in body)
        for name, start in (("entries", b"entry"), ("seals", b"seal"))
    }
    end = {**count, "sha256": hashlib.sha256(text).hexdigest()}
    path.write_bytes(text + canonical({"end": end}) + b"\n")
    return path
