"""How a service ended that could not say so itself, from what systemd tells who comes after it.

systemd.exec(5), "Process Exit Codes": what fails before a program is even started has statuses
of its own, and systemd's own words for them name no remedy.
"""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.cli.errors import MISCONFIGURED
from mqtt.credentials import REMEDY

WATCHDOG = "watchdog"
EXITED = "exit-code"
REMEDIES = MappingProxyType(
    {
        "216": "the accounts of the services are missing: run `systemd-sysusers`, or install the "
        "package again",
        "217": "the accounts of the services are missing: run `systemd-sysusers`, or install the "
        "package again",
        "226": "its view of the files could not be made: is every disk mounted?",
        "233": "/run/takar cannot be made: is /run full? See `df /run`",
        "238": "its folder in /var/lib/takar cannot be made or written: is the disk full or "
        "mounted read-only? See `df /var/lib/takar` and `dmesg`",
        "243": "a private key or password in /etc/credstore.encrypted cannot be opened: it was "
        "made on another machine, or this one's TPM or /var/lib/systemd/credential.secret has "
        "changed. " + REMEDY,
    }
)
"""By exit status."""


def said_by_itself(environment: Mapping[str, str]) -> bool:
    """It refused its configuration or a key, in a line of its own, before it opened any pin."""
    return _ended(environment) == (EXITED, str(MISCONFIGURED))


def remedy(environment: Mapping[str, str]) -> str | None:
    """What is to be said of an end in the place of who could not; None: nothing."""
    result, status = _ended(environment)
    if result == WATCHDOG:
        return (
            "the gateway hung and was ended by the watchdog; where it hung is above. The valves "
            "had shut by themselves. If it comes again, keep the journal for the office"
        )
    return REMEDIES.get(status) if result == EXITED else None


def _ended(environment: Mapping[str, str]) -> tuple[str, str]:
    return environment.get("SERVICE_RESULT", ""), environment.get("EXIT_STATUS", "")
