"""What a running gateway says of itself: the pins are its own then, and nothing is tried."""

from collections.abc import Iterator, Sequence

from gateway.config.types import PumpSettings
from gateway.core.reasons import Fault
from gateway.core.session import State
from gateway.doctor.judging.books import MANY_WAIT, OLD_DAYS
from gateway.doctor.verdict import Verdict, pump_name, verdict
from gateway.runtime.status import PumpSnapshot, Snapshot

S_PER_DAY = 86_400
AT_CO_PROCESSOR = frozenset({Fault.LIMITER_SILENT, Fault.LIMITER_FAULT, Fault.TOTALISER_LOST})


def judge_running(
    said: Snapshot | None, pumps: Sequence[PumpSettings], broker: str, told_s: int | None
) -> Iterator[Verdict]:
    """`said`: the newest word, None: it holds its socket and says nothing. `told_s`: age of the
    newest of central's directives; None: there is none."""
    if said is None:
        yield verdict("gateway_silent")
        return
    yield verdict("gateway_blocked", why=said.blocked) if said.blocked else verdict("gateway_runs")
    pump_settings = {pump.number: pump for pump in pumps}
    for pump in said.pumps:
        yield from _pump(pump, pump_settings.get(pump.pump))
    if any(pump.state == State.EMERGENCY_STOP for pump in said.pumps):
        yield verdict("stop_pressed")
    if said.clock != "good":
        yield verdict("clock_doubtful")
    if said.online:
        yield verdict("broker_linked", broker=broker)
    else:
        yield verdict("broker_lost", broker=broker, error=said.link)
    waiting = max(0, said.head - said.acknowledged_through)
    yield verdict("delivery_waits" if waiting > MANY_WAIT else "delivery_all", entries=waiting)
    if told_s is None:
        yield verdict("allocation_empty", path="")
    else:
        days = max(0, told_s // S_PER_DAY)
        code = "allocation_old" if days >= OLD_DAYS else "allocation_new"
        yield verdict(code, days=days, through=0)


def _pump(pump: PumpSnapshot, settings: PumpSettings | None) -> Iterator[Verdict]:
    of, fault = pump_name(pump.pump), pump.fault
    if fault == Fault.READER_SILENT:
        yield verdict("reader_lost", of)
    else:
        yield verdict("reader_serves", of)
    if settings is not None and settings.limiter == "pico":
        yield verdict("pico_lost" if fault in AT_CO_PROCESSOR else "pico_serves", of)
    if fault is not None:
        yield verdict("pump_faulted" if Fault(fault).locks else "pump_halted", of, fault=fault)
    elif pump.alarm is not None:
        yield verdict("pump_alarm", of, alarm=pump.alarm)
    else:
        yield verdict("pump_serves", of)
    if pump.nozzle_lifted and pump.state == State.IDLE:
        yield verdict("nozzle_lifted", of)
