"""Answer gateways that ask for certificates: new ones by a code, known ones by their seal key."""

import logging
from collections.abc import Callable
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine

from mqtt.authority import Authority
from mqtt.central.admitting import Admitting
from mqtt.central.central_keys import OwnKey
from mqtt.central.vouching_for import Broker, RequestRefused, Vouching
from mqtt.certificates import public_text
from mqtt.enrolment.asking import with_signature
from mqtt.enrolment.messages import AnyAnswer, AnyRequest, CertificateRequest, Refusal, RefusalCode

log = logging.getLogger(__name__)


class Certifying:
    """Every call is one transaction of its own; any thread, one at a time."""

    def __init__(
        self,
        engine: Engine,
        own_key: OwnKey,
        root: Ed25519PublicKey,
        authority: Authority,
        broker: Broker,
        now: Callable[[], datetime],
    ) -> None:
        self._engine, self._now = engine, now
        self._root_key = public_text(root)
        self._own_key = own_key
        self._authority, self._broker = authority, broker

    def answer(self, request: AnyRequest) -> AnyAnswer:
        """Never raises for what a request says."""
        try:
            with self._engine.begin() as connection:
                vouching = Vouching(
                    connection,
                    self._own_key.load(connection),
                    self._root_key,
                    self._authority,
                    self._broker,
                    self._now(),
                )
                if isinstance(request, CertificateRequest):
                    answer = vouching.for_known(request)
                    return with_signature(answer, vouching.central)
                admitting = Admitting(vouching, request)
                refused = admitting.refusal()  # returned: a wrong attempt stays counted
                if refused is None:
                    return admitting.answer()
        except RequestRefused as error:  # nothing was changed
            refused = error
        return self.refuse(refused.code, str(refused))

    def refuse(self, code: RefusalCode, text: str) -> Refusal:
        """What is not answered, said in the log too."""
        log.warning("no certificate: %s: %s", code, text, extra={"event": "certificate_refused"})
        return Refusal(code=code, text=text[:500], root_key=self._root_key)
