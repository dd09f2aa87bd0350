"""The keys of a new city: a root that vouches for central's, and central's for the gateways'."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.core.facts import KeyStatement
from mqtt.certificates import public_text, state, statement_name, write_statement
from mqtt.keys import make_private, write_public
from mqtt.seals import CENTRAL

ROOT = "root"
PUBLIC = "public"
"""Public halves as PEM files, for auditors and for who listens beside central."""
README = """\
root.pem is the root of this city's trust. It signs which key central seals with, and which one
it no longer may; every gateway believes it and nothing else. Its public half is in every
configuration: {public}

Move this whole folder to a medium that lies in a safe, and delete it here. It is needed again
only to change or revoke central's key:

    takar keys rotate-central --root MEDIUM/root.pem
    takar keys revoke-central --root MEDIUM/root.pem

Who has root.pem can make himself central. If it is lost, central's key can never be changed.
The *.json files beside it are what it has signed; their numbers must go on rising.
"""


@dataclass(frozen=True, slots=True)
class CityKeys:
    """All private keys of a new city but the root's, which stays in its folder."""

    root: Ed25519PublicKey
    central: Ed25519PrivateKey
    certificate: KeyStatement
    """The root's word for central's key."""
    gateways: Mapping[str, Ed25519PrivateKey]


def make_keys(folder: Path, names: Sequence[str], time: str) -> CityKeys:
    """Make `root/` and `keys/` in a city's new folder; `time` is UTC text."""
    vault = folder / ROOT
    vault.mkdir(mode=0o700)
    root = make_private(vault / f"{ROOT}.pem")
    public = root.public_key()
    (vault / "README").write_text(README.format(public=public_text(public)))
    private = {}
    for owner in (CENTRAL, *names):
        (folder / "keys" / owner).mkdir(parents=True)
        private[owner] = make_private(folder / "keys" / owner / f"{owner}.pem")
    (folder / "keys" / PUBLIC).mkdir()
    for owner, own in private.items():
        write_public(folder / "keys" / PUBLIC / f"{owner}.pem", own.public_key())
    central = private.pop(CENTRAL)
    certificate = state(
        root, "key-certificate", CENTRAL, central.public_key(), serial=1, issued=time
    )
    write_statement(vault / statement_name(certificate), certificate)
    vouched = folder / "keys" / PUBLIC / CENTRAL
    vouched.mkdir()
    write_public(vouched / f"{ROOT}.pem", public)
    write_statement(vouched / statement_name(certificate), certificate)
    for name in names:
        statements = folder / "keys" / name / CENTRAL
        statements.mkdir()
        write_statement(statements / statement_name(certificate), certificate)
    return CityKeys(public, central, certificate, private)
