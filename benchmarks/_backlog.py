"""A city whose one gateway has a backlog of sealed sales, on disk."""

from pathlib import Path

import msgspec

from gateway.config.types import MqttSettings
from gateway.core.facts import Charge, GrantActivated, SaleCompleted
from gateway.core.units import amount_idr
from gateway.setup.folder import Wanted, make_folder
from gateway.store.ledger import Ledger
from mqtt.keys import load_private

GATEWAY = "gateway"
PERIOD = "2026-07"
A_COMMIT = 100
TIME = "2026-07-10T04:00:00.000Z"
PRICE_IDR_PER_L = 12_400
VOLUME_ML = 200
"""Small, so that no grant is overdrawn."""


def make_city(folder: Path, port: int) -> None:
    """As `takar init` makes it, for a broker on this port."""
    make_folder(
        folder,
        Wanted(
            seed=1,
            gateways=1,
            pumps=2,
            period=PERIOD,
            kind="simulated",
            mqtt=MqttSettings(port=port),
            by="takar bench",
        ),
    )


def open_ledger(city: Path) -> Ledger:
    private = load_private(city / "keys" / GATEWAY / f"{GATEWAY}.pem")
    return Ledger.open(city / GATEWAY / "ledger.sqlite3", private, gateway=GATEWAY)


def fill_ledger(city: Path, lines: Path, count: int) -> None:
    """Bring the ledger to `count` entries with sales on its grants; write all as lines too."""
    ledger = open_ledger(city)
    try:
        entries = list(ledger.every_entry())
        grants = [
            msgspec.convert(entry.data, GrantActivated)
            for entry in entries
            if entry.type == "grant.activated"
        ]
        while (head := ledger.head.sequence) < count:
            numbers = range(head + 1, min(head + A_COMMIT, count) + 1)
            sales = [_sale(ledger, number, grants[number % len(grants)]) for number in numbers]
            entries += ledger.commit([(sale, TIME) for sale in sales], seal=True)
    finally:
        ledger.close()
    lines.write_bytes(b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries))


def _sale(ledger: Ledger, number: int, grant: GrantActivated) -> SaleCompleted:
    return SaleCompleted(
        sale=f"{ledger.meta().incarnation}-{number}",
        pump=1,
        mode="valve",
        card="04A1B2C3D4E5F6",
        subject=grant.subject,
        department=grant.department,
        product="pertamax",
        volume_ml=VOLUME_ML,
        overrun_ml=0,
        price_idr_per_l=PRICE_IDR_PER_L,
        price_version=1,
        amount_idr=amount_idr(VOLUME_ML, PRICE_IDR_PER_L),
        charges=[Charge(grant.grant_no, VOLUME_ML)],
        totaliser_start_ml=number * VOLUME_ML,
        totaliser_end_ml=(number + 1) * VOLUME_ML,
        metered_ml=VOLUME_ML,
        estimated=False,
        ended_by="nozzle_hung",
        started=TIME,
        offline=True,
        clock="good",
        boot=2,
        uptime_ms=number * 60_000,
    )
