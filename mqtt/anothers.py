"""Messages that reach somebody for whom they are not: a broker may echo what one wrote, or hand
out retained messages that one did not subscribe to, as the embedded one does at a reconnect.

They are no fault of anybody's, and not for their reader to judge. What says one gateway on its
topic and another in its seal, or is no message of its topic, is.
"""

from mqtt.messages import KeysMessage, Live
from mqtt.payloads import MessageRejected, decode_envelope
from mqtt.seal import Seal
from mqtt.topics import Kind


def is_anothers(gateway: str, kind: Kind, payload: bytes) -> bool:
    """Is it what its topic says: a message of this kind, about this gateway?"""
    try:
        message = decode_envelope(kind, payload)
    except MessageRejected:
        return False
    if isinstance(message, KeysMessage | Live):
        return True  # which name no gateway
    seal = message if isinstance(message, Seal) else message.seal
    return seal.gateway == gateway
