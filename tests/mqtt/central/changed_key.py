"""A gateway that changes its key."""

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.facts import KeyRotated
from mqtt.certificates import public_text
from tests.mqtt.central.teller import Teller

NEW = Ed25519PrivateKey.generate()


def rotated(teller: Teller, new: Ed25519PrivateKey = NEW) -> Teller:
    """The gateway after it has changed its key, the entry that says so written and sealed."""
    old, fresh = (public_text(key.public_key()) for key in (teller.key, new))
    teller.tell(KeyRotated(old=old, new=fresh, by="a test"))
    return replace(teller, key=new)
