"""Each finding gets its verdict: every code that there is, and each bound from both sides."""

import pytest
from msgspec.structs import replace

from gateway.config.types import PumpSettings
from gateway.core.witness import Witnessed
from gateway.doctor.codes import CHECKS, CODES
from gateway.doctor.judging.books import (
    AllocationFinding,
    BrokerFinding,
    LedgerFinding,
    judge_allocation,
    judge_broker,
    judge_ledger,
)
from gateway.doctor.judging.clocks import ClockFinding, RtcFinding, judge_clock, judge_rtc
from gateway.doctor.judging.co_processor import (
    PicoFinding,
    WitnessFinding,
    judge_pico,
    judge_witness,
)
from gateway.doctor.judging.contacts import (
    ContactFinding,
    KilledFinding,
    LimiterFinding,
    judge_killed,
    judge_limiter,
    judge_relay,
    judge_timer,
)
from gateway.doctor.judging.disk import (
    DiskFinding,
    SpaceFinding,
    WearFinding,
    judge_disk,
    judge_space,
    judge_wear,
)
from gateway.doctor.judging.keys import (
    CertificateFinding,
    KeyFinding,
    TrustFinding,
    judge_authority,
    judge_certificate,
    judge_key,
    judge_trust,
)
from gateway.doctor.judging.readers import (
    CardFinding,
    ReaderFinding,
    judge_card,
    judge_reader,
)
from gateway.doctor.judging.running import judge_running
from gateway.doctor.judging.switches import (
    PulserFinding,
    SwitchFinding,
    judge_bypass,
    judge_mains,
    judge_nozzle,
    judge_pulser,
    judge_stop,
)
from gateway.doctor.verdict import Verdict, verdict, worst
from gateway.runtime.status import PumpSnapshot, Snapshot
from hardware.wiring import ReaderBus

S = 1_000_000_000
DAY = 86_400 * S
NOW = 1_700_000_000 * S
WITNESSED = Witnessed("a" * 16, 7, "b" * 16, 3)


def reader(**found: object) -> ReaderFinding:
    return ReaderFinding(pump=1, path="/dev/spidev0.0", **found)  # type: ignore[arg-type]


def contact(**found: object) -> ContactFinding:
    return ContactFinding(pump=1, **found)  # type: ignore[arg-type]


def limiter(**found: object) -> LimiterFinding:
    return LimiterFinding(pump=1, **found)  # type: ignore[arg-type]


def killed(**found: object) -> KilledFinding:
    return KilledFinding(pump=1, watched_ms=1000, **found)  # type: ignore[arg-type]


def card(**found: object) -> CardFinding:
    return CardFinding(pump=1, **{"asked": True, **found})  # type: ignore[arg-type]


def switch(**found: object) -> SwitchFinding:
    return SwitchFinding(pump=1, **found)  # type: ignore[arg-type]


def pico(**found: object) -> PicoFinding:
    return PicoFinding(name="e66", wanted_firmware="0.2", **found)  # type: ignore[arg-type]


def witness(**found: object) -> WitnessFinding:
    usual = {"seen": WITNESSED, "incarnation": "a" * 16, "head": 7, "hash_at": "b" * 64}
    return WitnessFinding(name="e66", **{**usual, **found})  # type: ignore[arg-type]


def certificate(**found: object) -> CertificateFinding:
    usual = {
        "path": "/c.pem",
        "now_ns": NOW,
        "begins_ns": NOW - DAY,
        "ends_ns": NOW + 90 * DAY,
        "name": "gateway",
        "wanted_name": "gateway",
    }
    return CertificateFinding(**{**usual, **found})  # type: ignore[arg-type]


def key(**found: object) -> KeyFinding:
    return KeyFinding(path="/k.pem", **found)  # type: ignore[arg-type]


def allocation(**found: object) -> AllocationFinding:
    return AllocationFinding(path="/a.json", **found)  # type: ignore[arg-type]


def disk(**found: object) -> DiskFinding:
    usual = {"folder": "/d", "filesystem": "ext4", "card": True, "sync_us": 8000}
    return DiskFinding(**{**usual, **found})  # type: ignore[arg-type]


