"""The published schema says what `decode` does, judged by a validator that is not ours."""

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gateway.core.allocation import DIRECTIVE_TYPES
from gateway.core.facts import FACT_TYPES
from mqtt.messages import MESSAGE_TYPES
from mqtt.payloads import MessageRejected, decode
from mqtt.schema import CERTIFICATES, SEAL_OF, certificates_text, file_of, schema_of, text_of
from mqtt.seals import Signer
from mqtt.topics import KINDS, Kind
from tests.mqtt.parties import CENTRAL_KEY, GATEWAY, INCARNATION, Log
from tests.mqtt.values import values_of

Json = Any
VALIDATORS = {kind: Draft202012Validator(schema_of(kind)) for kind in KINDS}
UNTYPED: list[Kind] = ["status", "ledger/ack", "directives/head", "requests", "live"]


@pytest.mark.parametrize("kind", KINDS)
def test_published_file_is_what_the_types_say(kind: Kind) -> None:
    assert file_of(kind).read_text() == text_of(kind), "run: python -m mqtt.schema"
    Draft202012Validator.check_schema(schema_of(kind))


def test_no_other_file_is_published() -> None:
    published = set(file_of("live").parent.iterdir())
    assert published == {CERTIFICATES, *(file_of(kind) for kind in KINDS)}
    assert CERTIFICATES.read_text() == certificates_text(), "run: python -m mqtt.schema"
    Draft202012Validator.check_schema(json.loads(certificates_text()))


def accepted(kind: Kind, message: Json) -> bool:
    try:
        decode(kind, json.dumps(message).encode())
    except MessageRejected:
        return False
    return True


@given(st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_every_entry_of_every_type_passes_both(data: st.DataObject) -> None:
    typed: list[tuple[Kind, Mapping[str, type]]]
    typed = [("ledger", FACT_TYPES), ("directives", DIRECTIVE_TYPES)]
    for kind, types in typed:
        name = data.draw(st.sampled_from(sorted(types)))
        message = batch(kind, name, data.draw(values_of(types[name])))
        assert accepted(kind, message)
        VALIDATORS[kind].validate(message)
    snapshot = page(name, message["directives"][0]["data"])
    assert accepted("directives", snapshot)
    VALIDATORS["directives"].validate(snapshot)


@pytest.mark.parametrize(
    "change",
    [
        lambda page: page.update(kind="directives"),
        lambda page: page.update(at=0),
        lambda page: page.update(entries=[]),
        lambda page: page.pop("content"),
        lambda page: page["entries"][0].update(type="card.imagined"),
        lambda page: page["entries"][0]["data"].update(status="eaten"),
        lambda page: page["entries"][0].update(sequence=1),
    ],
)
def test_a_mutated_page_fails_both(change: Callable[[Json], None]) -> None:
    card = {"uid": "04A1B2C3", "card": "driver", "holder": "maria", "status": "active"}
    changed = page("card.put", card)
    VALIDATORS["directives"].validate(changed)
    change(changed)
    assert not VALIDATORS["directives"].is_valid(changed)
    assert not accepted("directives", changed)


@pytest.mark.parametrize("kind", UNTYPED)
@given(data=st.data())
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_every_other_message_passes_both(kind: Kind, data: st.DataObject) -> None:
    message = data.draw(values_of(MESSAGE_TYPES[kind]))
    seal = message if "signature" in message else message.get("seal")
    if seal is not None:
        seal["type"] = SEAL_OF[kind]
    assert accepted(kind, message)
    VALIDATORS[kind].validate(message)


def batch(kind: Kind, name: str, data: Json) -> Json:
    log = Log()
    entry = log.append(name, data)
    seal = Signer(CENTRAL_KEY, GATEWAY, INCARNATION, 1).seal(SEAL_OF[kind], 1, entry.prevhash)
    message: Json = {"entries": [entry]}
    if kind == "directives":
        message = {"kind": kind, "directives": [entry]}
    built: Json = msgspec.to_builtins(message | {"seal": seal})
    return built


def page(name: str, data: Json) -> Json:
    """The same as a snapshot's only page."""
    message = batch("directives", name, data)
    (entry,) = message["directives"]
    held = {field: entry[field] for field in ("id", "type", "data")}
    seal = message["seal"] | {"type": "snapshot"}
    return {
        "kind": "snapshot",
        "at": 1,
        "head": seal["head"],
        "time": entry["time"],
        "content": seal["head"],
        "total": 1,
        "first": 1,
        "entries": [held],
        "seal": seal,
    }


Change = Callable[[Json], None]
MUTATIONS: dict[str, Change] = {
    "no seal": lambda m: m.pop("seal"),
    "unknown field": lambda m: m.update(extra=1),
    "no entries": lambda m: m.update(entries=[]),
    "401 entries": lambda m: m.update(entries=m["entries"] * 401),
    "entries not a list": lambda m: m.update(entries={"0": m["entries"][0]}),
    "unknown entry type": lambda m: m["entries"][0].update(type="sale.imagined"),
    "data of another type": lambda m: m["entries"][0].update(type="emergency_stop.changed"),
    "entry without prevhash": lambda m: m["entries"][0].pop("prevhash"),
    "sequence 0": lambda m: m["entries"][0].update(sequence=0),
    "sequence 2^53": lambda m: m["entries"][0].update(sequence=2**53),
    "hash in capitals": lambda m: m["entries"][0].update(prevhash="A" * 64),
    "time without zone": lambda m: m["entries"][0].update(time="2026-01-01T00:00:00.000"),
    "source of a stranger": lambda m: m["entries"][0].update(source="pump/1"),
    "volume as text": lambda m: m["entries"][0]["data"].update(volume_ml="1000"),
    "volume with a fraction": lambda m: m["entries"][0]["data"].update(volume_ml=0.5),
    "volume negative": lambda m: m["entries"][0]["data"].update(volume_ml=-1),
    "volume 2^53": lambda m: m["entries"][0]["data"].update(volume_ml=2**53),
    "volume null": lambda m: m["entries"][0]["data"].update(volume_ml=None),
    "pump 5": lambda m: m["entries"][0]["data"].update(pump=5),
    "seal with a short signature": lambda m: m["seal"].update(signature="AA"),
    "seal of an unknown type": lambda m: m["seal"].update(type="receipt"),
    "seal without key": lambda m: m["seal"].pop("key_id"),
}


@pytest.mark.parametrize("change", MUTATIONS.values(), ids=MUTATIONS)
def test_a_mutated_message_fails_both(change: Change) -> None:
    flow = {"pump": 1, "volume_ml": 150, "totaliser_end_ml": 9000}
    message = batch("ledger", "flow.unauthorised", flow)
    VALIDATORS["ledger"].validate(message)
    assert accepted("ledger", message)
    changed = copy.deepcopy(message)
    change(changed)
    assert not VALIDATORS["ledger"].is_valid(changed)
    assert not accepted("ledger", changed)
