"""The TLS of one end's connection to the broker; renewed certificates are taken up by it."""

import logging
import ssl
from pathlib import Path
from typing import Protocol

from mqtt import credentials

log = logging.getLogger(__name__)

AT_ANY_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python's ssl has no name for."""


class TlsSettings(Protocol):
    """Paths of PEM files; private ones may be credentials."""

    @property
    def ca_file(self) -> str | None: ...
    @property
    def certificate_file(self) -> str | None: ...
    @property
    def key_file(self) -> str | None: ...
    @property
    def key_password_file(self) -> str | None: ...


class Tls:
    """A context for all connections, whose files are looked at again before each.

    The broker's certificate is believed at any time of ours: a station's clock may have lost its
    battery, and what sets it right comes over this connection. No safety rests on it, for every
    message is sealed.
    """

    def __init__(self, settings: TlsSettings) -> None:
        """OSError or ValueError if a file is missing or of no use."""
        self._settings = settings
        self._seen = self._versions()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # which verifies chain and name
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.verify_flags |= AT_ANY_TIME
        self._load()

    def refresh(self) -> None:
        """Take up what was renewed since; what cannot be used is left, and said."""
        try:
            seen = self._versions()
            if seen != self._seen:
                self._seen = seen
                self._load()
                log.info(
                    "the certificate in %s was renewed",
                    self._settings.certificate_file,
                    extra={"event": "certificate_reloaded"},
                )
        except (OSError, ValueError) as error:
            log.error(
                "the certificate before is used on: %s",
                error,
                extra={"event": "certificate_not_reloaded"},
            )

    def _versions(self) -> list[tuple[int, int]]:
        files = [file for file in self._files() if not credentials.is_credential(file)]
        stats = [Path(file).stat() for file in files]
        return [(stat.st_mtime_ns, stat.st_ino) for stat in stats]

    def _files(self) -> list[str]:
        settings = self._settings
        files = (settings.ca_file, settings.certificate_file, settings.key_file)
        return [file for file in files if file is not None]

    def _load(self) -> None:
        settings = self._settings
        for file in self._files():
            credentials.read(Path(file))  # ssl does not say which file is missing
        password = ""
        if settings.key_password_file is not None:
            password = credentials.read(Path(settings.key_password_file)).decode().strip()
        try:
            self.context.load_verify_locations(settings.ca_file)
            if settings.certificate_file is not None:
                key_file = settings.key_file or settings.certificate_file
                with credentials.as_path(key_file) as path:
                    # With an empty password OpenSSL fails instead of asking on the terminal.
                    self.context.load_cert_chain(settings.certificate_file, path, lambda: password)
        except ssl.SSLError as error:
            found = ", ".join(self._files())
            raise OSError(f"expected PEM certificates and their key in {found}: {error}") from error