TABLE: list[tuple[Verdict, str]] = [
    (judge_reader(reader(version=0x92)), "reader_answers"),
    (judge_reader(reader(version=0x91)), "reader_answers"),
    (judge_reader(reader(version=0xB2)), "reader_answers"),
    (judge_reader(reader(version=0x00)), "reader_silent"),
    (judge_reader(reader(version=0xFF)), "reader_silent"),
    (judge_reader(reader(version=0x12)), "reader_other"),
    (judge_reader(reader(error="no such device")), "reader_failed"),
    (judge_card(card(seen_at=(1,))), "card_seen"),
    (judge_card(card(seen_at=(2,))), "card_elsewhere"),
    (judge_card(card(seen_at=(1, 2))), "card_twice"),
    (judge_card(card(trouble="collision")), "card_unread"),
    (judge_card(card()), "card_not_seen"),
    (judge_card(card(asked=False)), "card_not_tried"),
    (judge_relay(contact(made=True, broken_ms=12)), "relay_follows"),
    (judge_relay(contact(made_before=True)), "relay_welded"),
    (judge_relay(contact(made_before=True, forbidden="not_allowed")), "relay_welded"),
    (judge_relay(contact(forbidden="not_allowed")), "relay_not_tried"),
    (judge_relay(contact()), "relay_not_made"),
    (judge_relay(contact(elsewhere="timer of pump 1")), "relay_elsewhere"),
    (judge_relay(contact(made=True, elsewhere="enable of pump 2", broken_ms=1)), "relay_follows"),
    (judge_relay(contact(made=True)), "relay_not_broken"),
    (judge_relay(contact(error="GPIO busy")), "relay_failed"),
    (judge_timer(None, 1, 300), "timer_missing"),
    (judge_timer(contact(made=True, broken_ms=300), 1, 300), "timer_drops"),
    (judge_timer(contact(made=True, broken_ms=350), 1, 300), "timer_drops"),
    (judge_timer(contact(made=True, broken_ms=351), 1, 300), "timer_long"),
    (judge_timer(contact(made=True, broken_ms=150), 1, 300), "timer_drops"),
    (judge_timer(contact(made=True, broken_ms=149), 1, 300), "timer_short"),
    (judge_timer(contact(made=True, broken_ms=1050), 1, 1000), "timer_drops"),
    (judge_timer(contact(made=True, broken_ms=1051), 1, 1000), "timer_long"),
    (judge_timer(contact(made=True), 1, 300), "timer_holds"),
    (judge_timer(contact(made_before=True), 1, 300), "timer_welded"),
    (judge_timer(contact(), 1, 300), "timer_not_made"),
    (judge_timer(contact(elsewhere="enable of pump 1"), 1, 300), "timer_elsewhere"),
    (judge_timer(contact(forbidden="relay_made"), 1, 300), "timer_not_tried"),
    (judge_timer(contact(error="GPIO busy"), 1, 300), "timer_failed"),
    (judge_limiter(limiter(made=True, broken_ms=310), 300), "limiter_drops"),
    (judge_limiter(limiter(made=True), 300), "limiter_holds"),
    (judge_limiter(limiter(made_before=True), 300), "limiter_welded"),
    (judge_limiter(limiter(refused="nozzle"), 300), "limiter_refused"),
    (judge_limiter(limiter(), 300), "limiter_not_made"),
    (judge_limiter(limiter(error="gone"), 300), "limiter_failed"),
    (judge_limiter(limiter(forbidden="nobody"), 300), "limiter_not_tried"),
    (judge_killed(killed(made=True, broken_ms=9)), "killed_drops"),
    (judge_killed(killed(made=True)), "killed_holds"),
    (judge_killed(killed()), "killed_not_made"),
    (judge_killed(killed(forbidden="relay_fails")), "killed_not_tried"),
    (judge_killed(killed(error="no Python")), "killed_not_tried"),
    (judge_nozzle(switch(asked=True, changed=True)), "nozzle_changes"),
    (judge_nozzle(switch(asked=True)), "nozzle_stuck_hung"),
    (judge_nozzle(switch(asked=True, open_before=True)), "nozzle_stuck_lifted"),
    (judge_nozzle(switch(open_before=True)), "nozzle_lifted"),
    (judge_nozzle(switch()), "nozzle_not_tried"),
    (judge_nozzle(switch(error="GPIO busy")), "nozzle_failed"),
    (judge_stop(switch(asked=True, changed=True)), "stop_changes"),
    (judge_stop(switch(open_before=True)), "stop_pressed"),
    (judge_stop(switch(open_before=True, asked=True, changed=True)), "stop_pressed"),
    (judge_stop(switch(asked=True)), "stop_stuck"),
    (judge_stop(switch()), "stop_not_tried"),
    (judge_stop(switch(error="GPIO busy")), "stop_failed"),
    (judge_bypass(switch()), "bypass_off"),
    (judge_bypass(switch(open_before=True)), "bypass_on"),
    (judge_bypass(switch(error="GPIO busy")), "bypass_failed"),
    (judge_mains(switch()), "mains_on"),
    (judge_mains(switch(open_before=True)), "mains_off"),
    (judge_mains(switch(error="GPIO busy")), "mains_failed"),
    (judge_pulser(PulserFinding(pump=1, seconds=3)), "pulser_quiet"),
    (judge_pulser(PulserFinding(pump=1, seconds=3, pulses=1)), "pulser_noisy"),
    (judge_pulser(PulserFinding(pump=1, error="GPIO busy")), "pulser_failed"),
    (judge_pulser(PulserFinding(pump=1, forbidden="no_pico")), "pulser_not_tried"),
    (judge_pico(pico(firmware="0.2")), "pico_answers"),
    (judge_pico(pico(firmware="0.1")), "pico_firmware"),
    (judge_pico(pico(firmware="0.1", refused="version_1_expected_2")), "pico_old"),
    (judge_pico(pico(firmware="0.2", faults=("pump 1: chatter",))), "pico_fault"),
    (judge_pico(pico(error="silent")), "pico_silent"),
    (judge_pico(pico(plugged_in=("e67",))), "pico_other"),
    (judge_pico(pico()), "pico_absent"),
    (judge_witness(witness()), "witness_knows"),
    (judge_witness(witness(hash_at=None)), "witness_knows"),
    (judge_witness(witness(head=6)), "witness_ahead"),
    (judge_witness(witness(head=8)), "witness_knows"),
    (judge_witness(witness(incarnation="c" * 16)), "witness_other"),
    (judge_witness(witness(hash_at="c" * 64)), "witness_other"),
    (judge_witness(witness(seen=None)), "witness_new"),
    (judge_witness(witness(incarnation="")), "witness_unknown"),
    (judge_witness(witness(error="memory_missing")), "witness_failed"),
    (judge_clock(ClockFinding(utc_ns=NOW, synchronised=True)), "clock_synchronised"),
    (judge_clock(ClockFinding(utc_ns=NOW, synchronised=False, rtc=True)), "clock_kept"),
    (judge_clock(ClockFinding(utc_ns=NOW)), "clock_free"),
    (judge_clock(ClockFinding(utc_ns=NOW, newest_ns=NOW + 60 * S)), "clock_free"),
    (judge_clock(ClockFinding(utc_ns=NOW, newest_ns=NOW + 60 * S + 1)), "clock_behind"),
    (judge_clock(ClockFinding(utc_ns=NOW, newest_ns=NOW - 400 * DAY)), "clock_free"),
    (judge_clock(ClockFinding(utc_ns=NOW, newest_ns=NOW - 400 * DAY - 1)), "clock_wrong"),
    (judge_rtc(RtcFinding(name="ds3231", apart_s=10)), "rtc_agrees"),
    (judge_rtc(RtcFinding(name="ds3231", apart_s=-11)), "rtc_differs"),
    (judge_rtc(RtcFinding(name="ds3231", error="I/O error")), "rtc_failed"),
    (judge_rtc(RtcFinding()), "rtc_missing"),
    (judge_rtc(RtcFinding(simulated=True)), "rtc_simulated"),
    (judge_space(SpaceFinding(folder="/d", free_mb=256, floor_mb=64)), "space_enough"),
    (judge_space(SpaceFinding(folder="/d", free_mb=255, floor_mb=64)), "space_little"),
    (judge_space(SpaceFinding(folder="/d", free_mb=64, floor_mb=64)), "space_little"),
    (judge_space(SpaceFinding(folder="/d", free_mb=63, floor_mb=64)), "space_none"),
    (judge_space(SpaceFinding(folder="/d", error="gone")), "space_failed"),
    (judge_disk(disk()), "disk_keeps"),
    (judge_disk(disk(sync_us=200)), "disk_keeps"),
    (judge_disk(disk(sync_us=199)), "disk_too_fast"),
    (judge_disk(disk(sync_us=20, card=False)), "disk_keeps"),
    (judge_disk(disk(sync_us=500_000)), "disk_keeps"),
    (judge_disk(disk(sync_us=500_001)), "disk_slow"),
    (judge_disk(disk(read_only=True, error="Read-only file system")), "disk_read_only"),
    (judge_disk(disk(filesystem="tmpfs")), "disk_volatile"),
    (judge_disk(disk(filesystem="overlay")), "disk_keeps"),
    (judge_disk(disk(error="No space left on device")), "disk_failed"),
    (judge_disk(disk(held=True)), "disk_held"),
    (judge_wear(WearFinding(used_percent=80)), "wear_little"),
    (judge_wear(WearFinding(used_percent=81)), "wear_much"),
    (judge_wear(WearFinding(used_percent=100)), "wear_worn"),
    (judge_wear(WearFinding(end_of_life=True)), "wear_worn"),
    (judge_wear(WearFinding()), "wear_unknown"),
    (judge_key(key(found="aa", wanted="aa")), "key_fits"),
    (judge_key(key(found="aa")), "key_fits"),
    (judge_key(key(found="aa", wanted="bb")), "key_foreign"),
    (judge_key(key(missing=True)), "key_missing"),
    (judge_key(key(mode=0o644)), "key_open"),
    (judge_key(key(error="not PEM")), "key_unusable"),
    (judge_key(key(held=True)), "key_unread"),
    (judge_trust(TrustFinding(folder="/s", statements=1)), "trust_proved"),
    (judge_trust(TrustFinding(folder="/s", held=True)), "trust_held"),
    (judge_certificate(certificate(held=True)), "certificate_held"),
    (judge_authority(certificate(held=True)), "authority_held"),
    (judge_trust(TrustFinding(folder="/s")), "trust_missing"),
    (judge_trust(TrustFinding(folder="/s", error="another root")), "trust_foreign"),
    (judge_certificate(certificate()), "certificate_valid"),
    (judge_certificate(certificate(ends_ns=NOW + 14 * DAY)), "certificate_valid"),
    (judge_certificate(certificate(ends_ns=NOW + 14 * DAY - 1)), "certificate_soon"),
    (judge_certificate(certificate(ends_ns=NOW + 1)), "certificate_soon"),
    (judge_certificate(certificate(ends_ns=NOW)), "certificate_expired"),
    (judge_certificate(certificate(begins_ns=NOW + 1)), "certificate_early"),
    (judge_certificate(certificate(begins_ns=NOW)), "certificate_valid"),
    (judge_certificate(certificate(name="gateway-02")), "certificate_name"),
    (judge_certificate(certificate(key_fits=False)), "certificate_key"),
    (judge_certificate(certificate(error="not PEM")), "certificate_unread"),
    (judge_certificate(CertificateFinding()), "certificate_none"),
    (judge_certificate(CertificateFinding(encrypted=False)), "certificate_open"),
    (judge_authority(certificate(name="Authority", key_fits=True)), "authority_valid"),
    (judge_authority(certificate(ends_ns=NOW + DAY)), "authority_soon"),
    (judge_authority(certificate(ends_ns=NOW - 1)), "authority_expired"),
    (judge_authority(certificate(begins_ns=NOW + 1)), "authority_early"),
    (judge_authority(certificate(error="not PEM")), "authority_unread"),
    (judge_ledger(LedgerFinding(path="/l", head=9, anchor=9)), "ledger_whole"),
    (judge_ledger(LedgerFinding(path="/l", head=10, anchor=9)), "ledger_whole"),
    (judge_ledger(LedgerFinding(path="/l", head=8, anchor=9)), "ledger_behind"),
    (judge_ledger(LedgerFinding(path="/l", head=9, anchor=9, same=False)), "ledger_changed"),
    (judge_ledger(LedgerFinding(path="/l", error="missing")), "ledger_damaged"),
    (judge_allocation(allocation(age_ns=7 * DAY - 1, through=3)), "allocation_new"),
    (judge_allocation(allocation(age_ns=-DAY, through=3)), "allocation_new"),
    (judge_allocation(allocation(age_ns=7 * DAY, through=3)), "allocation_old"),
    (judge_allocation(allocation()), "allocation_empty"),
    (judge_allocation(allocation(error="not sealed")), "allocation_damaged"),
    (judge_allocation(allocation(behind="3 of 4")), "allocation_behind"),
    (judge_allocation(allocation(held=True)), "allocation_unread"),
    (judge_broker(BrokerFinding(broker="b:1", answered_ms=0)), "broker_answers"),
    (judge_broker(BrokerFinding(broker="b:1")), "broker_central_silent"),
    (judge_broker(BrokerFinding(broker="b:1", refused="not reached")), "broker_refused"),
    (judge_broker(BrokerFinding(broker="b:1", tried=False)), "broker_not_tried"),
]
"""What is judged, and the code it must get."""


