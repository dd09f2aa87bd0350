"""What two gateways may have lived through, and how it may reach central: from one Random."""

from dataclasses import dataclass, replace
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.chain import GENESIS
from gateway.core.facts import (
    Charge,
    EpochAdopted,
    GatewayBooted,
    GrantActivated,
    GrantClosed,
    GrantReported,
    GrantRequested,
    GrantsSkipped,
)
from mqtt.central.opening import Received
from tests.mqtt.central.changed_key import rotated
from tests.mqtt.central.city import PERIOD, SUBJECTS
from tests.mqtt.central.teller import Teller
from tests.mqtt.central.test_succession import restored

NEXT_KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(4)]
BUG = "bug"
"""Code of a refusal that breaks our own code."""
USUAL = ("sell", "sell", "sell", "again", "ask", "report", "close", "activate", "boot", "refuse")
RARE = ("skip", "strange", "bug", "rotate", "adopt", "restore")
ENTRIES = 14


@dataclass
class Part:
    """Consecutive entries that one key seals."""

    teller: Teller
    first: int
    last: int


class Gateway:
    """Lives, and remembers who may seal what of it."""

    def __init__(self, teller: Teller, random: Random, epoch: int) -> None:
        self.parts: list[Part] = []
        self._teller, self._random, self._epoch = teller, random, epoch
        self._spent: dict[int, int] = {}
        self._first, self._number = 1, 0
        for _ in range(ENTRIES):
            self._number += 1
            kind = random.choice(RARE if random.random() < 0.2 else USUAL)
            getattr(self, f"_{kind}")()
        self._end_part()

    def _end_part(self) -> None:
        last = len(self._teller.entries)
        if last >= self._first:
            self.parts.append(Part(self._teller, self._first, last))
        self._first = last + 1

    def _sell(self, **changes: str) -> None:
        number, volume_ml = self._random.randint(1, 4), self._random.choice((500, 1500, 6000))
        overrun_ml = self._random.choice((0, 0, 200))
        self._spent[number] = self._spent.get(number, 0) + volume_ml
        self._teller.sell(
            volume_ml + overrun_ml,
            subject=SUBJECTS[(number - 1) % 3],
            overrun_ml=overrun_ml,
            charges=[Charge(number, volume_ml)],
            **changes,
        )

    def _again(self) -> None:
        self._sell(sale=f"{self._teller.incarnation}-{self._random.randint(1, ENTRIES)}")

    def _ask(self) -> None:
        subject, wanted_ml = self._random.choice(SUBJECTS), self._random.choice((2000, 30_000))
        asked = GrantRequested(kind="vehicle", subject=subject, period=PERIOD, wanted_ml=wanted_ml)
        self._teller.tell(asked)

    def _report(self) -> None:
        number = self._random.randint(1, 5)
        spent_ml = self._spent.get(number, 0)
        self._teller.tell(GrantReported(grant_no=number, spent_ml=spent_ml, reserved_ml=100))

    def _close(self) -> None:
        number = self._random.randint(1, 5)
        spent_ml = self._spent.get(number, 0) + self._random.choice((0, 0, 0, 10))
        why = self._random.choice(("recalled", "expired", "never_held"))
        self._teller.tell(GrantClosed(grant_no=number, spent_ml=spent_ml, why=why))  # type: ignore[arg-type]

    def _activate(self) -> None:
        number = self._random.choice((1, 2, 3, 4, 9))
        self._teller.tell(
            GrantActivated(
                grant_no=number,
                subject=SUBJECTS[(number - 1) % 3],
                department="dinkes",
                period=PERIOD,
                volume_ml=18_500,
                not_before="2026-06-30T16:00:00.000Z",
                not_after="2026-07-31T16:00:00.000Z",
            )
        )

    def _skip(self) -> None:
        first = self._random.randint(4, 8)
        self._teller.tell(GrantsSkipped(first=first, last=first + self._random.randint(0, 3)))

    def _boot(self) -> None:
        self._teller.tell(
            GatewayBooted(
                boot=self._number + 1,
                version="0.1.0",
                uptime_ms=1,
                clock="good",
                configuration_hash="0" * 64,
                unwitnessed=False,
                single_channel=False,
            )
        )

    def _refuse(self) -> None:
        self._teller.refuse()

    def _strange(self) -> None:
        self._teller.append("tank.dipped", {"level_ml": 5})

    def _bug(self) -> None:
        self._teller.refuse(BUG)

    def _rotate(self) -> None:
        fresh = rotated(self._teller, self._random.choice(NEXT_KEYS))
        self._end_part()
        self._teller = fresh

    def _adopt(self) -> None:
        self._teller.tell(EpochAdopted(epoch=self._epoch, through=0))
        self._teller = replace(self._teller, epoch=self._epoch)

    def _restore(self) -> None:
        self._end_part()
        incarnation = f"{self._random.getrandbits(64):016x}"
        self._teller = restored(self._teller, incarnation, self._teller.epoch)
        self._first, self._spent = 1, {}


def delivered(gateways: list[Gateway], random: Random) -> list[Received]:
    """All of it in order, with what a broker and an enemy add: doubled, cut anew, damaged."""
    ways = [
        [one for part in gateway.parts for one in _pieces(part, random)] for gateway in gateways
    ]
    messages: list[Received] = []
    while any(ways):
        way = random.choice([way for way in ways if way])
        for _ in range(random.randint(1, 3)):
            messages += [way.pop(0)] if way else []
            if random.random() < 0.3:
                messages.append(_extra(random.choice(gateways), random))
    return messages


def _pieces(part: Part, random: Random) -> list[Received]:
    cuts = [n for n in range(part.first, part.last) if random.random() < 0.5]
    firsts = [part.first, *(cut + 1 for cut in cuts)]
    return [part.teller.ledger(*piece) for piece in zip(firsts, [*cuts, part.last], strict=True)]


def _extra(gateway: Gateway, random: Random) -> Received:
    part = random.choice(gateway.parts)
    teller = part.teller
    first = random.randint(1, part.last)
    message = teller.ledger(first, random.randint(first, part.last))
    match random.choice(("again", "again", "damaged", "cut off", "status", "request")):
        case "damaged":
            return message._replace(payload=message.payload.replace(b'"pump":1', b'"pump":2'))
        case "cut off":
            return message._replace(payload=message.payload[:-9])
        case "status":
            return teller.status(random.choice(("online", "offline")), random.randint(1, 16))
        case "request":
            return teller.request(1, GENESIS)
        case _:
            return message
