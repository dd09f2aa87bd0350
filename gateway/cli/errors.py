"""Which errors are foreseen: they print one line that says what to do, and no traceback."""

import errno
from types import MappingProxyType

FAILURE = 1
MISCONFIGURED = 2

FORESEEN = MappingProxyType(
    {
        "builtins.OSError": FAILURE,
        "gateway.audit.part.Unusable": MISCONFIGURED,
        "gateway.backup.importing.ImportRefused": FAILURE,
        "gateway.backup.manifest.BackupRefused": FAILURE,
        "gateway.config.problems.ConfigError": MISCONFIGURED,
        "gateway.console.serving.CannotListen": FAILURE,
        "gateway.demo.headless.Stuck": FAILURE,
        "gateway.demo.parts.PartFailed": FAILURE,
        "gateway.runtime.control.ControlRefused": FAILURE,
        "gateway.runtime.renewing.NotRenewed": FAILURE,
        "gateway.setup.enrolling.EnrolmentRefused": FAILURE,
        "gateway.setup.folder.FolderRefused": MISCONFIGURED,
        "gateway.setup.station.steps.SetupRefused": FAILURE,
        "gateway.store.errors.LedgerInUse": FAILURE,
        "gateway.store.errors.StoreError": FAILURE,
        "hardware.ports.HardwareError": FAILURE,
        "mqtt.authority.CertificateRefused": MISCONFIGURED,
        "mqtt.broker.BrokerStopped": FAILURE,
        "mqtt.central.cutting_off.StillIn": FAILURE,
        "mqtt.central.database.DatabaseRefused": FAILURE,
        "mqtt.central.decisions.DecisionRefused": FAILURE,
        "mqtt.central.door.CannotOpen": FAILURE,
        "mqtt.central.invoices.InvoiceRefused": MISCONFIGURED,
        "mqtt.central.quarantine.NotThere": FAILURE,
        "mqtt.central.register.QuotaRefused": FAILURE,
        "mqtt.enrolment.asking.AnswerRefused": FAILURE,
        "mqtt.enrolment.code.CodeRefused": MISCONFIGURED,
        "mqtt.enrolment.http.NoAnswer": FAILURE,
        "mqtt.credentials.CredentialRefused": MISCONFIGURED,
        "mqtt.keys.KeyRefused": MISCONFIGURED,
    }
)
"""Exit status by full name of the class, so that knowing an error imports nothing."""

REMEDIES = MappingProxyType(
    {
        errno.EROFS: "The disk is mounted read-only, as after an error of the card: see `dmesg`, "
        "and replace a card that is worn",
        errno.ENOSPC: "The disk is full: free some room on it; nothing recorded is lost",
        errno.EACCES: "This account may not: is it the service's own, or root?",
    }
)
"""By the system's number of what a disk refuses."""


def words(error: BaseException) -> str:
    """What is wrong, for a person: an error of the system without its number."""
    if _of_the_database(error):
        return (
            f"central's database: {getattr(error, 'orig', error)}. Nothing was changed; if it is "
            "damaged, keep its files as they are and restore a backup (takar restore)"
        )
    if not isinstance(error, OSError) or error.filename is None:
        return str(error)
    where = error.filename2 or error.filename
    if isinstance(error, FileExistsError):
        return f"{where} is there already, and nothing is overwritten: name another"
    remedy = REMEDIES.get(error.errno or 0)
    return f"{where}: {error.strerror}" + (f". {remedy}" if remedy else "")


def exit_status(error: BaseException) -> int | None:
    """Status of a foreseen error or of a subclass of one; None for a bug."""
    if _of_the_database(error):
        return FAILURE
    names = (f"{cls.__module__}.{cls.__qualname__}" for cls in type(error).__mro__)
    return next((FORESEEN[name] for name in names if name in FORESEEN), None)


def _of_the_database(error: BaseException) -> bool:
    """Central's is full, locked, read-only or damaged, wherever a command met it."""
    if not isinstance(error, Exception) or not hasattr(error, "orig"):
        return False
    from mqtt.central.passing import passes  # not above: it loads SQLAlchemy, which is there here

    return passes(error)
