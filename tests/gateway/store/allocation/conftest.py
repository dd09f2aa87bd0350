"""A cache with all five kinds of directive."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.store.allocation import Allocation
from gateway.store.own_seals import OwnSeals
from tests.gateway.runtime.samples import directives as log
from tests.gateway.store.allocation.contents import ALL
from tests.gateway.store.samples import GATEWAY, INCARNATION


@pytest.fixture(scope="module")
def seals() -> OwnSeals:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    return OwnSeals(private, GATEWAY, INCARNATION, 1)


@pytest.fixture
def path(tmp_path: Path, seals: OwnSeals) -> Path:
    """A cache with all five kinds of directive."""
    path = tmp_path / "allocation.json"
    Allocation.create(path, seals).apply(log(*ALL))
    return path