@pytest.mark.parametrize(
    ("found", "code"), TABLE, ids=[f"{count}-{code}" for count, (_, code) in enumerate(TABLE)]
)
def test_each_finding_gets_its_verdict(found: Verdict, code: str) -> None:
    assert found.code == code
    assert (found.check, found.status) == CODES[code]


PUMP = PumpSnapshot(
    pump=1,
    state="idle",
    volume_ml=0,
    amount_idr=0,
    remaining_ml=None,
    code=None,
    product="pertamax",
    stop_ml=None,
    fault=None,
    totaliser_ml=0,
)
SAID = Snapshot(
    gateway="gateway",
    time="2026-11-23T04:00:00.000Z",
    online=True,
    link="connected",
    blocked=None,
    head=100,
    acknowledged_through=100,
    commits=1,
    pumps=[PUMP],
)
PUMPS = [PumpSettings(number=1, product="pertamax", reader=ReaderBus(), limiter="pico")]
WELL = {
    "gateway_runs", "reader_serves", "pico_serves", "pump_serves", "broker_linked",
    "delivery_all", "allocation_new",
}  # fmt: skip


def said_of(said: Snapshot | None, told_s: int | None = 0) -> set[str]:
    return {one.code for one in judge_running(said, PUMPS, "b:1883", told_s)}


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, WELL),
        ({"blocked": "storage_full"}, WELL - {"gateway_runs"} | {"gateway_blocked"}),
        ({"clock": "doubtful"}, WELL | {"clock_doubtful"}),
        ({"online": False}, WELL - {"broker_linked"} | {"broker_lost"}),
        ({"head": 200}, WELL),
        ({"head": 201}, WELL - {"delivery_all"} | {"delivery_waits"}),
        (
            {"pumps": [replace(PUMP, fault="reader_silent")]},
            WELL - {"reader_serves", "pump_serves"} | {"reader_lost", "pump_halted"},
        ),
        (
            {"pumps": [replace(PUMP, fault="limiter_silent")]},
            WELL - {"pico_serves", "pump_serves"} | {"pico_lost", "pump_halted"},
        ),
        (
            {"pumps": [replace(PUMP, fault="contact_welded")]},
            WELL - {"pump_serves"} | {"pump_faulted"},
        ),
        (
            {"pumps": [replace(PUMP, alarm="flow_unauthorised")]},
            WELL - {"pump_serves"} | {"pump_alarm"},
        ),
        ({"pumps": [replace(PUMP, nozzle_lifted=True)]}, WELL | {"nozzle_lifted"}),
        ({"pumps": [replace(PUMP, nozzle_lifted=True, state="dispensing")]}, WELL),
        ({"pumps": [replace(PUMP, state="emergency_stop")]}, WELL | {"stop_pressed"}),
    ],
)
def test_a_running_gateway_is_judged_by_what_it_says(
    changed: dict[str, object], codes: set[str]
) -> None:
    assert said_of(replace(SAID, **changed)) == codes


