"""Ways to break a ledger, one at a time, and what must be found of each."""

from collections.abc import Callable

from msgspec.structs import replace

from gateway.audit.problems import Kind
from gateway.core.facts import (
    AllocationApplied,
    Charge,
    EpochAdopted,
    FlowUnauthorised,
    FlowUncounted,
    GatewayInitialised,
    GrantClosed,
    GrantReported,
    GrantsSkipped,
    LedgerForked,
)
from tests.gateway.audit.scribe import OTHER_KEY, Scribe, booted
from tests.gateway.store.samples import GATEWAY, grant, refusal


def twice(scribe: Scribe) -> None:
    scribe.sell(1)


def wrong_volume(scribe: Scribe) -> None:
    scribe.sell(2, 1000, volume_ml=900, amount_idr=11_655, charges=[Charge(1, 900)])


def wrong_charges(scribe: Scribe) -> None:
    scribe.sell(2, charges=[Charge(1, 999)])


def wrong_amount(scribe: Scribe) -> None:
    scribe.sell(2, amount_idr=12_949)


def other_price(scribe: Scribe) -> None:
    scribe.sell(2, price_idr_per_l=13_000, amount_idr=13_000)


def of_another_life(scribe: Scribe) -> None:
    scribe.sell(2, sale="f" * 16 + "-2")


def exceeded(scribe: Scribe) -> None:
    scribe.sell(2, 39_001)


def of_another_holder(scribe: Scribe) -> None:
    scribe.sell(2, subject="dh-9999-z")


def never_activated(scribe: Scribe) -> None:
    scribe.sell(2, 1000, 9)


def activated_again(scribe: Scribe) -> None:
    scribe.say(grant(2))


def after_close(scribe: Scribe) -> None:
    scribe.say(GrantClosed(grant_no=1, spent_ml=1000, why="recalled"))
    scribe.sell(2)


def closed_wrong(scribe: Scribe) -> None:
    scribe.say(GrantClosed(grant_no=1, spent_ml=999, why="expired"))


def closed_twice(scribe: Scribe) -> None:
    scribe.say(*[GrantClosed(grant_no=1, spent_ml=1000, why="expired")] * 2)


def held_after_all(scribe: Scribe) -> None:
    scribe.say(GrantClosed(grant_no=1, spent_ml=0, why="never_held"))


def skipped_after_all(scribe: Scribe) -> None:
    scribe.say(GrantsSkipped(first=1, last=7))


def over_reported(scribe: Scribe) -> None:
    scribe.say(GrantReported(grant_no=1, spent_ml=1000, reserved_ml=39_001))


def back_in_time(scribe: Scribe) -> None:
    scribe.say(booted(1))


def of_another_boot(scribe: Scribe) -> None:
    scribe.sell(2, boot=2)


def metered_twice(scribe: Scribe) -> None:
    scribe.sell(2, totaliser_ml=999)


def more_than_metered(scribe: Scribe) -> None:
    scribe.say(FlowUnauthorised(pump=1, volume_ml=500, totaliser_end_ml=1400))


def unexplained(scribe: Scribe) -> None:
    scribe.sell(2, totaliser_ml=1201)


def uncounted(scribe: Scribe) -> None:
    scribe.say(FlowUncounted(pump=1, bound_ml=1, why="power"))


def unread(scribe: Scribe) -> None:
    scribe.sell(2, totaliser_end_ml=None)


def forked(scribe: Scribe) -> None:
    scribe.say(LedgerForked(detail="central has another entry 3"))


def nameless(scribe: Scribe) -> None:
    scribe.say(refusal(1), type="sale.completed")


def foreign(scribe: Scribe) -> None:
    scribe.say(refusal(1), source="takar/kupang-02")


def foreign_life(scribe: Scribe) -> None:
    scribe.say(refusal(1), id=f"{'f' * 16}/7")


def broken_chain(scribe: Scribe) -> None:
    scribe.say(refusal(1), prevhash="ab" * 32)


def left_out(scribe: Scribe) -> None:
    scribe.say(refusal(1), sequence=8, id=f"{scribe.incarnation}/8")


def unreadable(scribe: Scribe) -> None:
    scribe.say(refusal(1), time=7)


def other_key(scribe: Scribe) -> None:
    scribe.seals.clear()
    scribe.seal(OTHER_KEY)


def claimed_key(scribe: Scribe) -> None:
    signature = scribe.seals[-1].signature
    scribe.seals.clear()
    scribe.seal(signature="A" + signature[1:] if signature[0] != "A" else "B" + signature[1:])


