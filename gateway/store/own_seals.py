"""Seals that a gateway puts on what it stores itself, and checks when reading it back."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mqtt.keys import Keyring
from mqtt.seals import Seal, SealType, Signer, verify


class OwnSeals:
    """The gateway's own signature over its ledger, its checkpoint and its allocation cache."""

    def __init__(
        self, private: Ed25519PrivateKey, gateway: str, incarnation: str, epoch: int
    ) -> None:
        self.private = private
        self.signer = Signer(private, gateway, incarnation, epoch)
        self._keyring = Keyring({gateway: private.public_key()})

    def verify(self, seal: Seal, stored: SealType) -> None:
        """SealInvalid unless this gateway, in this incarnation, made the seal for that."""
        verify(
            seal,
            self._keyring,
            type=stored,
            gateway=self.signer.gateway,
            incarnation=self.signer.incarnation,
        )
