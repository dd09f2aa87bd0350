"""The contract as AsyncAPI 3.0, made from the message types: `python -m mqtt.asyncapi`."""

from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from mqtt.connection import KEEPALIVE_S
from mqtt.examples import examples
from mqtt.payloads import MAX_PAYLOAD_BYTES
from mqtt.schema import SEAL_OF, file_of
from mqtt.topics import KINDS, Kind, topic_of_all

FILE = Path(__file__).parent / "asyncapi.yaml"
MQTT_BINDING = "0.2.0"
CONTRACT = "CONTRACT.md"

Party = Literal["gateway", "central"]
Document = dict[str, Any]


class Way(NamedTuple):
    """Who sends a kind of message, and how."""

    sender: Party
    qos: Literal[0, 1]
    retain: bool
    summary: str


WAYS: dict[Kind, Way] = {
    "status": Way(
        "gateway", 1, retain=True, summary="Online or offline; offline is also the last will."
    ),
    "ledger": Way(
        "gateway", 1, retain=False, summary="What happened: 1 to 400 entries, sealed at the last."
    ),
    "ledger/ack": Way(
        "central", 0, retain=True, summary="Committed through this entry of the ledger."
    ),
    "directives": Way(
        "central",
        1,
        retain=False,
        summary="What is allowed: 1 to 400 directives, or a page of a snapshot; sealed.",
    ),
    "directives/head": Way("central", 1, retain=True, summary="The newest directive there is."),
    "keys": Way(
        "central", 1, retain=True, summary="What the root says of central's keys, signed by it."
    ),
    "requests": Way("gateway", 1, retain=False, summary="Send what follows this directive."),
    "live": Way(
        "gateway", 0, retain=False, summary="What each pump is doing; unsealed, only to look at."
    ),
}
NAMES: dict[Kind, str] = {kind: kind.title().replace("/", "") for kind in KINDS}


def document() -> Document:
    """The whole contract as an AsyncAPI document; references are relative to FILE."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Takar: a gateway and central over MQTT",
            "version": "1.0.0",
            "description": (
                "Two chained and sealed logs: the ledger of each gateway (what happened) and "
                "the directives of central (what is allowed). Delivered means central's sealed "
                f"acknowledgement; a PUBACK proves nothing. Rules and a worked example: {CONTRACT}."
            ),
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {_key(kind): _channel(kind) for kind in KINDS},
        "operations": dict(
            _operation(kind, party) for kind in KINDS for party in ("gateway", "central")
        ),
        "components": {
            "messages": {NAMES[kind]: _message(kind) for kind in KINDS},
            "securitySchemes": {
                "certificate": {
                    "type": "X509",
                    "description": (
                        "A client certificate of the city's authority. Its common name is the "
                        "gateway's name, or `central`; the broker's rules follow it "
                        "(mosquitto/acl)."
                    ),
                }
            },
        },
    }


def text() -> str:
    """The content of FILE."""
    head = "# Made by python -m mqtt.asyncapi from the message types. Do not edit.\n"
    return head + msgspec.yaml.encode(document()).decode()


def main() -> None:
    """Rewrite the published file."""
    FILE.write_text(text(), encoding="utf-8")


def _key(kind: Kind) -> str:
    """The channel's name: ledger/ack is ledgerAck."""
    return NAMES[kind][0].lower() + NAMES[kind][1:]


def _address(kind: Kind) -> str:
    return topic_of_all(kind).replace("+", "{gateway}")


def _servers() -> Document:
    """The last will is a gateway's; central leaves none."""
    binding = {
        "cleanSession": True,
        "keepAlive": KEEPALIVE_S,
        "bindingVersion": MQTT_BINDING,
    }
    return {
        "production": {
            "host": "{broker}:8883",
            "protocol": "secure-mqtt",
            "protocolVersion": "5.0",
            "description": (
                "Mosquitto with TLS client certificates (mosquitto/mosquitto.conf); MQTT 3.1.1 "
                f"does too. At most {MAX_PAYLOAD_BYTES} bytes a message."
            ),
            "variables": {"broker": {"description": "Where the city's broker is."}},
            "security": [{"$ref": "#/components/securitySchemes/certificate"}],
            "bindings": {
                "mqtt": {
                    **binding,
                    "lastWill": {
                        "topic": _address("status"),
                        "qos": WAYS["status"].qos,
                        "retain": WAYS["status"].retain,
                        "message": "A status with state offline, sealed when connecting.",
                    },
                }
            },
        },
        "embedded": {
            "host": "127.0.0.1:1883",
            "protocol": "mqtt",
            "protocolVersion": "3.1.1",
            "description": "takar broker: for the demo and to try things out. Knows no users.",
            "bindings": {"mqtt": binding},
        },
    }


def _channel(kind: Kind) -> Document:
    return {
        "address": _address(kind),
        "title": kind,
        "description": WAYS[kind].summary,
        "messages": {NAMES[kind]: {"$ref": f"#/components/messages/{NAMES[kind]}"}},
        "parameters": {"gateway": _gateway(kind)},
    }


def _gateway(kind: Kind) -> Document:
    """The topic's parameter; where a message is sealed, the seal repeats it."""
    whole_seal: tuple[Kind, ...] = ("ledger/ack", "directives/head")
    place = "/gateway" if kind in whole_seal else "/seal/gateway"
    return {
        "description": (
            "The gateway's name: a-z 0-9 . _ -, begins with a letter or digit, at most 64 "
            "characters; never `central`."
        ),
        "examples": ["depot-1"],
        **({"location": f"$message.payload#{place}"} if kind in SEAL_OF else {}),
    }


def _operation(kind: Kind, party: Party) -> tuple[str, Document]:
    way = WAYS[kind]
    sends = way.sender == party
    return f"{party}{'Sends' if sends else 'Receives'}{NAMES[kind]}", {
        "action": "send" if sends else "receive",
        "channel": {"$ref": f"#/channels/{_key(kind)}"},
        "summary": way.summary,
        "tags": [{"name": party}],
        "messages": [{"$ref": f"#/channels/{_key(kind)}/messages/{NAMES[kind]}"}],
        "bindings": {"mqtt": _binding(way, sends=sends)},
    }


def _binding(way: Way, *, sends: bool) -> Document:
    """Retained is the sender's word alone."""
    retain = {"retain": way.retain} if sends else {}
    return {"qos": way.qos, **retain, "bindingVersion": MQTT_BINDING}


def _message(kind: Kind) -> Document:
    return {
        "name": NAMES[kind],
        "title": kind,
        "summary": WAYS[kind].summary,
        "contentType": "application/json",
        "payload": {"$ref": file_of(kind).relative_to(FILE.parent).as_posix()},
        "examples": [{"name": "example", "payload": msgspec.to_builtins(examples()[kind])}],
    }


if __name__ == "__main__":
    main()
