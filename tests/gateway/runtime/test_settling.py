"""What a start says of a bypass key: turned while nobody was there, or since before."""

from dataclasses import replace

import msgspec
import pytest

from gateway.config.types import GatewayConfig, MqttSettings
from gateway.core.accounts import Balance
from gateway.core.facts import (
    BypassChanged,
    CounterReading,
    Fact,
    FlowBypassed,
    FlowUncounted,
    TotaliserRead,
)
from gateway.core.meters import NEW
from gateway.runtime.pump_rules import configured_ratio
from gateway.runtime.settling import Settling
from gateway.setup.configurations import gateway_settings
from tests.core.ledger_of import balance_of
from tests.gateway.runtime.devices import hand_wall

ALIVE, NOW = "2026-11-22T03:59:00.000Z", "2026-11-22T04:00:00.000Z"
BASE, LATER = CounterReading("pico.1", 100), CounterReading("pico.1", 350)


def config() -> GatewayConfig:
    return gateway_settings(
        "gateway",
        pumps=1,
        kind="simulated",
        mqtt=MqttSettings(),
        reader_poll_ms=100,
        root_key="A" * 43,
    )


def found(balance: Balance, counter: CounterReading | None, *, key_on: bool) -> list[Fact]:
    settings = config()
    settling = Settling(
        settings,
        hand_wall(),
        {1: configured_ratio(settings.pumps[0])},
        {} if counter is None else {1: counter},
        keys_on={1} if key_on else (),
        last_alive=ALIVE,
    )
    return settling.facts(1, balance)


def known(*, on_before: bool) -> Balance:
    """By the ledger, a minute ago."""
    read = TotaliserRead(pump=1, counter=BASE, totaliser_ml=1_000, why="start")
    balance = balance_of(read)
    since = ALIVE if on_before else None
    meter = msgspec.structs.replace(balance.meters[1], bypass_since=since, bypass_until=since or "")
    return replace(balance, meters={1: meter})


@pytest.mark.parametrize("on_before", [True, False])
@pytest.mark.parametrize("key_on", [True, False])
def test_what_a_co_processor_counted_meanwhile_is_the_keys_if_it_was_or_is_on(
    *, on_before: bool, key_on: bool
) -> None:
    facts = found(known(on_before=on_before), LATER, key_on=key_on)
    turned = [fact for fact in facts if isinstance(fact, BypassChanged)]
    assert turned == ([BypassChanged(pump=1, on=True)] if key_on and not on_before else [])
    flows = [fact for fact in facts if isinstance(fact, FlowBypassed)]
    assert [(flow.volume_ml, flow.since, flow.until) for flow in flows] == (
        [(2_500, ALIVE, NOW)] if key_on or on_before else []
    )
    assert not any(isinstance(fact, FlowUncounted) for fact in facts)
    assert isinstance(facts[-1], TotaliserRead)


@pytest.mark.parametrize("key_on", [True, False])
def test_without_a_count_the_most_that_can_have_flowed_is_stated(*, key_on: bool) -> None:
    (unseen,) = found(known(on_before=True), None, key_on=key_on)
    assert isinstance(unseen, FlowUncounted)
    assert (unseen.bound_ml, unseen.bypass, unseen.since) == (65_000, True, ALIVE)


def test_a_pump_without_key_or_count_has_nothing_to_say() -> None:
    assert NEW.bypass_since is None
    assert found(balance_of(), None, key_on=False) == []


@pytest.mark.parametrize(("run", "stated"), [("pico.2", [5634]), ("pico.1", [])])
def test_what_a_co_processor_may_have_missed_with_its_valves_shut_is_stated_once(
    run: str, stated: list[int]
) -> None:
    settings = config()
    balance = balance_of(TotaliserRead(pump=1, counter=BASE, totaliser_ml=1_000, why="start"))
    settling = Settling(
        settings,
        hand_wall(),
        {1: configured_ratio(settings.pumps[0])},
        {1: CounterReading(run, 100)},
        keys_on=(),
        last_alive=ALIVE,
        uncounted_ms={1: 5200},
    )
    facts = settling.facts(1, balance)
    unseen = [fact for fact in facts if isinstance(fact, FlowUncounted)]
    assert [fact.bound_ml for fact in unseen] == stated, "65 L/min for 5.2 s"
    assert all(fact.shut and not fact.bypass for fact in unseen)
    assert isinstance(facts[-1], TotaliserRead)
