"""Renews the gateway's certificate for the broker, in a thread of its own; no pump waits for it.

It asks central in good time, by this machine's clock. Where that clock is wrong, or the station
was away for longer than a certificate lasts, the broker refuses it: so it also asks while the
link has been down for a while. Central then says whether the certificate is still good.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.config.types import GatewayConfig
from gateway.runtime.network import Network
from gateway.setup.certificate_files import TlsFiles, files_of
from mqtt.authority import CLIENT_DAYS, CertificateRefused, new_key
from mqtt.certificates import public_key
from mqtt.enrolment.asking import AnswerRefused, ask_for_certificate, check_certificate
from mqtt.enrolment.http import Address, NoAnswer, ask
from mqtt.enrolment.messages import AnyAnswer, AnyRequest, Refusal

log = logging.getLogger(__name__)

LOOK_S = 60.0
DOWN_S = 600.0
"""A link that is down for so long may be refused its certificate."""
AGAIN_S = 3600.0
RENEWED_S = 24 * 3600.0
"""Not asked again before, whatever this clock says of what came."""
IN_GOOD_TIME = timedelta(days=CLIENT_DAYS / 3)


class NotRenewed(Exception):
    """Central gives no other certificate; the text says why."""


def renew(
    config: GatewayConfig,
    private: Ed25519PrivateKey,
    new: bool,  # noqa: FBT001 - a callback of Renewing's
    by: Callable[[Address, AnyRequest], AnyAnswer] = ask,
) -> bool:
    """Ask central for a certificate, and put it in place; False if the one here serves on.

    `new`: for a new TLS key. NotRenewed, NoAnswer, AnswerRefused or OSError: what was there
    stays.
    """
    files = files_of(config)
    if files is None or config.enrolment is None:
        raise NotRenewed(
            "the configuration has no [enrolment], or no certificate in [mqtt] with "
            "certificate_file = key_file: expected what `takar enrol` writes"
        )
    key = None if new else files.key()
    if key is None:
        key = new_key()
    address = Address(config.enrolment.host, config.enrolment.port)
    request = ask_for_certificate(config.gateway.name, private, key)
    answer = by(address, request)
    if isinstance(answer, Refusal):
        raise NotRenewed(f"central at {address} refuses ({answer.code}): {answer.text}")
    root = public_key(config.keys.root_key)
    checked = check_certificate(answer, request, root, key.public_key())
    if files.holds(checked.certificate, checked.authority):
        return False
    files.put(key, checked.certificate, checked.authority)
    return True


def have_certificate(config: GatewayConfig, private: Ed25519PrivateKey) -> None:
    """Ask for one where there is none, as on a restored card. NotRenewed if none is to be had."""
    files = files_of(config)
    if files is None or config.enrolment is None or files.are_there():
        return
    try:
        renew(config, private, True)  # noqa: FBT003
    except (NotRenewed, NoAnswer, AnswerRefused) as error:
        raise NotRenewed(
            f"{files.own}: expected our certificate for the broker, found none, and central gave "
            f"no other: {error}"
        ) from error


class Renewing:
    """Looks every minute; `turn` is what it does then."""

    def __init__(
        self,
        files: TlsFiles,
        ask_central: Callable[[bool], bool],
        down_for_s: Callable[[], float],
        renewed: Callable[[], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`ask_central(new)` is `renew`; `down_for_s` how long the link has been down, 0 if it is
        up; `renewed` has the link take up the new certificate."""
        self._files, self._ask = files, ask_central
        self._down_for_s, self._renewed, self._now = down_for_s, renewed, now
        self._wait_s = 0.0
        self._why = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="certificate", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Does not wait for an answer that is still awaited."""
        self._stopping.set()

    def turn(self, passed_s: float) -> None:
        """Ask if it is time; `passed_s` since the last turn."""
        self._wait_s -= passed_s
        soon = self._ends_soon()
        if self._wait_s > 0 or not (soon or self._down_for_s() >= DOWN_S):
            return
        self._wait_s = AGAIN_S
        try:
            got_one = self._ask(soon)
        except (NotRenewed, NoAnswer, AnswerRefused, CertificateRefused, OSError) as error:
            if str(error) != self._why:
                self._why = str(error)
                log.warning(
                    "the certificate for the broker was not renewed: %s",
                    error,
                    extra={"event": "certificate_not_renewed"},
                )
            return
        self._why = ""
        if got_one:
            self._wait_s = RENEWED_S
            log.info(
                "the certificate for the broker is renewed until %s",
                self._files.ends(),
                extra={"event": "certificate_renewed"},
            )
            self._renewed()

    def _ends_soon(self) -> bool:
        """Also if it cannot be read."""
        try:
            return self._files.ends() - self._now() < IN_GOOD_TIME
        except (OSError, CertificateRefused) as error:
            log.error(
                "the certificate for the broker cannot be read: %s",
                error,
                extra={"event": "certificate_unreadable"},
            )
            return True

    def _run(self) -> None:
        while True:
            try:
                self.turn(LOOK_S)
            except Exception:
                # Sales go on without it, and the next turn tries again.
                log.exception(
                    "renewing the certificate failed", extra={"event": "certificate_not_renewed"}
                )
            if self._stopping.wait(LOOK_S):
                return


def renew_by_itself(
    config: GatewayConfig, private: Ed25519PrivateKey, link: Network
) -> Callable[[], None]:
    """Renew the certificate from now on, if central has issued it; returns what ends that."""
    files = files_of(config)
    if files is None or config.enrolment is None:
        return lambda: None
    ask_central = partial(renew, config, private)
    renewing = Renewing(files, ask_central, link.down_for_s, link.reconnect)
    renewing.start()
    return renewing.stop
