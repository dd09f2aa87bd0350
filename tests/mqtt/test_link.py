"""The link against real brokers, with a central that keeps the contract."""

from collections.abc import Callable

import pytest

from mqtt.messages import Live, LivePump
from mqtt.payloads import encode
from tests.mqtt.brokers import RunningBroker, Settings
from tests.mqtt.parties import Central, Pump, Watch

StartCentral = Callable[[Settings], Central]
MakePump = Callable[[Settings], Pump]


def test_ledger_goes_out_and_directives_come_in(
    broker: RunningBroker, start_central: StartCentral, make_pump: MakePump, watch: Watch
) -> None:
    central = start_central(broker.settings)
    central.announce()
    pump = make_pump(broker.settings)
    pump.ledger.stop(1250)
    pump.link.start()
    watch.until(lambda: pump.ledger.acknowledged == 1250 and len(pump.applied) == 250)
    pump.ledger.stop(3)
    pump.link.wake()
    central.directives.price(1)
    central.announce()
    watch.until(lambda: pump.ledger.acknowledged == 1253 and len(pump.applied) == 251)

    assert central.ledger == pump.ledger.entries
    assert pump.applied == central.directives.entries
    assert pump.states == [(True, f"connected to broker 127.0.0.1:{broker.settings.port}")]
    assert pump.forks == []
    assert len(central.messages) < 40, "in messages of many entries"


def test_birth_comes_first_and_a_farewell_last(
    broker: RunningBroker, start_central: StartCentral, make_pump: MakePump, watch: Watch
) -> None:
    central = start_central(broker.settings)
    pump = make_pump(broker.settings)
    pump.ledger.stop(2)
    pump.link.start()
    watch.until(lambda: pump.ledger.acknowledged == 2)
    pump.link.stop()
    watch.until(lambda: len(central.statuses) == 2)

    birth, farewell = central.statuses
    assert (birth["state"], birth["boot"], birth["seal"]["sequence"]) == ("online", 3, 2)
    assert farewell["state"] == "offline"


def test_what_was_sold_while_the_broker_was_dead_arrives_once(
    broker: RunningBroker, start_central: StartCentral, make_pump: MakePump, watch: Watch
) -> None:
    central = start_central(broker.settings)
    pump = make_pump(broker.settings)
    pump.ledger.stop(5000)
    pump.link.start()
    watch.until(lambda: pump.ledger.acknowledged > 500)
    broker.kill()
    watch.until(lambda: pump.states[-1][0] is False)
    pump.ledger.stop(70)
    pump.link.wake()
    broker.start()
    watch.until(lambda: pump.ledger.acknowledged == 5070)

    assert central.ledger == pump.ledger.entries
    assert pump.states[-1][0] is True
    assert pump.forks == []


def test_an_absent_broker_is_named_and_waited_for(
    start_mosquitto: Callable[[], RunningBroker],
    start_central: StartCentral,
    make_pump: MakePump,
    watch: Watch,
) -> None:
    broker = start_mosquitto()
    broker.kill()
    pump = make_pump(broker.settings)
    pump.ledger.stop()
    pump.link.start()
    watch.until(lambda: pump.states)
    assert pump.states[0][0] is False
    assert f"127.0.0.1:{broker.settings.port} cannot be reached" in pump.states[0][1]

    broker.start()
    start_central(broker.settings)
    watch.until(lambda: pump.ledger.acknowledged == 1)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_refused_login_is_named(
    protocol: str,
    start_mosquitto: Callable[[str, str], RunningBroker],
    make_pump: MakePump,
    watch: Watch,
) -> None:
    broker = start_mosquitto(protocol, "allow_anonymous false")
    pump = make_pump(broker.settings)
    pump.link.start()
    watch.until(lambda: pump.states)
    assert pump.states[0] == (
        False,
        f"broker 127.0.0.1:{broker.settings.port} refused the login: Not authorized; "
        "check user and password",
    )


def test_central_that_is_silent_counts_as_offline_and_gets_everything_again(
    start_mosquitto: Callable[[], RunningBroker],
    start_central: StartCentral,
    make_pump: MakePump,
    watch: Watch,
) -> None:
    broker = start_mosquitto()
    central = start_central(broker.settings)
    central.acknowledging = False
    pump = make_pump(broker.settings)
    pump.ledger.stop(950)
    pump.link.start()
    watch.until(lambda: pump.states[-1:] == [(False, SILENT)])
    central.acknowledging = True
    central.acknowledge()
    watch.until(lambda: pump.ledger.acknowledged == 950)
    assert pump.states[-1][0] is True
    first, *_, again = [message.entries[0].sequence for message in central.messages[:5]]
    assert (first, again) == (1, 1), "four messages, and the first of them again"


SILENT = "connected, but central does not acknowledge"


def test_live_pictures_are_sent_but_not_queued(
    start_mosquitto: Callable[[], RunningBroker],
    start_central: StartCentral,
    make_pump: MakePump,
    watch: Watch,
) -> None:
    broker = start_mosquitto()
    central = start_central(broker.settings)
    pump = make_pump(broker.settings)
    pump.link.start()
    watch.until(lambda: pump.states)
    shown = [
        LivePump(
            pump=1,
            state="dispensing",
            volume_ml=volume_ml,
            amount_idr=0,
            remaining_ml=None,
            code=None,
        )
        for volume_ml in range(50)
    ]
    for picture in shown:
        pump.link.live(Live(pumps=[picture]))
    last = encode(Live(pumps=[shown[-1]]))
    watch.until(lambda: last in central.live)
    assert len(central.live) <= 3