def other_head(scribe: Scribe) -> None:
    scribe.say(refusal(1))
    scribe.hashes[-1] = "ab" * 32
    scribe.seal()


def other_kind(scribe: Scribe) -> None:
    scribe.seal(type="status")


def reported_wrong(scribe: Scribe) -> None:
    scribe.say(GrantReported(grant_no=1, spent_ml=999, reserved_ml=0))


def reported_after_close(scribe: Scribe) -> None:
    scribe.say(GrantClosed(grant_no=2, spent_ml=0, why="expired"))
    scribe.say(GrantReported(grant_no=2, spent_ml=0, reserved_ml=0))


def begun_again(scribe: Scribe) -> None:
    scribe.say(GatewayInitialised(by="init", version="0.1.0", configuration_hash="ab" * 32))


def same_epoch(scribe: Scribe) -> None:
    scribe.say(*[EpochAdopted(epoch=2, through=5)] * 2)


def epoch_of_the_future(scribe: Scribe) -> None:
    scribe.say(EpochAdopted(epoch=2, through=6))


def former_epoch(scribe: Scribe) -> None:
    scribe.say(EpochAdopted(epoch=2, through=5))
    scribe.say(AllocationApplied(epoch=1, through=9, content="ab" * 32))


def override_by_nobody(scribe: Scribe) -> None:
    scribe.say(replace(grant(3), kind="override", subject=GATEWAY))
    scribe.sell(2, 1000, 3)


BREAKS: dict[Callable[[Scribe], None], tuple[Kind, str]] = {
    twice: ("sale", "a second time"),
    wrong_volume: ("meter", "1000 ml metered, 900 ml sold"),
    wrong_charges: ("sale", "expected 1000 ml charged, as was sold, found 999 ml"),
    wrong_amount: ("sale", "expected Rp 12950 for 1000 ml, found Rp 12949"),
    other_price: ("sale", "the price of pertamax in version 3, found Rp 13000"),
    of_another_life: ("sale", "found ffffffffffffffff-2"),
    exceeded: ("grant", "at most 40000 ml of grant 1, found 40001 ml"),
    of_another_holder: ("grant", "the holder of grant 1, dh-1001-a, found one to dh-9999-z"),
    never_activated: ("order", "found grant 9, which never was"),
    activated_again: ("grant", "grant 2 activated again"),
    after_close: ("order", "nothing of grant 1, which is closed, found 1000 ml charged"),
    closed_wrong: ("grant", "at what sales took, 1000 ml, found 999 ml"),
    closed_twice: ("grant", "found closed again"),
    held_after_all: ("grant", "grant 1 never held here"),
    skipped_after_all: ("grant", "grant 2 never held here"),
    over_reported: ("grant", "found 1000 ml spent and 39001 ml reserved"),
    back_in_time: ("order", "a boot after 1, found boot 1"),
    of_another_boot: ("sale", "expected a sale of boot 1, found one of boot 2"),
    metered_twice: ("meter", "expected pump 1 to begin at 1000 ml or more"),
    more_than_metered: ("meter", "the 1400 ml that pump 1 counted, found 1500 ml"),
    unexplained: ("meter", "found 201 ml counted by its meter in no sale"),
    uncounted: ("meter", "found 1 ml stated as uncounted"),
    unread: ("meter", "a reading at the end, unless the sale is estimated"),
    reported_wrong: ("grant", "grant 1 reported as it stands, 1000 ml spent, found 999 ml"),
    reported_after_close: ("grant", "grant 2 reported as it stands, closed"),
    begun_again: ("order", "the beginning of a ledger as its first entry, found as entry 6"),
    same_epoch: ("order", "an epoch after 2, found epoch 2 adopted"),
    epoch_of_the_future: ("order", "held by central before this one, 6, found those through 6"),
    former_epoch: ("order", "directives of epoch 2, found some of epoch 1"),
    override_by_nobody: ("grant", "a supervisor's card with grant 3 of the station"),
    forked: ("fork", "central has another entry 3"),
    nameless: ("fact", "sale.completed"),
    foreign: ("owner", "takar/kupang-02"),
    foreign_life: ("owner", "found ffffffffffffffff/7"),
    broken_chain: ("chain", "the hash of the entry before"),
    left_out: ("sequence", "expected entry 6, found entry 8"),
    unreadable: ("fact", "an entry with all its fields"),
    other_key: ("seal", "unknown key"),
    claimed_key: ("seal", "does not fit the ledger seal at sequence 5"),
    other_head: ("seal", "expected a seal of entry 6 with the hash"),
    other_kind: ("seal", "a seal of type status"),
}