def test_one_that_says_nothing_and_one_that_central_never_told() -> None:
    assert said_of(None) == {"gateway_silent"}
    assert said_of(SAID, None) == WELL - {"allocation_new"} | {"allocation_empty"}
    assert said_of(SAID, 7 * 86_400) == WELL - {"allocation_new"} | {"allocation_old"}
    assert said_of(SAID, 7 * 86_400 - 1) == WELL


WITHOUT_A_JUDGE = {
    "configured", "configuration_wrong", "gateway_stopped", "pins_open", "pins_failed", "pins_held",
}  # fmt: skip
"""Facts that there is nothing to judge about."""


def test_the_table_has_every_code() -> None:
    running = {
        "gateway_silent", "gateway_blocked", "clock_doubtful", "broker_lost", "delivery_waits",
        "reader_lost", "pico_lost", "pump_faulted", "pump_halted",
        "pump_alarm",
    } | WELL  # fmt: skip
    assert {code for _, code in TABLE} | running | WITHOUT_A_JUDGE == set(CODES)


def test_the_worst_counts() -> None:
    ok, look, failed = verdict("pins_open"), verdict("rtc_missing"), verdict("pins_failed")
    unknown = verdict("stop_not_tried", why="nobody")
    assert worst([ok, ok]) == "ok"
    assert worst([ok, look]) == worst([ok, unknown]) == "unsure"
    assert worst([look, failed, ok]) == "failed"
    assert [CODES[one].check for one in CODES] == sorted(
        (CODES[one].check for one in CODES), key=CHECKS.index
    )
