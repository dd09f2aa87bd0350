"""Whom an auditor trusts: the public keys and certificates in the folders of `--keys`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.core.facts import KeyLearned, KeyStatement
from mqtt.certificates import KeyRecord, check, public_key, read_statements
from mqtt.keys import KeyRefused, key_id, load_public
from mqtt.ring import central_ring
from mqtt.seals import CENTRAL

ROOT = "root.pem"
RECORDS = ".keys.json"
FOLDERS = (".", "former-*", CENTRAL)
"""Where keys lie in what `takar keys export` writes."""


@dataclass(slots=True)
class Trust:
    """What is vouched for before any ledger is read."""

    pinned: dict[str, dict[str, Ed25519PublicKey]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """By owner and key id: keys that lie there as OWNER.pem, or are certified."""
    root: Ed25519PublicKey | None = None
    statements: list[KeyStatement] = field(default_factory=list)
    """By the root, about central's keys."""
    records: list[KeyRecord] = field(default_factory=list)
    """By central, about the gateways' keys."""

    @classmethod
    def of(cls, keys: Mapping[str, Ed25519PublicKey]) -> "Trust":
        """One key of each owner, good for all that it seals."""
        trust = cls()
        for owner, key in keys.items():
            trust.pin(owner, key)
        return trust

    @classmethod
    def from_dirs(cls, folders: Iterable[Path]) -> "Trust":
        """KeyRefused where one holds nothing, or what its root or central did not sign.

        Read are OWNER.pem, former-*/OWNER.pem, GATEWAY.keys.json and, here or in central/, the
        public key root.pem with the root's statements, *.json.
        """
        trust = cls()
        for folder in folders:
            trust._read(folder)
        trust._certified()
        return trust

    def pin(self, owner: str, key: Ed25519PublicKey) -> None:
        self.pinned[owner][key_id(key)] = key

    def keys_of(self, gateway: str, incarnation: str) -> dict[str, Ed25519PublicKey]:
        """Those that may seal this ledger: where there are records of it, those alone."""
        recorded = {
            key_id(key): key
            for record in self.records
            if (record.gateway, record.incarnation) == (gateway, incarnation)
            for key in (public_key(record.key),)
        }
        own = self.pinned.get(gateway, {})
        return {name: own[name] for name in recorded if name in own} if recorded else dict(own)

    def through(self, gateway: str, incarnation: str, key: str) -> int | None:
        """The last entry that a key seals by central's records; None where they set no end.

        A revocation's end is another: it counts entries of the incarnation it was made in.
        """
        ends = (
            one.through_sequence
            for one in self.records
            if (one.gateway, one.incarnation) == (gateway, incarnation)
            and not one.revoked
            and key_id(public_key(one.key)) == key
        )
        return next(ends, None)

    def revoked(self, gateway: str) -> str:
        """Why nothing of a gateway counts that central did not acknowledge, or ""."""
        return next((r.revoked for r in self.records if r.gateway == gateway and r.revoked), "")

    def _read(self, folder: Path) -> None:
        found = [path for where in FOLDERS for path in sorted(folder.glob(f"{where}/*.pem"))]
        for path in found:
            if path.name == ROOT:
                self._rooted(path)
            else:
                self.pin(path.stem, load_public(path))
        if not found:
            raise KeyRefused(
                f"{folder}: expected at least one public key (*.pem); copy it there, or let "
                "`takar keys export` write all of them"
            )
        for path in sorted(folder.glob(f"*{RECORDS}")):
            try:
                self.records += msgspec.json.decode(path.read_bytes(), type=list[KeyRecord])
            except ValueError as error:
                raise KeyRefused(f"{path}: expected a gateway's keys in JSON: {error}") from error

    def _rooted(self, path: Path) -> None:
        root = load_public(path)
        if self.root is not None and key_id(self.root) != key_id(root):
            raise KeyRefused(
                f"{path}: is key {key_id(root)}, another root than {key_id(self.root)}; audit "
                "each city by itself"
            )
        self.root = root
        for statement in read_statements(path.parent):
            check(statement, root, CENTRAL)
            if statement not in self.statements:
                self.statements.append(statement)

    def _certified(self) -> None:
        """Under a root central's keys are what it certified; theirs is the word on gateways'."""
        central = self.pinned.get(CENTRAL, {})
        if self.root is not None:
            certified = certified_by(self.root, self.statements)
            if strange := set(central) - set(certified):
                raise KeyRefused(
                    f"central.pem is key {', '.join(sorted(strange))}, which the root in "
                    f"{ROOT} did not certify; expected {', '.join(certified) or 'a certificate'}"
                )
            central = certified
        for record in self.records:
            if record.certificate is None:
                continue
            signer = central.get(record.certificate.signer)
            if signer is None or record.certificate.key != record.key:
                continue
            check(record.certificate, signer, record.gateway)
            self.pin(record.gateway, public_key(record.key))


def certified_by(
    root: Ed25519PublicKey, statements: Iterable[KeyStatement]
) -> dict[str, Ed25519PublicKey]:
    """Central's keys by id, old and new, but not the revoked ones."""
    ring = central_ring(root, [KeyLearned(statement=one, epoch=0, through=0) for one in statements])
    return {key_id(span.key): span.key for span in ring.spans if not span.revoked}
