"""A seal proves one claim of one party, and nothing else."""

from typing import Any

import msgspec
import pytest

from gateway.core.chain import GENESIS
from mqtt.keys import Keyring
from mqtt.seal import Seal
from mqtt.seals import SEALED_BY_CENTRAL, SealInvalid, Signer, verify
from tests.mqtt.parties import (
    CENTRAL_KEY,
    CENTRAL_RING,
    GATEWAY,
    GATEWAY_KEY,
    GATEWAY_RING,
    INCARNATION,
)

SIGNER = Signer(GATEWAY_KEY, GATEWAY, INCARNATION, 1)
SEAL = SIGNER.seal("ledger", 7, "ab" * 32)


def test_valid_seal_passes() -> None:
    verify(SEAL, CENTRAL_RING, type="ledger", gateway=GATEWAY, incarnation=INCARNATION, epoch=1)
    verify(SEAL, CENTRAL_RING, type="ledger", gateway=GATEWAY)


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        ({"type": "status"}, "seal of type 'ledger', expected 'status'"),
        ({"gateway": "depot-2"}, "seal of gateway 'depot-1', expected 'depot-2'"),
        ({"incarnation": "0" * 16}, "seal of incarnation"),
        ({"epoch": 2}, "seal of epoch 1, expected 2"),
    ],
)
def test_seal_of_something_else_is_refused(expected: dict[str, Any], reason: str) -> None:
    with pytest.raises(SealInvalid, match=reason):
        verify(SEAL, CENTRAL_RING, **{"type": "ledger", "gateway": GATEWAY, **expected})


@pytest.mark.parametrize(
    "change",
    [
        {"type": "status"},
        {"gateway": "depot-2"},
        {"incarnation": "0" * 16},
        {"epoch": 2},
        {"sequence": 8},
        {"head": "ac" * 32},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_field_is_signed(change: dict[str, Any]) -> None:
    changed = msgspec.structs.replace(SEAL, **change)
    ring = Keyring({changed.gateway: GATEWAY_KEY.public_key()})
    with pytest.raises(SealInvalid, match="does not fit"):
        verify(changed, ring, type=changed.type, gateway=changed.gateway)


def test_signature_of_wrong_length_is_refused_not_raised() -> None:
    for signature in ("", "A" * 85, "é" * 86):
        broken = msgspec.structs.replace(SEAL, signature=signature)
        with pytest.raises(SealInvalid):
            verify(broken, CENTRAL_RING, type="ledger", gateway=GATEWAY)


def test_unknown_key_is_refused() -> None:
    with pytest.raises(SealInvalid, match=r"unknown key .* not among those given"):
        verify(SEAL, GATEWAY_RING, type="ledger", gateway=GATEWAY)


def test_one_gateway_cannot_seal_for_another() -> None:
    ring = Keyring({"depot-2": GATEWAY_KEY.public_key()})
    with pytest.raises(SealInvalid, match="belongs to depot-2, expected one of depot-1"):
        verify(SEAL, ring, type="ledger", gateway=GATEWAY)


def test_gateway_cannot_seal_what_central_says_nor_the_reverse() -> None:
    ring = Keyring({GATEWAY: GATEWAY_KEY.public_key(), "central": CENTRAL_KEY.public_key()})
    for kind in SEALED_BY_CENTRAL:
        with pytest.raises(SealInvalid, match="expected one of central"):
            verify(SIGNER.seal(kind, 0, GENESIS), ring, type=kind, gateway=GATEWAY)
    central = Signer(CENTRAL_KEY, GATEWAY, INCARNATION, 1)
    with pytest.raises(SealInvalid, match="expected one of depot-1"):
        verify(central.seal("ledger", 0, GENESIS), ring, type="ledger", gateway=GATEWAY)


def test_seal_survives_the_wire() -> None:
    assert msgspec.json.decode(msgspec.json.encode(SEAL), type=Seal) == SEAL
