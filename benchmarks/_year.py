"""An export of as many entries as wanted, chained and sealed, with a mix as at a pump."""

import hashlib
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.chain import GENESIS, canonical
from gateway.core.facts import (
    TYPE_OF,
    Charge,
    Fact,
    FlowUnauthorised,
    GatewayBooted,
    GatewayInitialised,
    GrantActivated,
    GrantReported,
    GrantRequested,
    PumpFaulted,
    SaleCompleted,
    SaleRefused,
)
from gateway.core.units import amount_idr
from mqtt.export import ExportEnd, ExportHeader, LineName, line_of, new_export
from mqtt.seal import Seal
from mqtt.seals import Signer

GATEWAY, INCARNATION = "gateway", "00112233445566aa"
TIME = "2026-07-10T04:00:00.000Z"
GRANTS, GRANT_ML = 1008, 50_000_000
A_FILL_ML, PRICE_IDR_PER_L = 12_340, 12_400
PUMPS = 4


def write_year(path: Path, private: Ed25519PrivateKey, size: int) -> list[Seal]:
    """The export, with a seal behind each sale; the seals."""
    signer = Signer(private, GATEWAY, INCARNATION, 1)
    header = ExportHeader(
        gateway=GATEWAY, incarnation=INCARNATION, holder="gateway", from_sequence=1, through=size
    )
    seals: list[Seal] = []
    digest = hashlib.sha256()
    with new_export(path) as file:

        def put(name: LineName, value: Any) -> None:
            line = line_of(name, value)
            digest.update(line)
            file.write(line)

        put("export", header)
        head = GENESIS
        for sequence, fact in zip(range(1, size + 1), _facts(), strict=False):
            entry = {
                "id": f"{INCARNATION}/{sequence}",
                "source": f"takar/{GATEWAY}",
                "type": TYPE_OF[type(fact)],
                "time": TIME,
                "data": msgspec.to_builtins(fact),
                "sequence": sequence,
                "prevhash": head,
            }
            put("entry", entry)
            head = hashlib.sha256(canonical(entry)).hexdigest()
            if isinstance(fact, SaleCompleted) or sequence == size:
                seals.append(signer.seal("ledger", sequence, head))
                put("seal", seals[-1])
        end = ExportEnd(entries=size, seals=len(seals), sha256=digest.hexdigest())
        file.write(line_of("end", end))
    return seals


def _facts() -> Iterator[Fact]:
    """Without end. After the grants, of a hundred entries sixty are sales."""
    yield GatewayInitialised(by="bench", version="0", configuration_hash="ab" * 32)
    for number in range(1, GRANTS + 1):
        yield _grant(number)
    boot, counted_ml, fills = 0, [0] * PUMPS, [0] * (GRANTS + 1)
    for number in count(1):
        if number % 2000 == 1:
            boot += 1
            yield _booted(boot)
        pump = number % PUMPS
        start_ml, counted_ml[pump] = counted_ml[pump], counted_ml[pump] + A_FILL_ML
        yield _sale(number, pump + 1, start_ml, boot)
        fills[1 + number % GRANTS] += 1
        if number % 6 == 0:
            yield SaleRefused(pump=1, code="quota_exhausted", card="04A1B2C3D4E5F6", subject=None)
        if number % 3 == 0:
            grant_no = 1 + number % GRANTS
            holder = _grant(grant_no)
            yield GrantRequested(
                kind="vehicle", subject=holder.subject, period=holder.period, wanted_ml=40_000
            )
            spent_ml = fills[grant_no] * A_FILL_ML
            yield GrantReported(grant_no=grant_no, spent_ml=spent_ml, reserved_ml=0)
        if number % 100 == 0:
            counted_ml[pump] += 150
            yield FlowUnauthorised(pump=pump + 1, volume_ml=150, totaliser_end_ml=counted_ml[pump])
            yield PumpFaulted(pump=pump + 1, fault="reader_silent", detail="no answer")


def _grant(number: int) -> GrantActivated:
    return GrantActivated(
        grant_no=number,
        subject=f"dh-{number}-a",
        department="dinas-kesehatan",
        period="2026-07",
        volume_ml=GRANT_ML,
        not_before=TIME,
        not_after=TIME,
    )


def _booted(boot: int) -> GatewayBooted:
    return GatewayBooted(
        boot=boot,
        version="0",
        uptime_ms=1,
        clock="good",
        configuration_hash="ab" * 32,
        unwitnessed=True,
        single_channel=True,
    )


def _sale(number: int, pump: int, start_ml: int, boot: int) -> SaleCompleted:
    grant_no = 1 + number % GRANTS
    return SaleCompleted(
        sale=f"{INCARNATION}-{number}",
        pump=pump,
        mode="valve",
        card="04A1B2C3D4E5F6",
        subject=f"dh-{grant_no}-a",
        department="dinas-kesehatan",
        product="pertamax",
        volume_ml=A_FILL_ML,
        overrun_ml=0,
        price_idr_per_l=PRICE_IDR_PER_L,
        price_version=1,
        amount_idr=amount_idr(A_FILL_ML, PRICE_IDR_PER_L),
        charges=[Charge(grant_no, A_FILL_ML)],
        totaliser_start_ml=start_ml,
        totaliser_end_ml=start_ml + A_FILL_ML,
        metered_ml=A_FILL_ML,
        estimated=False,
        ended_by="nozzle_hung",
        started=TIME,
        offline=False,
        clock="good",
        boot=boot,
        uptime_ms=number,
    )
