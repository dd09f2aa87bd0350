"""Tag readers, and the card that was held to one."""

from msgspec import Struct

from gateway.doctor.verdict import Verdict, pump_name, verdict

VERSIONS = {0x91: "1.0", 0x92: "2.0", 0x88: "FM17522", 0x89: "FM17522E", 0xB2: "FM17522-1"}
"""By the version register: NXP's silicon, and the clones that are register compatible."""
NOTHING = (0x00, 0xFF)
"""What an open bus reads."""


class ReaderFinding(Struct, frozen=True, kw_only=True):
    pump: int
    path: str
    """/dev/spidevB.D"""
    version: int | None = None
    """What register 0x37 read; None: it could not be asked."""
    error: str = ""


class CardFinding(Struct, frozen=True, kw_only=True):
    pump: int
    """To whose reader a card was to be held."""
    asked: bool
    """Whether somebody was there to hold one."""
    seen_at: tuple[int, ...] = ()
    """Pumps whose readers saw a card."""
    trouble: str = ""
    """A card was there and could not be read."""


def judge_reader(found: ReaderFinding) -> Verdict:
    of = pump_name(found.pump)
    if found.version is None:
        return verdict("reader_failed", of, path=found.path, error=found.error)
    if found.version in NOTHING:
        return verdict("reader_silent", of, path=found.path, version=f"0x{found.version:02X}")
    if found.version not in VERSIONS:
        return verdict("reader_other", of, path=found.path, version=f"0x{found.version:02X}")
    return verdict("reader_answers", of, path=found.path, chip=VERSIONS[found.version])


def judge_card(found: CardFinding) -> Verdict:
    of = pump_name(found.pump)
    if not found.asked:
        return verdict("card_not_tried", of, why="no_card")
    if found.seen_at == (found.pump,):
        return verdict("card_seen", of)
    if found.pump in found.seen_at:
        others = ", ".join(str(pump) for pump in found.seen_at if pump != found.pump)
        return verdict("card_twice", of, others=others)
    if found.seen_at:
        return verdict("card_elsewhere", of, others=", ".join(map(str, found.seen_at)))
    if found.trouble:
        return verdict("card_unread", of, trouble=found.trouble)
    return verdict("card_not_seen", of)
