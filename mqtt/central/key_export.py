"""Every public key and certificate that central knows, as files for an auditor."""

from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection

from mqtt.central import gateway_keys
from mqtt.central.central_keys import statements
from mqtt.certificates import public_key, statement_name, write_statement
from mqtt.keys import write_public
from mqtt.seals import CENTRAL


def export_keys(connection: Connection, root: Ed25519PublicKey, folder: Path) -> list[str]:
    """Write into a folder that exists; returns whose keys. FileExistsError rather than replace.

    `OWNER.pem` is each owner's newest key; one that was replaced is in `former-1`, `former-2` ...,
    newest first. `NAME.keys.json` says which key of a gateway seals which entries, with central's
    certificates; in `central` is what the root says, whose key is `root.pem` there.
    """
    records = gateway_keys.records(connection)
    told = statements(connection)
    keys: dict[str, list[str]] = {CENTRAL: [one.key for one in told]}
    for record in records:
        keys.setdefault(record.gateway, []).append(record.key)
    for owner, known in keys.items():
        for age, key in enumerate(dict.fromkeys(reversed(known))):
            place = folder / f"former-{age}" if age else folder
            place.mkdir(exist_ok=True)
            write_public(place / f"{owner}.pem", public_key(key))
    for gateway in sorted(set(keys) - {CENTRAL}):
        own = [record for record in records if record.gateway == gateway]
        text = msgspec.json.format(msgspec.json.encode(own))
        (folder / f"{gateway}.keys.json").write_bytes(text + b"\n")
    (folder / CENTRAL).mkdir()
    write_public(folder / CENTRAL / "root.pem", root)
    for statement in told:
        write_statement(folder / CENTRAL / statement_name(statement), statement)
    return sorted(keys)
