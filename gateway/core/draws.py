"""Which accounts a fill draws on, in which order, and how much there is in all of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.core.accounts import Balance, account_of
from gateway.core.allocation import PutPolicy, PutSubject
from gateway.core.facts import Charge, GrantKind
from gateway.core.open_session import add_charges

Moment = tuple[str, str]
"""UTC text and period at which grants must serve."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One account that a fill may draw on."""

    kind: GrantKind
    holder: str
    most_ml: int | None = None
    """No more than this, whatever its grants hold."""

    @property
    def account(self) -> str:
        return account_of(self.kind, self.holder)


def draws_of(subject: PutSubject, override: Draw | None) -> list[Draw]:
    """A vehicle's own grants first, then its department's emergency grant where it may draw on
    it, and the station's only where a supervisor allows it."""
    draws = [Draw("vehicle", subject.subject)]
    if subject.emergency:
        draws.append(Draw("emergency", subject.department))
    return draws if override is None else [*draws, override]


def override_draw(
    balance: Balance,
    gateway: str,
    policy: PutPolicy | None,
    today: date | None,
    reserved: Mapping[int | str, Sequence[Charge]],
    pump: int,
) -> Draw:
    """The station's grant, as far as an override at this pump may go: the tighter of the
    ceilings of one override and of a day.

    `today` as for `Balance.today`; `reserved`: what each pump's open fill holds, and each sale
    that is not declared yet. One that is open at this pump has used up part of its own ceiling.
    """
    account = account_of("override", gateway)
    if policy is None:
        return Draw("override", gateway, 0)
    day = balance.today(account, today)
    held_ml = {
        number: sum(c.volume_ml for c in charges if balance.holder_of.get(c.grant_no) == account)
        for number, charges in reserved.items()
    }
    day_ml = sum(held_ml.values()) + (day.volume_ml if day is not None else 0)
    fill_left_ml = policy.override_fill_ml - held_ml.get(pump, 0)
    return Draw("override", gateway, max(0, min(fill_left_ml, policy.override_day_ml - day_ml)))


def available_ml(
    balance: Balance, draws: Iterable[Draw], moment: Moment, reserved: Sequence[Charge]
) -> int:
    """What all accounts together have left. An overrun is held against its own account alone."""
    return sum(_left_ml(balance, draw, moment, reserved) for draw in draws)


def split_over(
    balance: Balance,
    draws: Sequence[Draw],
    volume_ml: int,
    moment: Moment,
    reserved: Sequence[Charge],
) -> list[Charge]:
    """Take a volume from the accounts in their order; ValueError if they hold less."""
    charges: list[Charge] = []
    to_take_ml = volume_ml
    for draw in draws:
        taken_ml = min(to_take_ml, _left_ml(balance, draw, moment, reserved))
        charges += balance.split(draw.account, taken_ml, *moment, reserved)
        to_take_ml -= taken_ml
    if to_take_ml or volume_ml < 0:
        names = " and ".join(draw.account for draw in draws)
        raise ValueError(f"{volume_ml} ml of {names}: expected at most {volume_ml - to_take_ml} ml")
    return add_charges((), charges)


def split_up_to(
    balance: Balance,
    draws: Sequence[Draw],
    volume_ml: int,
    moment: Moment,
    reserved: Sequence[Charge],
) -> list[Charge]:
    """Of fuel that is gone already: as much of it as the accounts hold, in their order."""
    held_ml = available_ml(balance, draws, moment, reserved)
    return split_over(balance, draws, min(volume_ml, held_ml), moment, reserved)


def _left_ml(balance: Balance, draw: Draw, moment: Moment, reserved: Sequence[Charge]) -> int:
    left_ml = max(0, balance.remaining_ml(draw.account, *moment, reserved))
    return left_ml if draw.most_ml is None else min(left_ml, draw.most_ml)
