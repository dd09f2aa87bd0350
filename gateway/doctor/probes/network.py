"""Asks central something through the broker."""

import threading
import time
from contextlib import suppress

from gateway.config.types import MqttSettings
from gateway.doctor.judging.books import BrokerFinding
from gateway.doctor.probes.books import Books
from gateway.store.view import Meta
from mqtt.connection import Connection, Publication
from mqtt.keys import KeyRefused, Keys
from mqtt.payloads import MessageRejected, decode_envelope, encode_written
from mqtt.seal import Seal
from mqtt.seals import SealInvalid, Signer, verify
from mqtt.topics import topic_of

CONNECT_S = 10.0
RETAINED_S = 1.0
"""What the broker kept for us has come by then; what comes later is an answer."""
ANSWER_S = 5.0


def ask_central(mqtt: MqttSettings, books: Books) -> BrokerFinding:
    """In the stopped gateway's name, send central an entry that it has: it acknowledges once more,
    by its seal, and nothing is changed."""
    broker = f"{mqtt.host}:{mqtt.port}"
    meta, private, known = books.meta, books.private, books.known
    if meta is None or private is None or not known:
        return BrokerFinding(broker=broker, tried=False)
    try:
        asking = _Asking(books.keys_of_central(), meta)
        connection = Connection(
            mqtt,
            meta.gateway,
            [(topic_of(meta.gateway, "ledger/ack"), 0)],
            on_up=asking.changed.set,
            on_down=asking.went_down,
            on_message=asking.heard,
        )
    except KeyRefused:
        return BrokerFinding(broker=broker, tried=False)
    except (OSError, ValueError) as error:
        return BrokerFinding(broker=broker, refused=str(error))
    connection.start()
    try:
        asking.changed.wait(CONNECT_S)
        if not connection.up:
            refused = asking.why or f"broker {broker} did not answer within {CONNECT_S:.0f} s"
            return BrokerFinding(broker=broker, refused=refused)
        asking.answered.wait(RETAINED_S)
        asking.answered.clear()
        signer = Signer(private, meta.gateway, meta.incarnation, meta.epoch)
        seal = signer.seal("ledger", known[-1].sequence, known[-1].hash)
        begun_s = time.monotonic()
        connection.publish(
            Publication(topic_of(meta.gateway, "ledger"), encode_written(known, seal))
        )
        answered = asking.answered.wait(ANSWER_S)
        took_ms = round((time.monotonic() - begun_s) * 1000)
        return BrokerFinding(broker=broker, answered_ms=took_ms if answered else None)
    finally:
        connection.stop()


class _Asking:
    """Hears what central sealed for this gateway's ledger; whatever else comes is no answer."""

    def __init__(self, keys: Keys, meta: Meta) -> None:
        self._keys, self._meta = keys, meta
        self.changed, self.answered = threading.Event(), threading.Event()
        self.why = ""

    def went_down(self, why: str) -> None:
        self.why = why
        self.changed.set()

    def heard(self, _topic: str, payload: bytes) -> None:
        meta = self._meta
        with suppress(MessageRejected, SealInvalid):
            seal = decode_envelope("ledger/ack", payload)
            if isinstance(seal, Seal):
                verify(
                    seal,
                    self._keys,
                    type="ledger-ack",
                    gateway=meta.gateway,
                    incarnation=meta.incarnation,
                )
                self.answered.set()
