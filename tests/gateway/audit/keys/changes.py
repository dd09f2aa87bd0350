"""Keys that change, who trusts which, and what central's records say of it."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.trust import Trust
from gateway.core.facts import KeyRotated
from mqtt.certificates import KeyRecord, public_text, state
from mqtt.keys import key_id
from tests.gateway.audit.scribe import CENTRAL_KEY, KEY, OTHER_KEY, Scribe
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME

ROOT, NEW_KEY, NEW_CENTRAL = (
    Ed25519PrivateKey.from_private_bytes(bytes(range(n, n + 32))) for n in (97, 129, 161)
)
CERTIFIED, REPLACED = (
    state(ROOT, "key-certificate", "central", key.public_key(), serial=serial, issued=TIME)
    for serial, key in enumerate((CENTRAL_KEY, NEW_CENTRAL), start=1)
)
FIRST, SECOND, OTHER = (key_id(key.public_key()) for key in (KEY, NEW_KEY, OTHER_KEY))


def trusting(*keys: Ed25519PrivateKey, rooted: bool = False) -> Trust:
    trust = Trust.of({"central": CENTRAL_KEY.public_key()})
    for key in keys:
        trust.pin(GATEWAY, key.public_key())
    if rooted:
        trust.root, trust.statements = ROOT.public_key(), [CERTIFIED]
    return trust


def rotated(scribe: Scribe, new: Ed25519PrivateKey, old: Ed25519PrivateKey | None = None) -> None:
    """The fact alone: sealed by nobody yet."""
    olds, news = (public_text(key.public_key()) for key in (old or scribe.key, new))
    scribe.say(KeyRotated(old=olds, new=news, by="a test"))


def record(
    key: Ed25519PrivateKey, first: int, through: int | None, revoked: str | None = None
) -> KeyRecord:
    certificate = state(
        CENTRAL_KEY, "key-certificate", GATEWAY, key.public_key(), serial=first, issued=TIME
    )
    public = public_text(key.public_key())
    return KeyRecord(GATEWAY, INCARNATION, first, through, revoked, public, certificate)
