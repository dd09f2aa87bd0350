"""Snapshots of a gateway, as its status socket sends them."""

from typing import Any

import msgspec

from gateway.runtime.open_declaration import OpenDeclaration
from gateway.runtime.status import PumpSnapshot, Snapshot


def pump(**changes: Any) -> PumpSnapshot:
    """Idle, unless told otherwise."""
    idle = PumpSnapshot(
        pump=1,
        state="idle",
        volume_ml=0,
        amount_idr=0,
        remaining_ml=None,
        code="ready",
        product="pertamax",
        stop_ml=None,
        fault=None,
        totaliser_ml=71_050,
    )
    return msgspec.structs.replace(idle, **changes)


def snapshot(**changes: Any) -> Snapshot:
    """Online, with everything acknowledged."""
    quiet = Snapshot(
        gateway="kupang-01",
        time="2026-11-22T04:00:00.000Z",
        online=True,
        link="connected",
        blocked=None,
        head=7,
        acknowledged_through=7,
        commits=3,
        pumps=[pump()],
    )
    return msgspec.structs.replace(quiet, **changes)


WAITING = OpenDeclaration(
    sale="00112233445566aa-7",
    pump=2,
    station="spbu-54",
    subject="dh-1001-a",
    plate="DH 1001 A",
    product="pertamax",
    volume_ml=20_000,
    price_idr_per_l=12_400,
    started="2026-11-22T04:00:00.000Z",
    until="2026-11-22T04:30:00.000Z",
    late=False,
)
"""A tap at a third party's pump that waits for its receipt."""
