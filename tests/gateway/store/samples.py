"""Facts, sessions and a ledger's identity for the tests of what is stored."""

from gateway.core.facts import Charge, GrantActivated, SaleCompleted, SaleRefused
from gateway.core.open_session import OpenSession
from gateway.core.units import amount_idr

GATEWAY = "kupang-01"
INCARNATION = "00112233445566aa"
TIME = "2026-11-22T04:00:00.000Z"
SUBJECT = "dh-1001-a"


def refusal(number: int) -> SaleRefused:
    return SaleRefused(pump=1, code="unknown_card", card=f"{number:08X}", subject=None)


def grant(grant_no: int, volume_ml: int = 40_000, subject: str = SUBJECT) -> GrantActivated:
    return GrantActivated(
        grant_no=grant_no,
        subject=subject,
        department="dinas-kesehatan",
        period="2026-11",
        volume_ml=volume_ml,
        not_before="2026-10-31T16:00:00.000Z",
        not_after="2026-11-30T16:00:00.000Z",
    )


def session(number: int, *charges: Charge, pump: int = 1, metered_ml: int = 1500) -> OpenSession:
    return OpenSession(
        session_no=number,
        sale=f"{INCARNATION}-{number}",
        pump=pump,
        mode="valve",
        card="04A1B2C3D4E5F6",
        subject=SUBJECT,
        department="dinas-kesehatan",
        product="pertamax",
        price_idr_per_l=12_950,
        price_version=3,
        reserved=list(charges) or [Charge(1, 4000)],
        metered_ml=metered_ml,
        totaliser_start_ml=10_000,
        started=TIME,
        boot=1,
    )


def sale(
    number: int,
    *charges: Charge,
    overrun_ml: int = 0,
    subject: str = SUBJECT,
    pump: int = 1,
    started: str = TIME,
    clock: str = "good",
    totaliser_start_ml: int = 0,
) -> SaleCompleted:
    volume_ml = sum(charge.volume_ml for charge in charges) + overrun_ml
    return SaleCompleted(
        sale=f"{INCARNATION}-{number}",
        pump=pump,
        mode="valve",
        card="04A1B2C3D4E5F6",
        subject=subject,
        department="dinas-kesehatan",
        product="pertamax",
        volume_ml=volume_ml,
        overrun_ml=overrun_ml,
        price_idr_per_l=12_950,
        price_version=3,
        amount_idr=amount_idr(volume_ml, 12_950),
        charges=list(charges),
        totaliser_start_ml=totaliser_start_ml,
        totaliser_end_ml=totaliser_start_ml + volume_ml,
        metered_ml=volume_ml,
        estimated=False,
        ended_by="nozzle_hung",
        started=started,
        offline=False,
        clock=clock,
        boot=1,
        uptime_ms=1000,
    )
