"""asyncapi.yaml is AsyncAPI 3.0, says what the code and CONTRACT.md say, and its examples hold."""

import json
import re
from typing import Any

import msgspec
import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from mqtt.asyncapi import FILE, WAYS, text
from mqtt.batches import check_batch
from mqtt.examples import CENTRAL_KEY, GATEWAY, GATEWAY_KEY
from mqtt.keys import Keyring
from mqtt.messages import DirectivesMessage, LedgerMessage
from mqtt.payloads import decode
from mqtt.schema import SEAL_OF
from mqtt.seal import Seal
from mqtt.seals import verify
from mqtt.topics import KINDS, Kind, parse_topic
from tests.mqtt.brokers import REPOSITORY

Json = Any
MQTT = REPOSITORY / "mqtt"
OFFICIAL = json.loads((REPOSITORY / "tests/mqtt/asyncapi_schema/3.0.0.json").read_text())
DOCUMENT: Json = msgspec.yaml.decode(FILE.read_text())
KEYRING = Keyring({GATEWAY: GATEWAY_KEY.public_key(), "central": CENTRAL_KEY.public_key()})


def test_published_file_is_what_the_types_say() -> None:
    assert FILE.read_text() == text(), "run: python -m mqtt.asyncapi"


def test_it_is_asyncapi_3_by_the_official_schema() -> None:
    problems = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in Draft7Validator(OFFICIAL).iter_errors(DOCUMENT)
    ]
    assert problems == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d["operations"]["gatewaySendsLedger"].update(action="publish"),
        lambda d: d["operations"]["gatewaySendsLedger"].pop("channel"),
        lambda d: d["servers"]["embedded"].pop("protocol"),
        lambda d: d["operations"]["gatewaySendsLedger"]["bindings"]["mqtt"].update(qos=3),
        lambda d: d["channels"]["ledger"].update(topic="x"),
    ],
)
def test_the_official_schema_is_really_applied(damage: Any) -> None:
    damaged = msgspec.yaml.decode(FILE.read_text())
    damage(damaged)
    assert not Draft7Validator(OFFICIAL).is_valid(damaged)


def references(node: Json) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in references(value)]
    if isinstance(node, list):
        return [found for value in node for found in references(value)]
    return []


def resolved(reference: str, inside: Json) -> Json:
    """What a reference means: in this document, or in a file beside it."""
    name, _, pointer = reference.partition("#")
    node = json.loads((MQTT / name).read_text()) if name else inside
    for step in pointer.split("/")[1:]:
        node = node[step.replace("~1", "/").replace("~0", "~")]
    return node


def test_every_reference_resolves_also_within_the_schemas() -> None:
    found = references(DOCUMENT)
    assert len(found) > 7 * 6
    for reference in found:
        meant = resolved(reference, DOCUMENT)
        if not reference.startswith("#"):
            for inner in references(meant):
                assert inner.startswith("#/$defs/")
                resolved(inner, meant)


def message_of(kind: Kind) -> Json:
    (channel,) = [each for each in DOCUMENT["channels"].values() if each["title"] == kind]
    (reference,) = channel["messages"].values()
    return resolved(reference["$ref"], DOCUMENT)


@pytest.mark.parametrize("kind", KINDS)
def test_examples_are_valid_messages_with_valid_seals(kind: Kind) -> None:
    """By the schema as draft 2020-12 says it and as draft 7, AsyncAPI's own, reads it."""
    message = message_of(kind)
    schema = resolved(message["payload"]["$ref"], DOCUMENT)
    (example,) = message["examples"]
    Draft202012Validator(schema).validate(example["payload"])
    Draft7Validator(schema).validate(example["payload"])
    read = decode(kind, json.dumps(example["payload"]).encode())
    if kind not in SEAL_OF:
        return
    seal = read if isinstance(read, Seal) else read.seal  # type: ignore[union-attr]
    verify(seal, KEYRING, type=SEAL_OF[kind], gateway=GATEWAY)
    if isinstance(read, LedgerMessage):
        check_batch(read.entries, seal, f"takar/{GATEWAY}")
    elif isinstance(read, DirectivesMessage):
        check_batch(read.directives, seal, "takar/central")


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_is_a_topic_and_the_gateway_is_where_it_says(kind: Kind) -> None:
    (channel,) = [each for each in DOCUMENT["channels"].values() if each["title"] == kind]
    assert parse_topic(channel["address"].replace("{gateway}", GATEWAY)) == (GATEWAY, kind)
    location = channel["parameters"]["gateway"].get("location")
    assert (location is None) == (kind not in SEAL_OF)
    if location is not None:
        (example,) = message_of(kind)["examples"]
        assert resolved(location.removeprefix("$message.payload"), example["payload"]) == GATEWAY


def test_each_end_sends_what_the_other_receives() -> None:
    operations = DOCUMENT["operations"]
    for kind in KINDS:
        (name,) = [
            name for name, channel in DOCUMENT["channels"].items() if channel["title"] == kind
        ]
        actions = {
            each["tags"][0]["name"]: each["action"]
            for each in operations.values()
            if each["channel"]["$ref"] == f"#/channels/{name}"
        }
        other = "central" if WAYS[kind].sender == "gateway" else "gateway"
        assert actions == {WAYS[kind].sender: "send", other: "receive"}
    assert len(operations) == 2 * len(KINDS)


def test_contract_and_access_rules_say_the_same() -> None:
    page = (MQTT / "CONTRACT.md").read_text()
    rows = re.findall(r"^\| `([a-z/]+)` \| (\w+) \| ([01]) \| (yes|no) \|", page, re.MULTILINE)
    ways = {kind: (way.sender, str(way.qos), way.retain) for kind, way in WAYS.items()}
    assert {kind: (sender, qos, kept == "yes") for kind, sender, qos, kept in rows} == ways

    rules = (MQTT / "mosquitto" / "acl").read_text()
    patterns = re.findall(r"^pattern (\w+) takar/v1/%u/([a-z/]+)$", rules, re.MULTILINE)
    means = {"gateway": "write", "central": "read"}
    assert {kind: access for access, kind in patterns} == {
        kind: means[way.sender] for kind, way in WAYS.items()
    }
