"""A fresh ledger on its way into a gateway's state folder, which `takar restore` and `takar enrol`
put there."""

from pathlib import Path

from gateway.store.errors import LedgerDamaged

FRESH = ".restored"
"""Folder, in that of the state, where it is made. It is gone once all is in place."""


def refuse_cut_off(state: Path) -> None:
    """LedgerDamaged if a restore or an enrolment was cut off while it filled this state folder."""
    if (state / FRESH).exists():
        raise LedgerDamaged(
            f"{state}: a restore or an enrolment was cut off, so the ledger in it may be of no "
            "incarnation",
            "Run `takar restore` again (`takar enrol`, if it was that); it begins anew, and "
            "nothing is lost by that",
        )
