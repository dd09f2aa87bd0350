"""What can be told while the pumps are served: the console's page of the station's health.

Knows no driver and no link, so that the console's process loads none.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.config.types import GatewayConfig
from gateway.doctor.codes import CHECKS
from gateway.doctor.judging.books import judge_allocation, judge_ledger
from gateway.doctor.judging.clocks import RtcFinding, judge_clock, judge_rtc
from gateway.doctor.judging.disk import judge_disk, judge_space, judge_wear
from gateway.doctor.judging.keys import (
    judge_authority,
    judge_certificate,
    judge_key,
    judge_trust,
)
from gateway.doctor.judging.running import judge_running
from gateway.doctor.probes import disk
from gateway.doctor.probes.books import Books
from gateway.doctor.probes.certificates import read_certificate, read_own_certificate
from gateway.doctor.probes.clocks import look_at_clock, look_at_rtc, now_ns, seconds_since
from gateway.doctor.untried import untried
from gateway.doctor.verdict import Verdict, verdict
from gateway.runtime.status import Snapshot

GATEWAY_RUNS = "gateway_runs"


def in_order(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """By check, then by what it is of. Of two about the same the first stands."""
    first: dict[tuple[str, str], Verdict] = {}
    for one in verdicts:
        first.setdefault((one.check, one.of), one)
    return sorted(first.values(), key=lambda one: (CHECKS.index(one.check), one.of))


def health(config: GatewayConfig, said: Snapshot | None) -> list[Verdict]:
    """What can be told while the pumps are served, for the console; it reads files. `said`: the
    newest word of the gateway, None where it is silent."""
    return in_order([*of_running(config, said), *of_machine(config, Books(config))])


def of_running(config: GatewayConfig, said: Snapshot | None) -> Iterator[Verdict]:
    broker = f"{config.mqtt.host}:{config.mqtt.port}"
    told = said.told if said is not None else None
    told_s = None if told is None else seconds_since(told, now_ns())
    yield from judge_running(said, config.pumps, broker, told_s)
    yield verdict("pins_held")
    yield from untried(config, GATEWAY_RUNS)


def of_machine(config: GatewayConfig, books: Books) -> Iterator[Verdict]:
    """What needs neither pins nor broker. `books`: not read yet."""
    state_dir, simulated = Path(config.gateway.state_dir), config.hardware.kind == "simulated"
    time_ns = now_ns()
    yield judge_ledger(books.ledger())
    yield judge_key(books.key())
    yield judge_trust(books.trust())
    yield judge_allocation(books.allocation(time_ns))
    rtc = RtcFinding(simulated=True) if simulated else look_at_rtc()
    yield judge_rtc(rtc)
    yield judge_clock(look_at_clock(time_ns, books.ledger_path, books.told_ns, rtc))
    yield judge_space(disk.look_at_space(state_dir, config.storage.free_floor_mb))
    yield judge_disk(disk.try_disk(state_dir))
    yield judge_wear(disk.look_at_wear(state_dir))
    mqtt = config.mqtt
    yield judge_certificate(read_own_certificate(mqtt, config.gateway.name, time_ns))
    if mqtt.ca_file is not None:
        yield judge_authority(read_certificate(Path(mqtt.ca_file), None, "", time_ns))
