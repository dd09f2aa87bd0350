"""The published JSON Schema of each message, made from its type: `python -m mqtt.schema`."""

import json
from pathlib import Path
from typing import Any

import msgspec

from gateway.core.allocation import DIRECTIVE_TYPES
from gateway.core.facts import FACT_TYPES
from mqtt.enrolment.messages import AnyAnswer, AnyRequest
from mqtt.messages import MESSAGE_TYPES
from mqtt.seal import SealType
from mqtt.topics import ENROLMENT_PATH, KINDS, Kind

FOLDER = Path(__file__).parent / "schema"
CERTIFICATES = FOLDER / "certificates.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
SEAL_OF: dict[Kind, SealType] = {
    "status": "status",
    "ledger": "ledger",
    "ledger/ack": "ledger-ack",
    "directives": "directives",
    "directives/head": "directives-head",
    "requests": "request",
}
ALSO_SEALED: dict[Kind, SealType] = {"directives": "snapshot"}
"""Topics whose messages are of two sorts, each with a seal of its own."""

Schema = dict[str, Any]


def schema_of(kind: Kind) -> Schema:
    """JSON Schema 2020-12 of the messages of one topic."""
    types: dict[str, type] = {}
    if kind == "ledger":
        types = dict(FACT_TYPES)
    elif kind == "directives":
        types = dict(DIRECTIVE_TYPES)
    (root, *_), definitions = msgspec.json.schema_components(
        [MESSAGE_TYPES[kind], *types.values()], ref_template="#/$defs/{name}"
    )
    if types:
        for envelope in ("Entry", "Held"):
            if envelope in definitions:
                definitions[envelope] = _entry_schema(definitions[envelope], types)
    if kind in ALSO_SEALED:
        both = [SEAL_OF[kind], ALSO_SEALED[kind]]
        definitions["Seal"]["properties"]["type"] = {"enum": both}
    elif kind in SEAL_OF:
        definitions["Seal"]["properties"]["type"] = {"const": SEAL_OF[kind]}
    return {
        "$schema": DIALECT,
        "$id": f"urn:takar:v1:{kind.replace('/', ':')}",
        "title": f"takar/v1/{{gateway}}/{kind}",
        **root,
        "$defs": definitions,
    }


def _entry_schema(envelope: Schema, types: dict[str, type]) -> Schema:
    """One alternative a type: the envelope with that type's name and data."""
    alternatives = [
        {
            "title": name,
            "properties": {
                "type": {"const": name},
                "data": {"$ref": f"#/$defs/{data.__name__}"},
            },
        }
        for name, data in types.items()
    ]
    return {**envelope, "oneOf": alternatives}


def file_of(kind: Kind) -> Path:
    """Where the schema of a kind is published."""
    return FOLDER / f"{kind.replace('/', '-')}.json"


def text_of(kind: Kind) -> str:
    """The content of that file."""
    return json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n"


def certificates_text() -> str:
    """The content of CERTIFICATES: what is asked and answered beside the broker."""
    (request, answer), definitions = msgspec.json.schema_components(
        [AnyRequest, AnyAnswer], ref_template="#/$defs/{name}"
    )
    schema = {
        "$schema": DIALECT,
        "$id": "urn:takar:v1:certificates",
        "title": f"HTTP POST {ENROLMENT_PATH}: requests, and answers",
        "anyOf": [request, answer],
        "$defs": definitions,
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Rewrite the published files."""
    FOLDER.mkdir(exist_ok=True)
    for kind in KINDS:
        file_of(kind).write_text(text_of(kind))
    CERTIFICATES.write_text(certificates_text())


if __name__ == "__main__":
    main()
