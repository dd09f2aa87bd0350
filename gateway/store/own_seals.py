"""Seals that a gateway puts on what it stores itself, and checks when reading it back."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.newest import Rotation
from mqtt.keys import KeyRefused, key_id
from mqtt.ring import gateway_ring
from mqtt.seal import Seal, SealType
from mqtt.seals import Signer, verify


class OwnSeals:
    """The gateway's own signature over its ledger, its checkpoint and its allocation cache."""

    def __init__(
        self,
        private: Ed25519PrivateKey,
        gateway: str,
        incarnation: str,
        epoch: int,
        rotations: Sequence[Rotation] = (),
    ) -> None:
        """`rotations`: how the ledger says that the key came to be this one. KeyRefused if it
        names another as that of today.
        """
        self.private = private
        self.signer = Signer(private, gateway, incarnation, epoch)
        self.key_changes = [rotation.sequence for rotation in rotations]
        """Where the ledger says so; while it is open no key is changed."""
        self._keyring = gateway_ring(gateway, private.public_key(), rotations)
        today = self._keyring.current
        if today is None or key_id(today.key) != self.signer.key_id:
            raise KeyRefused(
                f"key {self.signer.key_id} was replaced: the ledger of {gateway} goes on with "
                f"{key_id(today.key) if today else 'none'}. Put that one back"
            )

    def verify(self, seal: Seal, stored: SealType) -> None:
        """SealInvalid unless this gateway, in this incarnation, made the seal for that."""
        verify(
            seal,
            self._keyring,
            type=stored,
            gateway=self.signer.gateway,
            incarnation=self.signer.incarnation,
        )
