"""The gateway's own key, the root's word for central's, and certificates for the broker."""

from msgspec import Struct

from gateway.core.units import NS_PER_S
from gateway.doctor.verdict import Verdict, verdict

NS_PER_DAY = 86_400 * NS_PER_S
SOON_DAYS = 14
"""A certificate renews itself well before: one that is so near its end has not."""


class KeyFinding(Struct, frozen=True, kw_only=True):
    path: str
    missing: bool = False
    held: bool = False
    """This user may not read it."""
    mode: int | None = None
    """Its permissions, where others may read it; None: all is well."""
    error: str = ""
    found: str = ""
    """Id of the key there."""
    wanted: str = ""
    """Id of the key that the ledger is sealed with; "": it is not known."""


class TrustFinding(Struct, frozen=True, kw_only=True):
    folder: str
    held: bool = False
    """This user may not read there."""
    statements: int = 0
    """Of the root's about central's keys."""
    error: str = ""
    """One is not the root's."""


class CertificateFinding(Struct, frozen=True, kw_only=True):
    """An X.509 certificate in a file; times are UTC ns."""

    path: str = ""
    """"": none is configured."""
    encrypted: bool = True
    """TLS is on, or the broker is this machine."""
    now_ns: int = 0
    begins_ns: int = 0
    ends_ns: int = 0
    name: str = ""
    """Its common name."""
    wanted_name: str = ""
    key_fits: bool = True
    """The private key beside it is the one that it is about, as far as it can be read."""
    held: bool = False
    """This user may not read it."""
    error: str = ""


def judge_key(found: KeyFinding) -> Verdict:
    path = found.path
    if found.held:
        return verdict("key_unread", path=path)
    if found.missing:
        return verdict("key_missing", path=path)
    if found.mode is not None:
        return verdict("key_open", path=path, mode=f"{found.mode:04o}")
    if found.error:
        return verdict("key_unusable", path=path, error=found.error)
    if found.wanted and found.found != found.wanted:
        return verdict("key_foreign", path=path, found=found.found, wanted=found.wanted)
    return verdict("key_fits", path=path, found=found.found)


def judge_trust(found: TrustFinding) -> Verdict:
    if found.held:
        return verdict("trust_held")
    if found.error:
        return verdict("trust_foreign", folder=found.folder, error=found.error)
    if not found.statements:
        return verdict("trust_missing", folder=found.folder)
    return verdict("trust_proved", folder=found.folder, statements=found.statements)


def judge_certificate(found: CertificateFinding) -> Verdict:
    """The gateway's own, by which it logs in at the broker."""
    path = found.path
    if not path:
        return verdict("certificate_none" if found.encrypted else "certificate_open")
    if found.held:
        return verdict("certificate_held")
    if found.error:
        return verdict("certificate_unread", path=path, error=found.error)
    if not found.key_fits:
        return verdict("certificate_key", path=path)
    if found.name != found.wanted_name:
        return verdict(
            "certificate_name", path=path, found=found.name or "?", wanted=found.wanted_name
        )
    return _by_time("certificate", found)


def judge_authority(found: CertificateFinding) -> Verdict:
    """That of whoever vouches for the broker."""
    if found.held:
        return verdict("authority_held")
    if found.error:
        return verdict("authority_unread", path=found.path, error=found.error)
    return _by_time("authority", found)


def _by_time(check: str, found: CertificateFinding) -> Verdict:
    path = found.path
    if found.now_ns < found.begins_ns:
        return verdict(f"{check}_early", path=path)
    if found.now_ns >= found.ends_ns:
        return verdict(f"{check}_expired", path=path)
    days = (found.ends_ns - found.now_ns) // NS_PER_DAY
    return verdict(f"{check}_{'soon' if days < SOON_DAYS else 'valid'}", path=path, days=days)
